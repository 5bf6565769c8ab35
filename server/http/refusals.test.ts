import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer } from '../../test/support/test-server.ts';
import { makeApp } from '../app.ts';
import { makeApiKey } from '../auth/api-key.ts';
import { makeAuthenticate } from '../auth/authenticate.ts';
import type { Logger } from '../log.ts';
import { makeRefusals, type Refused } from './refusals.ts';

const refusals = suite<{ server: TestServer }>('refused keys');
refusals.before(async (scene) => {
  scene.server = await openTestServer();
});

/** A log that keeps its messages, and the ends of minutes, to be called by hand. */
const scripted = () => {
  const lines: [entry: any, message: string][] = [];
  const ends: (() => void)[] = [];
  const tell = makeRefusals(
    { warn: (entry: unknown, message: string) => lines.push([entry, message]) } as unknown as Logger,
    (end) => ends.push(end),
  );
  return {
    lines,
    ends,
    refuse: (more: Partial<Refused> = {}) =>
      tell({ address: '10.0.0.1', forwardedFor: null, method: 'GET', path: '/api/0/buckets', ...more }),
  };
};

refusals('have a line each, with the address and what was asked', () => {
  const { lines, refuse } = scripted();
  refuse();
  refuse({ address: '10.0.0.2', forwardedFor: '192.0.2.7, 10.0.0.1' });
  assert.equal(lines, [
    [{ address: '10.0.0.1', method: 'GET', path: '/api/0/buckets' }, 'a key was refused'],
    [
      { address: '10.0.0.2', forwardedFor: '192.0.2.7, 10.0.0.1', method: 'GET', path: '/api/0/buckets' },
      'a key was refused',
    ],
  ]);
});

refusals('of a flood are counted, and another address is still heard of', () => {
  const { lines, ends, refuse } = scripted();
  for (let i = 0; i < 10_000; i++) refuse();
  assert.is(lines.length, 3);
  refuse({ address: '10.0.0.2' });
  assert.is(lines.length, 4);
  assert.is(ends.length, 1);
  ends[0]!();
  assert.equal(lines.at(-1), [{ requests: 9_997 }, 'more keys were refused']);
  refuse();
  assert.equal([lines.length, ends.length], [6, 2], 'the next minute begins anew');
  ends[1]!();
  assert.is(lines.length, 6, 'and ends without a word where nothing was left out');
});

refusals('of a flood from everywhere are no flood of lines', () => {
  const { lines, ends, refuse } = scripted();
  for (let i = 0; i < 10_000; i++) refuse({ address: `10.0.${i >> 8}.${i & 255}` });
  assert.is(lines.length, 20);
  ends[0]!();
  assert.equal(lines.at(-1)![0], { requests: 9_980 });
});

refusals(
  'are told whatever API and way they came by, never with a key or a query, and good requests are not',
  async ({ server }) => {
    const { key } = makeApiKey();
    const good = (await server.newUser()).key;
    const WAYS: [path: string, headers: Record<string, string>][] = [
      [`/api/0/buckets?token=${key}`, { authorization: `Bearer ${key}` }],
      ['/graphql?query={viewer{id}}', { 'x-api-key': key }],
      [
        `/api/0/${key}/x`,
        {
          authorization: `Basic ${Buffer.from(`me:${key}`).toString('base64')}`,
          'x-forwarded-for': `${key}, 192.0.2.7`,
        },
      ],
    ];
    for (const [path, headers] of WAYS) {
      const lines: unknown[] = [];
      const log = {
        error: () => {},
        debug: () => {},
        warn: (entry: unknown) => lines.push(entry),
      } as unknown as Logger;
      const { database, resolvers } = server;
      const listener = createServer(
        makeApp({ database, resolvers, authenticate: makeAuthenticate(database, () => new Date()), log }),
      );
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      try {
        const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
        assert.is((await fetch(url + path, { headers })).status, 401);
        assert.is((await fetch(`${url}/api/0/buckets`)).status, 401, 'no key is no wrong one');
        assert.is((await fetch(`${url}/api/0/buckets`, { headers: { 'x-api-key': good } })).status, 200);
        assert.is((await fetch(`${url}/api/0/nope`, { headers: { 'x-api-key': good } })).status, 404);
        assert.is(lines.length, 1, JSON.stringify(lines));
        assert.equal((lines[0] as { address: string }).address, '127.0.0.1');
        assert.not.match(JSON.stringify(lines), /token|query|kt_[\w-]/);
      } finally {
        listener.closeAllConnections();
        await new Promise((resolve) => listener.close(resolve));
      }
    }
  },
);

refusals.run();
