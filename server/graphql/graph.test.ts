import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at, bucketWith, newDevice, sent } from '../../test/support/pushing.ts';
import { parseDay } from '../../domain/day.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { openTestServer, type TestServer } from '../../test/support/test-server.ts';

const graph = suite<{ server: TestServer }>('the account graph');
/** The day that `at` counts from, as days since 1970. */
const TODAY = Date.parse(at(0)) / 86_400_000 - 9 / 24;

graph.before(async (scene) => {
  scene.server = await openTestServer();
});

graph('answers viewer, devices, buckets and keys in one request', async ({ server }) => {
  const user = await server.newUser();
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0, 10), sent(2, 20, 5)], { created: at(-60), data: { v: 1 } }));
  const { viewer } = await user.graphql<{ viewer: any }>(`{ viewer { id email createdAt revision
    devices { deviceId hostname pass lastSyncAt buckets { id bucketId type client hostname created data eventCount
      firstEventAt lastEventAt device { deviceId } } }
    apiKeys { name prefix scope createdAt lastUsedAt expiresAt revokedAt device { id } } } }`);
  assert.is(viewer.id, user.userId);
  assert.is(viewer.email, user.email);
  assert.match(viewer.revision, /^\d{16}$/);
  const [laptop, ...others] = viewer.devices;
  assert.equal(others, [], 'the account’s own device holds nothing');
  assert.equal([laptop.deviceId, laptop.hostname, laptop.pass], [device.id, 'laptop', 1]);
  const { created, ...bucket } = laptop.buckets[0];
  assert.is(created, at(-60));
  assert.equal(bucket, {
    id: 'window',
    bucketId: 'window',
    type: 'currentwindow',
    client: 'aw-watcher-window',
    hostname: 'laptop',
    data: { v: 1 },
    eventCount: 2,
    firstEventAt: at(0),
    lastEventAt: at(25),
    device: { deviceId: device.id },
  });
  assert.equal(
    viewer.apiKeys.map((key: any) => [key.name, key.prefix, key.scope, key.expiresAt, key.revokedAt, key.device]),
    [['test', user.key.slice(0, 10), 'FULL', null, null, null]],
  );
});

graph('narrows buckets by device and by type, in order of creation', async ({ server }) => {
  const user = await server.newUser();
  const [one, two] = [await newDevice(user, 'one'), await newDevice(user, 'two')];
  await one.push(bucketWith([], { bucketId: 'afk', type: 'afkstatus' }), bucketWith([]));
  await two.push(bucketWith([], { hostname: 'two' }));
  const { all, ofTwo, afk, neither } = await user.graphql<Record<string, any>>(
    `{ all: buckets { id bucketId } ofTwo: buckets(deviceId: "${two.id}") { id bucketId }
      afk: buckets(type: "afkstatus") { id } neither: buckets(deviceId: "${two.id}", type: "afkstatus") { id } }`,
  );
  assert.equal(all, [
    { id: 'afk', bucketId: 'afk' },
    { id: 'window', bucketId: 'window' },
    { id: 'window-two', bucketId: 'window' },
  ]);
  assert.equal([ofTwo, afk, neither], [[{ id: 'window-two', bucketId: 'window' }], [{ id: 'afk' }], []]);
});

graph('takes as many SQL statements for twenty buckets with all their fields as for one', async ({ server }) => {
  const user = await server.newUser();
  const device = await newDevice(user);
  const asked =
    '{ buckets { id bucketId type client hostname created data eventCount firstEventAt lastEventAt device { ' +
    'id deviceId hostname awDeviceId createdAt lastSyncAt pass } } }';
  const ask = () => user.graphql<{ buckets: unknown[] }>(asked);
  await device.push(bucketWith([sent(1, 0)]));
  const forOne = await statementsOf(ask);
  await device.push(...Array.from({ length: 19 }, (_, i) => bucketWith([sent(i, i)], { bucketId: `b${i}` })));
  const forTwenty = await statementsOf(ask);
  assert.is((await ask()).buckets.length, 20);
  assert.ok(forOne > 0 && forOne <= 8, `${forOne} statements for one bucket`);
  assert.is(forTwenty, forOne);
});

graph('proves twenty buckets in as many statements as one, each by its own days', async ({ server }) => {
  const user = await server.newUser();
  const device = await newDevice(user);
  const DAY = 86_400;
  const asked = '{ buckets { id digest { day eventCount hash pushedCount pushedHash } } }';
  const ask = () => user.graphql<{ buckets: any[] }>(asked);
  await device.push(bucketWith([sent(1, 0), sent(2, DAY), sent(3, DAY + 1)]));
  const forOne = await statementsOf(ask);
  const more = Array.from({ length: 19 }, (_, i) =>
    bucketWith([sent(i, i), sent(100, 2 * DAY)], { bucketId: `b${i}` }),
  );
  await device.push(...more);
  assert.is(await statementsOf(ask), forOne);
  const { buckets } = await ask();
  const daysOf = (bucket: any) =>
    bucket.digest.map(({ day, eventCount, pushedCount }: any) => [parseDay(day)! - TODAY, eventCount, pushedCount]);
  const first = [
    [0, 1, 1],
    [1, 2, 2],
  ];
  const others = [
    [0, 1, 1],
    [2, 1, 1],
  ];
  assert.equal(buckets.map(daysOf), [first, ...more.map(() => others)]);
  const { bucket } = await user.graphql<any>(
    '{ bucket(id: "b3") { digest { day eventCount hash pushedCount pushedHash } } }',
  );
  assert.equal(bucket.digest, buckets[4].digest);
});

graph.run();
