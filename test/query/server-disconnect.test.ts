/** When a client disconnects its query ends too, through either API, whether it is running or waiting. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_LIMITS } from '../../domain/query/limits.ts';
import { makeLog } from '../../server/log.ts';
import { makeQueryPool, type QueryPool } from '../../server/query/pool.ts';
import { openTestServer, type TestUser } from '../support/test-server.ts';
import { fillAccount } from './account.ts';
import { DAY } from './ask.ts';
import { hostileBuckets, hostilePrograms } from './hostile-programs.ts';

type Scene = { pool: QueryPool; user: TestUser; server: http.Server; url: string; faults: unknown[] };
const gone = suite<Scene>('a client that goes away');
gone.before(async (scene) => {
  // One thread, and a time limit that is not reached here: the next query is answered only once the one before has
  // stopped.
  scene.pool = makeQueryPool({
    query: { ...DEFAULT_LIMITS, milliseconds: 60_000 },
    megabytes: 512,
    threads: 1,
    spareThreads: 0,
  });
  scene.faults = [];
  const log = Object.assign(makeLog('silent'), { error: (fault: unknown) => void scene.faults.push(fault) });
  const { app, newUser, resolvers } = await openTestServer(undefined, scene.pool.runQuery, log);
  scene.user = await newUser();
  await fillAccount(resolvers, scene.user, hostileBuckets);
  scene.server = http.createServer(app);
  await new Promise<void>((resolve) => scene.server.listen(0, '127.0.0.1', resolve));
  scene.url = `http://127.0.0.1:${(scene.server.address() as AddressInfo).port}`;
});
gone.after(async ({ pool, server }) => {
  await pool.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const endless = hostilePrograms.find((program) => program.endless)!.program;

const post = ({ url, user }: Scene, path: string, body: unknown, signal?: AbortSignal) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
const byRest = (scene: Scene, program: string, signal?: AbortSignal) =>
  post(scene, '/api/0/query', { query: [program], timeperiods: [DAY] }, signal);
const byGraphQL = (scene: Scene, program: string, signal: AbortSignal) =>
  post(
    scene,
    '/graphql',
    {
      query:
        'query ($query: [String!]!) { awQuery(query: $query, timeperiods: []) once: awQuery(query: $query, ' +
        'timeperiods: ["2024-01-15T00:00:00Z/2024-01-16T00:00:00Z"]) }',
      variables: { query: [program] },
    },
    signal,
  );

const soon = async (scene: Scene): Promise<void> => {
  const began = performance.now();
  const response = await byRest(scene, 'RETURN = 1;');
  assert.equal([response.status, await response.json()], [200, [1]]);
  assert.ok(performance.now() - began < 10_000, 'the thread is free again');
};

for (const [api, send] of [
  ['REST', byRest],
  ['GraphQL', byGraphQL],
] as const) {
  gone(`stops its query: ${api}`, async (scene) => {
    await soon(scene);
    const client = new AbortController();
    const asked = send(scene, endless, client.signal).then(
      () => 'answered',
      () => 'gone',
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    client.abort();
    assert.is(await asked, 'gone');
    await soon(scene);
    assert.equal(scene.faults, [], 'that is no fault of the server');
  });
}

gone('takes its waiting queries along', async (scene) => {
  const client = new AbortController();
  const all = Array.from({ length: 6 }, () =>
    byRest(scene, endless, client.signal).then(
      () => 'answered',
      () => 'gone',
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  client.abort();
  assert.equal([...new Set(await Promise.all(all))], ['gone']);
  await soon(scene);
  assert.equal(scene.faults, []);
});

gone.run();
