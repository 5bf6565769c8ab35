import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StoredEvent } from '../../domain/event.ts';
import { mergeHeartbeat } from '../../domain/heartbeat.ts';
import { isKtError } from '../../domain/errors.ts';
import { inTheNameOf } from '../auth/viewer.ts';
import { holdAccount } from '../storage/changes.ts';
import { prismaOf, transaction } from '../storage/database.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { testEngine } from '../../test/support/test-database.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

type Scene = { server: TestServer; users: readonly TestUser[] };
const together = suite<Scene>('heartbeats together');

const BUCKETS = ['a', 'b', 'c', 'd'];
/** Of one batch: three that read, five that write, and the transaction's own. */
const MOST_STATEMENTS = 10;

together.before(async (scene) => {
  scene.server = await openTestServer();
});
/** Two accounts, each with four buckets that have a heartbeat at 0 s. */
together.before.each(async (scene) => {
  scene.users = [await scene.server.newUser(), await scene.server.newUser()];
  for (const user of scene.users)
    for (const id of BUCKETS) {
      const facts = { id, type: 't', client: 'c', hostname: 'h', createdUs: null, data: {} };
      await scene.server.resolvers.buckets.create(inTheNameOf(user), facts);
      await beat(scene, user, id, 0);
    }
});

const makeSignal = () => {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give: () => give() };
};

const eventAt = (seconds: number, title = 'x', duration = 0) => ({
  startUs: BigInt(Math.round(seconds * 1e6)),
  durationNs: BigInt(duration) * 1_000_000_000n,
  data: { title },
});
const beat = ({ server }: Scene, user: TestUser, id: string, seconds: number, title = 'x'): Promise<StoredEvent> =>
  server.resolvers.heartbeats.receive(inTheNameOf(user), id, { ...eventAt(seconds, title), id: null }, 10);
const revisionOf = async (user: TestUser): Promise<bigint> =>
  BigInt((await user.graphql<{ viewer: { revision: string } }>('{ viewer { revision } }')).viewer.revision);
const eventsOf = async ({ server }: Scene, user: TestUser, id: string): Promise<StoredEvent[]> =>
  (await server.resolvers.events.list(inTheNameOf(user), id, { startUs: null, endUs: null }, 1000)).events.map(
    ({ event }) => event,
  );

together('take as many statements for many watchers as for two', async (scene) => {
  const all = scene.users.flatMap((user) => BUCKETS.map((id) => [user, id] as const));
  let now = 0;
  // The first goes alone, the rest in the transaction after it.
  const sending = (count: number, title: string) => () =>
    Promise.all(all.slice(0, count).map(([user, id]) => beat(scene, user, id, (now += 0.001), title)));
  const [few, many] = [await statementsOf(sending(2, 'x')), await statementsOf(sending(8, 'x'))];
  assert.ok(few <= 2 * MOST_STATEMENTS, `${few} for events that grow`);
  assert.is(many, few, 'events that grow');
  const [fewNew, manyNew] = [await statementsOf(sending(2, 'y')), await statementsOf(sending(8, 'z'))];
  assert.ok(fewNew <= 2 * MOST_STATEMENTS, `${fewNew} for new events`);
  assert.is(manyNew, fewNew, 'new events');
});

together('grow the event of each bucket, and each is answered with its own', async (scene) => {
  const answers = await Promise.all(
    scene.users.flatMap((user) => BUCKETS.map((id, i) => beat(scene, user, id, 1 + i))),
  );
  assert.equal(
    answers.map(({ durationNs }) => Number(durationNs / 1_000_000_000n)),
    [1, 2, 3, 4, 1, 2, 3, 4],
  );
  for (const user of scene.users)
    for (const [i, id] of BUCKETS.entries())
      assert.equal(
        (await eventsOf(scene, user, id)).map(({ durationNs }) => durationNs),
        [BigInt(1 + i) * 1_000_000_000n],
      );
});

together('take one revision for an account and a batch, and none where nothing grew', async (scene) => {
  const [user] = scene.users as [TestUser];
  const before = await revisionOf(user);
  await Promise.all(BUCKETS.map((id) => beat(scene, user, id, 0)));
  assert.is(await revisionOf(user), before);
  await Promise.all([...BUCKETS, ...BUCKETS].map((id, i) => beat(scene, user, id, 1 + i)));
  assert.ok((await revisionOf(user)) > before);
  const revisions = await prismaOf(scene.server.database).event.findMany({
    where: { account: user.account },
    select: { revision: true },
  });
  // The first goes alone, the other seven together: one of each bucket among them.
  assert.is(new Set(revisions.map(({ revision }) => revision)).size, 1);
});

together('of a bucket make what they make one after the other', async (scene) => {
  const [user] = scene.users as [TestUser];
  const beats = fc.array(
    fc.record({
      bucket: fc.constantFrom(...BUCKETS),
      at: fc.integer({ min: 0, max: 40 }),
      title: fc.constantFrom('x', 'y'),
    }),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(beats, async (given) => {
      const slots = new Map<string, StoredEvent>();
      for (const id of BUCKETS) slots.set(id, await beat(scene, user, id, 100, 'begin'));
      const answers = await Promise.all(given.map(({ bucket, at, title }) => beat(scene, user, bucket, at, title)));
      for (const [i, { bucket, at, title }] of given.entries()) {
        const [last, event] = [slots.get(bucket)!, eventAt(at, title)];
        const merged = mergeHeartbeat(last, event, 10_000_000_000n);
        const { id, ...answer } = answers[i]!;
        if (merged) assert.equal({ id, ...answer }, merged);
        else {
          assert.equal(answer, event);
          assert.ok(id > last.id);
        }
        slots.set(bucket, answers[i]!);
      }
      for (const [bucket, slot] of slots)
        assert.equal(
          (await eventsOf(scene, user, bucket)).find(({ id }) => id === slot.id),
          slot,
        );
    }),
    { numRuns: 15 },
  );
});

together('fail alone, where one of them is bad', async (scene) => {
  const [user, other] = scene.users as [TestUser, TestUser];
  const answers = await Promise.allSettled([
    beat(scene, user, 'a', 1),
    beat(scene, user, 'nowhere', 1),
    beat(scene, other, 'a', 2),
    beat(scene, user, 'no\u0000where', 1),
    beat(scene, other, 'b', 3),
  ]);
  assert.equal(
    answers.map((one) => (one.status === 'fulfilled' ? Number(one.value.durationNs) / 1e9 : one.reason.code)),
    [1, 'not_found', 2, 'not_found', 3],
  );
});

together('find a bucket under its name on a device, and the same under its own', async (scene) => {
  const [user] = scene.users as [TestUser];
  const { server } = scene;
  const { deviceId } = await server.resolvers.info.get();
  const named = { ...inTheNameOf(user), deviceId };
  const receive = (viewer: typeof named, seconds: number) =>
    server.resolvers.heartbeats.receive(viewer, 'a', { ...eventAt(seconds), id: null }, 10);
  await receive(named, 1);
  const all = await Promise.all([
    receive(named, 2),
    receive(named, 3),
    beat(scene, user, 'a', 4),
    receive(named, 5),
    beat(scene, user, 'a', 6),
  ]);
  assert.is(new Set(all.map(({ id }) => id)).size, 1);
  assert.is((await eventsOf(scene, user, 'a'))[0]!.durationNs, 6_000_000_000n);
  const unknown = await receive({ ...named, deviceId: 'unknown' }, 9).catch((error: unknown) => error);
  assert.ok(isKtError(unknown, 'invalid'));
});

// On PostgreSQL, where others can hold an account meanwhile.
if (testEngine() === 'postgres')
  together('wait for who holds their own account, and for nobody else', async (scene) => {
    const [held, other] = scene.users as [TestUser, TestUser];
    const { database } = scene.server;
    const [isHeld, release] = [makeSignal(), makeSignal()];
    const holding = transaction(database, async (tx) => {
      await holdAccount(tx, held.account);
      isHeld.give();
      await release.given;
    });
    await isHeld.given;
    let answered = 0;
    const waiting = [1, 2, 3, 4].map(async (seconds) => {
      const { durationNs } = await beat(scene, held, 'a', seconds);
      answered += 1;
      return Number(durationNs) / 1e9;
    });
    for (let seconds = 1; seconds <= 8; seconds++)
      assert.is(Number((await beat(scene, other, 'a', seconds)).durationNs) / 1e9, seconds);
    assert.is(answered, 0);
    release.give();
    await holding;
    assert.equal(await Promise.all(waiting), [1, 2, 3, 4], 'in the order in which they came');
    assert.is(Number((await beat(scene, held, 'a', 5)).durationNs) / 1e9, 5);
  });

together.run();
