/** Heartbeats look their keys up in the transaction that stores them, which changes nothing about who may send them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { statementsOf } from '../../test/support/statements.ts';

type Scene = { server: TestServer; user: TestUser; keys: [first: string, second: string] };
const beats = suite<Scene>('the keys of heartbeats');

const AT = Date.UTC(2024, 4, 31, 9);
const bodyAt = (seconds: number) => ({
  timestamp: new Date(AT + seconds * 1000).toISOString(),
  duration: 0,
  data: { app: 'a' },
});

const send = (user: TestUser, key: string, bucket: string, body: unknown): Promise<Response> =>
  user.fetch(`/api/0/buckets/${bucket}/heartbeat?pulsetime=60`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const durationOf = async (user: TestUser, bucket: string): Promise<number> => {
  const [event] = (await (await user.fetch(`/api/0/buckets/${bucket}/events?limit=1`)).json()) as [
    { duration: number },
  ];
  return event.duration;
};

/** One account with two keys and a bucket for each, and a heartbeat of each key: the server has seen both. */
beats.before.each(async (scene) => {
  scene.server ??= await openTestServer();
  const user = (scene.user = await scene.server.newUser());
  const { key } = await scene.server.resolvers.accounts.createKey({ email: user.email, name: 'second' });
  scene.keys = [user.key, key];
  for (const [i, shown] of scene.keys.entries()) {
    const facts = { client: 'c', type: 'currentwindow', hostname: 'h' };
    const headers = { 'content-type': 'application/json' };
    const made = await user.fetch(`/api/0/buckets/of-${i}`, { method: 'POST', headers, body: JSON.stringify(facts) });
    assert.ok(made.ok);
    for (const seconds of [0, 1]) assert.is((await send(user, shown, `of-${i}`, bodyAt(seconds))).status, 200);
  }
});

const revokeSecond = async ({ server, keys }: Scene): Promise<void> => {
  await server.resolvers.accounts.revokeKey(keys[1]!);
};

beats('are read beside what they continue, once for all that are stored together', async ({ user, keys }) => {
  let now = 1;
  const count = (sent: number) =>
    statementsOf(async () => {
      const answers = await Promise.all(Array.from({ length: sent }, () => send(user, keys[0], 'of-0', bodyAt(++now))));
      for (const { status } of answers) assert.is(status, 200);
    });
  // Then the event has 3 s, and may grow to 4 before its bucket has to note a longer one.
  for (let n = 0; n < 2; n++) await count(1);
  const one = await count(1);
  // On PostgreSQL how long a statement may take goes with BEGIN.
  assert.ok(one <= 9, `${one}: four that read, the key among them, two that write, and the transaction's own three`);
  // The first may go alone, the others go in the transaction after it.
  assert.ok((await count(12)) <= 2 * one);
});

beats('are refused as soon as they are revoked, and others that are stored with them are not', async (scene) => {
  const { user, keys } = scene;
  await revokeSecond(scene);
  const sent = [2, 3, 4, 5].flatMap((seconds) => keys.map((key, i) => send(user, key, `of-${i}`, bodyAt(seconds))));
  assert.equal(
    (await Promise.all(sent)).map(({ status }) => status),
    [200, 401, 200, 401, 200, 401, 200, 401],
  );
  assert.equal([await durationOf(user, 'of-0'), await durationOf(user, 'of-1')], [5, 1]);
});

beats('that are revoked learn nothing of what was wrong besides', async (scene) => {
  const { user, keys } = scene;
  const wrong = [{ app: 'no heartbeat' }, 7];
  for (const body of wrong) assert.is((await send(user, keys[1], 'of-1', body)).status, 422);
  assert.is((await send(user, keys[1], 'nowhere', bodyAt(2))).status, 404);
  await revokeSecond(scene);
  for (const body of wrong) assert.is((await send(user, keys[1], 'of-1', body)).status, 401);
  assert.is((await send(user, keys[1], 'nowhere', bodyAt(2))).status, 401);
});

beats.run();
