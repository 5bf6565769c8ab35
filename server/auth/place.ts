/** Where a browser reaches this server, as far as the server can know, and from which address. */
import { parsedUrl } from '../../domain/parsed-url.ts';
import { isIP } from 'node:net';
import { isLoopback, withoutMapping } from '../../domain/loopback.ts';
import { relyingParty, type RelyingParty } from './relying-party.ts';

/** What a request says of itself. Every `Request` does. */
export type Asking = Pick<Request, 'headers' | 'method' | 'url'>;

export type Place = {
  /** The origins whose pages are this server's own. */
  readonly own: readonly string[];
  /**
   * How what is sent travels: encrypted; within this machine; or in the open, where anybody on the network can read
   * along, and browsers keep no cookie that is Secure.
   */
  readonly transport: 'https' | 'loopback' | 'open';
};

/** What is known of the places of requests. */
export type Places = {
  of(request: Asking): Place;
  /** Where passkeys are for; null where this server can have none. */
  relyingPartyOf(request: Asking): RelyingParty | null;
  /** The address that a request came from, by its connection's; null where nothing says it. */
  addressOf(request: Asking, connected: string | undefined): string | null;
};

export const makePlaces = ({ publicUrl, trustProxy }: { publicUrl: string; trustProxy: boolean }): Places => {
  const known = publicUrl === '' ? null : new URL(publicUrl);
  const forwarded = (headers: Headers, name: string): string | null =>
    trustProxy ? headers.get(name)?.split(',', 1)[0]?.trim().toLowerCase() || null : null;
  const hereOf = ({ headers, url }: Asking): string | null => {
    const asked = forwarded(headers, 'x-forwarded-host') ?? headers.get('host') ?? new URL(url).host;
    const host = asked.toLowerCase();
    const scheme = forwarded(headers, 'x-forwarded-proto') ?? (known?.host === host ? known.protocol : 'http');
    return originOf(`${scheme.replace(/:$/, '')}://${host}`);
  };
  return {
    relyingPartyOf: (request) => relyingParty(publicUrl, hereOf(request)),
    of: (request) => {
      const { headers } = request;
      const here = hereOf(request);
      const own = [here, known?.origin ?? null].filter((origin) => origin !== null);
      // A browser knows best how it came here. A proxy in between may have put another Host.
      const named = headers.get('origin')?.toLowerCase() ?? null;
      return { own, transport: transportOf((named !== null && own.includes(named) ? named : here) ?? '') };
    },
    // The last address of the list is the one that the proxy itself saw; what comes before it was sent to the proxy.
    addressOf: ({ headers }, connected) => {
      const last = trustProxy ? (headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '') : '';
      return isIP(last) === 0 ? (connected === undefined ? null : withoutMapping(connected)) : last;
    },
  };
};

/** Null for what is no address of a page. Without the port where it is the scheme's own, as browsers write origins. */
const originOf = (text: string): string | null => (/^https?:/.test(text) ? (parsedUrl(text)?.origin ?? null) : null);

const transportOf = (origin: string): Place['transport'] => {
  if (origin.startsWith('https:')) return 'https';
  const url = parsedUrl(origin);
  return url && isLoopback(url.hostname) ? 'loopback' : 'open';
};
