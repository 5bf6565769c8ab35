import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event } from '../../domain/event.ts';
import { isSameHistory, markOf } from '../../domain/sync/history.ts';
import { makeAccount, makeBucket, type Account } from '../../test/support/make-bucket.ts';
import { openTestServer } from '../../test/support/test-server.ts';
import type { BucketKey } from './bucket-key.ts';
import { takeRevision } from './changes.ts';
import { run, transaction, type Database } from './database.ts';
import { insert } from './events.ts';
import { heldAt, probesOf } from './probes.ts';

type Scene = { database: Database; account: Account };
const probes = suite<Scene>('probes of buckets');
probes.before(async (scene) => {
  scene.database = (await openTestServer()).database;
  scene.account = await makeAccount(scene.database);
});

const HOUR_US = 3_600_000_000n;
const hourly = (count: number, data: (i: number) => Event['data'] = (i) => ({ i })): Event[] =>
  Array.from({ length: count }, (_, i) => ({ startUs: BigInt(i) * HOUR_US, durationNs: 1n, data: data(i) }));

const filled = async (scene: Scene, events: readonly Event[]): Promise<BucketKey> => {
  const bucket = await makeBucket(scene);
  await transaction(scene.database, async (tx) =>
    insert(tx, bucket, await takeRevision(tx, scene.account.account), events),
  );
  return bucket;
};

probes('hold the twenty newest, and twenty from the first to the last', async (scene) => {
  const events = hourly(500);
  const [bucket, empty] = [await filled(scene, events), await makeBucket(scene)];
  const found = await run(scene.database, (tx) =>
    probesOf(tx, bucket.account, [bucket.number, empty.number, 1_000_000]),
  );
  const { newest, spread } = found.get(bucket.number)!;
  assert.equal(newest, events.slice(-20).reverse().map(markOf));
  assert.is(spread.length, 20);
  const instants = spread.map(({ atMs }) => atMs);
  assert.ok(instants.includes(0n) && instants.includes(markOf(events.at(-1)!).atMs), 'both ends are among them');
  assert.equal(found.get(empty.number), { newest: [], spread: [] });
  assert.not.ok(found.has(1_000_000), 'there is no such bucket');
});

probes('are found again in the bucket, and not in another of the same times', async (scene) => {
  const [bucket, other] = [
    await filled(scene, hourly(50)),
    await filled(
      scene,
      hourly(50, (i) => ({ j: i })),
    ),
  ];
  const probe = (await run(scene.database, (tx) => probesOf(tx, bucket.account, [bucket.number]))).get(bucket.number)!;
  const marks = [...probe.newest, ...probe.spread];
  assert.ok(isSameHistory(probe, await run(scene.database, (tx) => heldAt(tx, bucket, marks))));
  assert.not.ok(isSameHistory(probe, await run(scene.database, (tx) => heldAt(tx, other, marks))));
});

probes('leave out data of many kilobytes', async (scene) => {
  const large = 'x'.repeat(20_000);
  const bucket = await filled(
    scene,
    hourly(10, (i) => (i % 2 ? { i } : { i, large })),
  );
  const { newest, spread } = (await run(scene.database, (tx) => probesOf(tx, bucket.account, [bucket.number]))).get(
    bucket.number,
  )!;
  assert.equal([newest.length, spread.length], [5, 5]);
});

probes.run();
