import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event, SourcedEvent } from '../../domain/event.ts';
import { allRows } from '../../test/support/all-events.ts';
import { makeAccount, makeBucket, rowVersions, upsert, type Account } from '../../test/support/make-bucket.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { openTestServer, type TestServer } from '../../test/support/test-server.ts';
import type { BucketRow } from './buckets.ts';
import * as buckets from './buckets.ts';
import { lockAccount, takeRevision } from './changes.ts';
import { driverOf, run, transaction, type Database, type Tx } from './database.ts';
import * as events from './events.ts';
import { valuesFor } from './values.ts';

type Scene = { server: TestServer; database: Database; account: Account; bucket: BucketRow };
const values = suite<Scene>('values');
values.before(async (scene) => {
  scene.server = await openTestServer();
  scene.database = scene.server.database;
});
values.before.each(async (scene) => {
  scene.account = await makeAccount(scene.database);
  scene.bucket = await makeBucket(scene);
});

const event = (sourceId: number, title: unknown, startMs = sourceId): SourcedEvent => ({
  sourceId,
  startUs: BigInt(startMs) * 1000n,
  durationNs: 1000n,
  data: { app: 'Editor', title },
});
const titled = (title: string, startMs = 0): Event => ({
  startUs: BigInt(startMs) * 1000n,
  durationNs: 0n,
  data: { title },
});

/** The account's values, by number, with their data. */
const heldBy = (database: Database, { account }: Account): Promise<{ value: number; data: string }[]> =>
  driverOf(database).rows(
    `select value, data::text as data from event_values where account = ${account} order by event_values.value`,
  );
const numbersOf = async (database: Database, account: Account): Promise<number[]> =>
  (await heldBy(database, account)).map(({ value }) => value);

/** Writes under the locks that every writer takes. */
const written = <T>({ database, account, bucket }: Scene, work: (tx: Tx, revision: bigint) => Promise<T>): Promise<T> =>
  transaction(database, async (tx) => {
    await lockAccount(tx, account.account);
    await buckets.lock(tx, bucket);
    return work(tx, await takeRevision(tx, account.account));
  });
const insert = (scene: Scene, given: readonly Event[]): Promise<number[]> =>
  written(scene, (tx, revision) => events.insert(tx, scene.bucket, revision, given));
const rowOf = async ({ database, bucket }: Scene): Promise<BucketRow> =>
  (await run(database, (tx) => buckets.findNumbered(tx, bucket)))!;

values('keeps 200 values for 5,000 events of 200 titles, and writes nothing when they come again', async (scene) => {
  const { database, account, bucket } = scene;
  const batch = () => Array.from({ length: 5000 }, (_, i) => event(i, `title ${i % 200}`));
  await upsert(database, account, bucket, batch());
  assert.is((await heldBy(database, account)).length, 200);
  assert.is((await rowOf(scene)).eventRows, 5000);
  const before = await rowVersions(database, bucket);
  const [valuesBefore, bucketBefore] = [await heldBy(database, account), await rowOf(scene)];
  const statements = await statementsOf(() =>
    run(database, async (tx) => {
      const { inserted, updated } = await events.upsert(tx, bucket, batch());
      assert.equal([inserted.size, updated.size], [0, 0]);
    }),
  );
  assert.is(statements, 2, 'one for the values, one for the events');
  assert.equal(await rowVersions(database, bucket), before);
  assert.equal(await heldBy(database, account), valuesBefore);
  assert.equal(await rowOf(scene), bucketBefore);
});

values('gives equal data one number however it is written, and other data another', async ({ database, account }) => {
  const numbers = await transaction(database, async (tx) => {
    await lockAccount(tx, account.account);
    const first = await valuesFor(tx, account.account, ['{"a":1,"b":2}', '{"b":2,"a":1}', '{"a":1}', '{"a":"1"}']);
    const again = await valuesFor(tx, account.account, ['{"a":"1"}', '{"n":0}', '{ "a": 1 }']);
    return [first, again];
  });
  const [[both, same, one, text], [textAgain, fresh, oneAgain]] = numbers as [number[], number[]];
  assert.is(same, both);
  assert.is(new Set([both, one, text, fresh]).size, 4);
  assert.equal([textAgain, oneAgain], [text, one]);
  assert.equal(await numbersOf(database, account), [1, 2, 3, 4]);
});

values('shares no value between two accounts', async ({ database, account, bucket }) => {
  const other = await makeAccount(database);
  const theirs = await makeBucket({ database, account: other });
  await upsert(database, account, bucket, [event(1, 'ours'), event(2, 'both')]);
  await upsert(database, other, theirs, [event(1, 'both')]);
  assert.equal(await numbersOf(database, account), [1, 2]);
  assert.equal(await numbersOf(database, other), [1]);
});

values('gives ids in the order asked, and never one twice', async (scene) => {
  const ids = await insert(scene, [titled('b', 9), titled('a', 3), titled('b', 5)]);
  assert.equal(ids, [1, 2, 3]);
  const { database, bucket } = scene;
  assert.ok(await written(scene, (tx, revision) => events.remove(tx, bucket, revision, 3)));
  assert.equal(await insert(scene, [titled('c')]), [4]);
  await upsert(database, scene.account, bucket, [event(7, 'x', 20), event(8, 'y', 10)]);
  const rows = await run(database, (tx) => allRows(tx, bucket));
  assert.equal(
    rows.map(({ id, sourceId }) => [id, sourceId]),
    [
      [6, 7],
      [5, 8],
      [1, null],
      [2, null],
      [4, null],
    ],
  );
});

values('counts a bucket’s events through every way of writing', async (scene) => {
  const { database, account, bucket } = scene;
  const rows = async () => (await rowOf(scene)).eventRows;
  const [first] = await insert(scene, [titled('a', 1), titled('b', 2), titled('c', 3)]);
  assert.is(await rows(), 3);
  await upsert(database, account, bucket, [event(1, 'x'), event(2, 'y')]);
  assert.is(await rows(), 5);
  await upsert(database, account, bucket, [event(1, 'other'), event(2, 'y'), event(3, 'z')]);
  assert.is(await rows(), 6);
  await written(scene, (tx, revision) => events.replace(tx, bucket, revision, { ...titled('d'), id: first! }));
  assert.is(await rows(), 6);
  await written(scene, (tx, revision) => events.remove(tx, bucket, revision, first!));
  await written(scene, (tx, revision) => events.remove(tx, bucket, revision, first!));
  assert.is(await rows(), 5);
  await written(scene, (tx, revision) => events.removeOutgrown(tx, bucket, [first! + 1, first!], revision, new Date()));
  assert.is(await rows(), 4);
  assert.is((await run(database, (tx) => allRows(tx, bucket))).length, 4);
});

values.run();
