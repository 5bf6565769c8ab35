import { withoutMapping } from '../../domain/loopback.ts';
import type { Server } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Config } from '../config.ts';

export type ConnectionLimits = {
  /** Connections at once. */
  readonly connections: number;
  /** The most from one address (`countedAddress`); null where all connections come through a proxy. */
  readonly perAddress: number | null;
};

/**
 * The limits from the settings. Behind a trusted proxy there is none per address: all connections come from the proxy.
 */
export const connectionLimitsOf = ({
  connections,
  connectionsPerAddress,
  trustProxy,
}: Pick<Config, 'connections' | 'connectionsPerAddress' | 'trustProxy'>): ConnectionLimits => ({
  connections,
  perAddress: trustProxy ? null : connectionsPerAddress,
});

/**
 * The address that a connection is counted under: an IPv4 address, or the /64 of an IPv6 one, which is what one
 * customer gets. Null for this machine: a proxy or tunnel on it carries everybody's connections.
 */
export const countedAddress = (address: string | undefined): string | null => {
  if (address === undefined) return null;
  const plain = withoutMapping(address);
  if (isIPv4(plain)) return plain.startsWith('127.') ? null : plain;
  if (plain === '::1') return null;
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const groups =
    tail === undefined
      ? before
      : [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
};

/**
 * Limits a server's connections in number, with a lower limit per address, so that one address can't take them all.
 * Excess connections are closed without a response, and `refused` is called.
 */
export const limitConnections = (
  server: Server,
  { connections, perAddress }: ConnectionLimits,
  refused: (why: string) => void,
  addressOf = countedAddress,
): void => {
  server.maxConnections = connections;
  server.on('drop', () => refused(`there are ${connections} connections already (KT_SERVER_CONNECTIONS)`));
  if (perAddress === null) return;
  const counts = new Map<string, number>();
  server.on('connection', (socket) => {
    const from = addressOf(socket.remoteAddress);
    if (from === null) return;
    const count = counts.get(from) ?? 0;
    if (count >= perAddress) {
      refused(
        `there are ${perAddress} connections from ${from} already (KT_SERVER_CONNECTIONS_PER_ADDRESS; ` +
          'a proxy there? KT_SERVER_TRUST_PROXY=yes)',
      );
      return void socket.destroy();
    }
    counts.set(from, count + 1);
    socket.once('close', () => {
      const left = counts.get(from)! - 1;
      if (left > 0) counts.set(from, left);
      else counts.delete(from);
    });
  });
};

/** Passes on one message a minute, so that many refusals don't fill the log. `now` is in ms. */
export const onceAMinute = (tell: (why: string) => void, now: () => number): ((why: string) => void) => {
  let last = -Infinity;
  return (why) => {
    if (now() - last < 60_000) return;
    last = now();
    tell(why);
  };
};
