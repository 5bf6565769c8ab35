import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeApp } from '../app.ts';
import { makeAuthenticate } from '../auth/authenticate.ts';
import { makeLog } from '../log.ts';
import { prismaOf } from '../storage/database.ts';
import { makeFeed } from '../storage/feed.ts';
import { makeResolvers } from '../resolvers/resolvers.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const revisions = suite<{ server: TestServer }>('Subscription.revision');

revisions.before(async (context) => {
  context.server = await openTestServer();
});

/** The revisions that a subscription sends, one per `next`; `end` unsubscribes. */
const subscribe = async (fetch: (path: string, init: RequestInit) => Promise<Response>) => {
  const left = new AbortController();
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { revision }' }),
    signal: left.signal,
  });
  assert.match(response.headers.get('content-type')!, 'text/event-stream');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    next: async (): Promise<bigint> => {
      for (;;) {
        const match = /data: (\{.*\})\n/.exec(text);
        if (match) {
          text = text.slice(match.index + match[0].length);
          const { data } = JSON.parse(match[1]!) as { data?: { revision: string } };
          if (data) return BigInt(data.revision);
          continue;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error(`the subscription ended: ${text}`);
        text += value;
      }
    },
    /** The error with which the stream ends. */
    error: async (): Promise<{ message: string; code: unknown }> => {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
      }
      const [{ message, extensions }] = JSON.parse(
        /data: (\{"errors".*\})\n/.exec(text)?.[1] ?? '{"errors":[{"message":"none","extensions":{}}]}',
      ).errors;
      return { message, code: extensions.code };
    },
    end: async () => {
      await reader.cancel();
      left.abort();
    },
  };
};

const write = (user: TestUser, id: string) =>
  user.graphql(
    'mutation ($id: String!) { createBucket(input: { bucketId: $id, type: "t", client: "c", hostname: "h" }) ' +
      '{ wasCreated } }',
    { id },
  );
const beat = (user: TestUser, id: string, at: string) =>
  user.graphql(
    'mutation ($id: ID!, $at: DateTime!) { heartbeat(input: ' +
      '{ publicBucketId: $id, pulsetime: 1, event: { timestamp: $at, data: {} } }) { event { id } } }',
    { id, at },
  );

revisions('tells where the account is, and each time it moves', async ({ server }) => {
  const user = await server.newUser();
  await write(user, 'b');
  const told = await subscribe(user.fetch);
  const first = await told.next();
  await beat(user, 'b', '2024-01-01T00:00:00Z');
  const second = await told.next();
  assert.ok(second > first);
  await beat(user, 'b', '2024-01-01T01:00:00Z');
  assert.ok((await told.next()) > second);
  await told.end();
});

const bucket = (bucketId: string) =>
  `mutation { createBucket(input: { bucketId: "${bucketId}", type: "t", client: "c", hostname: "h" }) { wasCreated } }`;
const setting = (value: string) => `mutation { setSetting(input: { key: "a", value: ${value} }) { setting { key } } }`;
const UNSET = 'mutation { deleteSetting(input: { key: "a" }) { wasDeleted } }';
const device = (pass: number, hostname: string) =>
  `mutation { registerDevice(input: { deviceId: "d", hostname: "${hostname}", pass: ${pass}, nonce: "n" }) ` +
  '{ accountId } }';
const push = (type: string) =>
  `mutation { pushEvents(input: { deviceId: "d", pass: 3, buckets: [{ bucketId: "w", type: "${type}", client: "c", ` +
  'hostname: "h", epoch: 1, events: { sourceIds: [], starts: [], durations: [], dataIndex: [], data: [] } }] }) ' +
  '{ results { error { message } } } }';

/** What is shown and is no event, each after those before it. */
const SHOWN: readonly [what: string, moves: boolean, mutation: string][] = [
  ['a new bucket', true, bucket('b')],
  ['a bucket that is there', false, bucket('b')],
  ['a setting', true, setting('[1, null]')],
  ['the value that it has', false, setting('[1, null]')],
  ['another value', true, setting('null')],
  ['a setting no more', true, UNSET],
  ['a setting that there was not', false, UNSET],
  ['a new device', true, device(1, 'laptop')],
  ['a pass of it', false, device(2, 'laptop')],
  ['another hostname', true, device(3, 'desk')],
  ['how it is called', true, 'mutation { renameDevice(input: { deviceId: "d", label: "Mine" }) { device { id } } }'],
  ['an empty bucket of it', true, push('t')],
  ['the same once more', false, push('t')],
  ['another type of it', true, push('u')],
  ['a bucket no more', true, 'mutation { deleteBucket(input: { id: "b" }) { id } }'],
];

revisions('tells of what is shown and is no event, which is no change to pull', async ({ server }) => {
  const user = await server.newUser();
  const told = await subscribe(user.fetch);
  try {
    let at = await told.next();
    for (const [what, moves, mutation] of SHOWN) {
      const before = at;
      const answer = await user.graphql<object>(mutation);
      assert.not.match(JSON.stringify(answer), 'message', what);
      const { viewer } = await user.graphql<{ viewer: { revision: string } }>('{ viewer { revision } }');
      at = BigInt(viewer.revision);
      assert.is(at > before, moves, what);
      if (moves) while ((await told.next()) < at);
      const { changes } = await user.graphql<{ changes: { revision: string; changedBuckets: unknown[] } }>(
        'query ($after: BigInt) { changes(after: $after) { revision changedBuckets { bucket { id } } } }',
        { after: String(before) },
      );
      assert.equal([changes.changedBuckets, BigInt(changes.revision)], [[], at], `${what}: a cursor goes past it`);
    }
  } finally {
    await told.end();
  }
});

revisions('is not told of another account', async ({ server }) => {
  const [user, other] = [await server.newUser(), await server.newUser()];
  await write(user, 'b');
  await write(other, 'b');
  const told = await subscribe(user.fetch);
  await told.next();
  await beat(other, 'b', '2024-01-01T00:00:00Z');
  await beat(user, 'b', '2024-01-01T00:00:00Z');
  const { viewer } = await user.graphql<{ viewer: { revision: string } }>('{ viewer { revision } }');
  assert.is(await told.next(), BigInt(viewer.revision));
  await told.end();
});

revisions('is told what another server process on the same database wrote', async ({ server }) => {
  const user = await server.newUser();
  await write(user, 'b');
  // Another set of resolvers with a feed of its own: like two processes, they share only the database.
  const feed = makeFeed(server.database);
  const now = () => new Date();
  const app = makeApp({
    database: server.database,
    resolvers: makeResolvers({ ...server.deps, feed, now }),
    authenticate: makeAuthenticate(server.database, now),
    log: makeLog('error'),
  });
  const told = await subscribe((path, init) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${user.key}`);
    return Promise.resolve(app.fetch(`${APP_URL}${path}`, { ...init, headers }));
  });
  const first = await told.next();
  await beat(user, 'b', '2024-01-01T00:00:00Z');
  assert.ok((await told.next()) > first);
  await told.end();
  await feed.close();
});

/**
 * Ways in which a key becomes invalid during a subscription. `lookEvery` is 1, because some of them send no
 * notification and have to be found by checking.
 */
const ENDS: [name: string, end: (server: TestServer, user: TestUser) => Promise<unknown>][] = [
  ['is revoked by this process', (server, user) => server.resolvers.accounts.revokeKey(user.key)],
  [
    'is revoked by another one',
    async ({ deps }, user) => {
      const feed = makeFeed(deps.database); // its own, so that ours learns of it only from the database
      await makeResolvers({ ...deps, feed }).accounts.revokeKey(user.key);
      await feed.close();
    },
  ],
  [
    'expires',
    ({ database }, user) =>
      prismaOf(database).apiKey.updateMany({
        where: { prefix: user.key.slice(0, 10) },
        data: { expiresAt: new Date(0) },
      }),
  ],
  ['is deleted with its user', ({ database }, user) => prismaOf(database).user.delete({ where: { id: user.userId } })],
];

for (const [name, end] of ENDS) {
  revisions(`ends with an error that says so when its key ${name}, and no other does`, async ({ server }) => {
    const [user, other] = [await server.newUser(), await server.newUser()];
    const feed = makeFeed(server.database, { lookEvery: 100 });
    const deps = { ...server.deps, feed };
    const app = makeApp({
      database: server.database,
      resolvers: makeResolvers(deps),
      authenticate: makeAuthenticate(server.database, deps.now),
      log: makeLog('error'),
    });
    const through =
      ({ key }: TestUser) =>
      (path: string, init: RequestInit) =>
        Promise.resolve(
          app.fetch(`${APP_URL}${path}`, {
            ...init,
            headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` },
          }),
        );
    const watching = await subscribe(through(user));
    const watchingToo = await subscribe(through(other));
    await Promise.all([watching.next(), watchingToo.next()]);
    await end({ ...server, deps, resolvers: makeResolvers(deps) }, user);
    const { message, code } = await watching.error();
    assert.is(code, 'UNAUTHENTICATED');
    assert.match(message, /revoked or has expired.*generate-key/);
    await write(other, 'b');
    await beat(other, 'b', '2024-01-01T00:00:00Z');
    assert.ok((await watchingToo.next()) > 0n);
    await watchingToo.end();
    await feed.close();
  });
}

revisions(
  'is for 200 subscribers of an account at once, and none of another account waits for that',
  async ({ server }) => {
    const [user, other] = [await server.newUser(), await server.newUser()];
    const feed = makeFeed(server.database, { now: server.deps.now });
    const first = async (account: number) => {
      const revision = feed.watch(account);
      const { value } = await revision.next();
      assert.is(typeof value, 'bigint');
      return revision;
    };
    const all = await Promise.all(Array.from({ length: 200 }, () => first(user.account)));
    try {
      await first(user.account);
      assert.unreachable();
    } catch (error) {
      assert.is((error as { code?: string }).code, 'rate_limited');
    }
    all.push(await first(other.account));
    await all[0]!.return(0n);
    all.push(await first(user.account));
    await Promise.all(all.map((one) => one.return(0n)));
    await feed.close();
  },
);

revisions.run();
