/** Data of the largest allowed size, read by many clients at once. */
import { connect, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { attackSuite, type Attack, type Attacked } from './attacked-server.ts';

const at = (n: number) => new Date(1.6e12 + n * 1000).toISOString();
const B = { type: 't', client: 'c', hostname: 'h' };
/**
 * Nearly a megabyte as stored, from 17 kB. The embedded engine takes 0.2 s to print one, so a few are enough to hurt.
 */
const large = (n: number) => ({ n, a: new Array<number>(3_200).fill(1e308) });

/** A bucket of events of the largest allowed size, made once. */
const filled = async (server: Attacked, bucket: string, count: number): Promise<void> => {
  if ((await server.send(`/api/0/buckets/${bucket}`, { body: JSON.stringify(B) })).status === 304) return;
  for (let from = 0; from < count; from += 8) {
    const events = Array.from({ length: 8 }, (_, n) => ({
      timestamp: at(from + n),
      duration: 1,
      data: large(from + n),
    }));
    const { status, text } = await server.send(`/api/0/buckets/${bucket}/events`, { body: JSON.stringify(events) });
    assert.is(status, 200, text.slice(0, 300));
  }
};

/** Sends a request, and never reads the response. */
const neverReads = ({ port, key }: Attacked, path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.pause();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\n\r\n`, () =>
        resolve(socket),
      );
    });
    socket.on('error', reject);
  });

const PERIOD = `${at(-1)}/${at(1e6)}`;
const READS: readonly [what: string, read: (server: Attacked) => Promise<{ status: number; text: string }>][] = [
  ['the list', ({ send }) => send('/api/0/buckets/large/events')],
  ['the export', ({ send }) => send('/api/0/export')],
  [
    'a query',
    ({ send }) =>
      send('/api/0/query/', {
        body: JSON.stringify({ query: ['RETURN = query_bucket("large");'], timeperiods: [PERIOD] }),
      }),
  ],
  [
    'changes',
    ({ graphql }) => graphql('{ changes { more rest changedBuckets { instants { starts dataIndex data } } } }'),
  ],
  ['a page', ({ graphql }) => graphql('{ bucket(id: "large") { events(first: 500) { edges { node { data } } } } }')],
];

const ATTACKS: readonly Attack[] = [
  ...READS.map(([what, read]) => ({
    name: `${what} of 16 events of a megabyte, three times at once`,
    run: async (server: Attacked) => {
      await filled(server, 'large', 16);
      for (const { status, text } of await Promise.all([1, 2, 3].map(() => read(server))))
        assert.ok([200, 413].includes(status), text.slice(0, 300));
      const { status, text } = await read(server);
      assert.is(status, 200, text.slice(0, 300));
    },
  })),
  {
    name: 'two dozen readers of lists and exports who do not read',
    run: async (server) => {
      await filled(server, 'large', 16);
      const paths = [
        '/api/0/buckets/large/events',
        '/api/0/export',
        '/api/0/buckets/attacked/events',
        '/api/0/buckets/large/export',
      ];
      const sockets = await Promise.all(
        Array.from({ length: 24 }, (_, n) => neverReads(server, paths[n % paths.length]!)),
      );
      assert.is((await server.send('/api/0/buckets/large/events?limit=5')).status, 200);
      return () => {
        for (const socket of sockets) socket.destroy();
      };
    },
  },
];

attackSuite('stored data', ATTACKS).run();
