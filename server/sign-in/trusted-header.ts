/** The header by which a proxy says who has signed in to it, and the addresses that are believed (spec/sign-in 6). */
import { BlockList, isIP } from 'node:net';
import { withoutMapping } from '../../domain/loopback.ts';
import { rangeOf } from '../../domain/address-range.ts';

export type TrustedHeader = {
  /**
   * Whom the proxy names; null where it names nobody, and for whoever is no such proxy. `connected` is the remote end
   * of the connection itself.
   */
  whoSays(headers: Headers, connected: string | undefined): string | null;
  /** Takes the header from a request: for all that is not signing in. */
  strip(headers: Headers): void;
};

/** Null where no header is set. `from`: addresses and ranges that `rangeOf` reads. */
export const trustedHeader = (name: string, from: readonly string[]): TrustedHeader | null => {
  if (name === '') return null;
  const believed = new BlockList();
  for (const range of from.map(rangeOf)) {
    if (range === null) continue;
    believed.addSubnet(range.address, range.prefix, range.family);
  }
  const isBelieved = (connected: string): boolean => {
    const address = withoutMapping(connected).replace(/%.*$/s, '');
    const family = isIP(address);
    return family !== 0 && believed.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  return {
    whoSays: (headers, connected) => {
      const said = headers.get(name)?.trim() ?? '';
      // Twice, it is joined by a comma: one of them may be the client's own.
      const isOne = said !== '' && said.length <= 254 && !/[,\s]/.test(said);
      return isOne && connected !== undefined && isBelieved(connected) ? said : null;
    },
    strip: (headers) => headers.delete(name),
  };
};
