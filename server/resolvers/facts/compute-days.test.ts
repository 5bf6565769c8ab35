/** How much of a day is read that holds more than anybody can have done. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDay } from '../../../domain/day.ts';
import { bucketWith, newDevice, sent } from '../../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../../test/support/test-server.ts';
import { driverOf } from '../../storage/database.ts';
import { computeSome, noValues } from './compute-days.ts';

const computing = suite<{ server: TestServer }>('facts of a crowded day');
computing.before(async (scene) => {
  scene.server = await openTestServer();
});

const never = new AbortController().signal;
/** `sent` counts seconds from 09:00 of this day in UTC. */
const DATE = '2024-05-31';
const DAY = parseDay(DATE)!;
/** A hundredth of what a day has at most: the same with fewer rows. */
const LIMITS = { block: 500, bucket: 200, all: 1_000 };

/** Puts `count` events behind each one that there is, a second apart, of a second each. */
const multiply = ({ server }: { server: TestServer }, { account }: TestUser, name: string, count: number) =>
  driverOf(server.database).script(
    `insert into events (account, bucket, id, timestamp, duration_ns, value, source_id, content_hash, revision)
      select e.account, e.bucket, e.id + 1000 * n, e.timestamp + n * interval '1 second', e.duration_ns, e.value, null,
        e.content_hash, e.revision
      from events e join buckets b on b.account = e.account and b.number = e.bucket, generate_series(1, ${count}) n
      where e.account = ${account} and b.bucket_id like '${name}'`,
  );

const secondsOf = async (user: TestUser, by: string): Promise<Record<string, number>> => {
  const { activity } = await user.graphql<{
    activity: { complete: boolean; rows: { app: string; seconds: number }[] };
  }>(
    `{ activity(range: { first: "${DATE}", last: "${DATE}" }, grain: NONE, by: [${by}]) { complete
      rows { app seconds } } }`,
  );
  assert.ok(activity.complete);
  return Object.fromEntries(activity.rows.map(({ app, seconds }) => [app, seconds]));
};

computing('are those of each bucket’s latest events, and of no more than a number of them all', async (scene) => {
  const user = await scene.server.newUser();
  const device = await newDevice(user);
  // Five buckets with a few events too many, one after the other in time; a sixth, created last.
  const names = ['w0', 'w1', 'w2', 'w3', 'w4', 'last'];
  for (const [i, bucketId] of names.entries())
    await device.push(bucketWith([sent(i + 1, i - 3600, 1, { app: bucketId })], { bucketId }));
  await multiply(scene, user, 'w_', 209);
  const { tried, done, events } = await computeSome(
    scene.server.database,
    user.account,
    [DAY],
    never,
    noValues(),
    LIMITS,
  );
  assert.equal({ tried, done, events }, { tried: [DAY], done: 1, events: 1_000 });
  const seconds = await secondsOf(user, 'APP');
  // Where buckets say something at once, the first one counts.
  assert.equal(seconds, { w0: 200, w1: 1, w2: 1, w3: 1, w4: 1 });
});

computing('of several days are read of one day at a time once they hold too many events', async (scene) => {
  const user = await scene.server.newUser();
  const device = await newDevice(user);
  for (const [i, bucketId] of ['w0', 'w1', 'w2'].entries())
    await device.push(bucketWith([sent(i + 1, i - 3600, 1, { app: bucketId })], { bucketId }));
  await device.push(bucketWith([sent(9, 86_400, 60, { app: 'next' })], { bucketId: 'next' }));
  await multiply(scene, user, 'w_', 180);
  const { database } = scene.server;
  const first = await computeSome(database, user.account, [DAY, DAY + 1], never, noValues(), LIMITS);
  assert.equal(first, { tried: [DAY], elsewhere: [], done: 1, events: 543 });
  const second = await computeSome(database, user.account, [DAY + 1], never, noValues(), LIMITS);
  assert.equal(second, { tried: [DAY + 1], elsewhere: [], done: 1, events: 1 });
});

computing.run();
