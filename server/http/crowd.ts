import type { Server } from 'node:http';
import { isIPv4 } from 'node:net';
import type { Config } from '../config.ts';

export type Crowd = {
  /** Connections at once. */
  readonly connections: number;
  /** Of these, from one place; null where all come through a proxy. */
  readonly perPlace: number | null;
};

/** What settings say; behind a proxy that is believed, all connections are its own. */
export const crowdOf = ({
  connections,
  connectionsPerAddress,
  trustProxy,
}: Pick<Config, 'connections' | 'connectionsPerAddress' | 'trustProxy'>): Crowd => ({
  connections,
  perPlace: trustProxy ? null : connectionsPerAddress,
});

/**
 * Where a connection comes from, as far as it counts: an IPv4 address, or the /64 of an IPv6 one, which is what one
 * line has. Null for this machine itself: a proxy or a tunnel on it brings everybody's.
 */
export const placeOf = (address: string | undefined): string | null => {
  if (address === undefined) return null;
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
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
 * Holds a server's connections to a number, and those from one place to less: one neighbour does not take them all.
 * What is too many is closed without a word; `refused` is told.
 */
export const limitConnections = (
  server: Server,
  { connections, perPlace }: Crowd,
  refused: (why: string) => void,
  place = placeOf,
): void => {
  server.maxConnections = connections;
  server.on('drop', () => refused(`there are ${connections} connections already (KT_SERVER_CONNECTIONS)`));
  if (perPlace === null) return;
  const counts = new Map<string, number>();
  server.on('connection', (socket) => {
    const from = place(socket.remoteAddress);
    if (from === null) return;
    const count = counts.get(from) ?? 0;
    if (count >= perPlace) {
      refused(
        `there are ${perPlace} connections from ${from} already (KT_SERVER_CONNECTIONS_PER_ADDRESS; ` +
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

/** Passes on one word a minute: a crowd would fill the log as well. `now` is in ms. */
export const onceAMinute = (tell: (why: string) => void, now: () => number): ((why: string) => void) => {
  let last = -Infinity;
  return (why) => {
    if (now() - last < 60_000) return;
    last = now();
    tell(why);
  };
};
