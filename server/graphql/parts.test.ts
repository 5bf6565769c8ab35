import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { driverOf } from '../storage/database.ts';
import { formatDay } from '../../domain/day.ts';
import { bucketWith, failing, push, register, sent, wireBucket } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

type Sums = { days: string[]; eventCounts: number[]; hashes: string[] };
type Part = {
  id: string;
  bucketId: string;
  deviceId: string;
  firstDay: string | null;
  recent: Sums | null;
  span: { fromDay: string | null; sums: Sums } | null;
};

const SUMS = 'days eventCounts hashes';
const ASK = `mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) {
  compared { id bucketId deviceId firstDay recent { ${SUMS} } span { fromDay sums { ${SUMS} } } } } }`;
const DAY = 86_400;
/** 2024-05-31, the day on which `sent` counts its seconds from. */
const MAY = 19_874;
/** The day this many days earlier, as text. */
const may = (before: number): string => formatDay(MAY - before);
const STILL = { movingFrom: '2030-01-01T00:00:00Z', movingTo: '2030-01-01T00:00:00Z' };

const parts = suite<{ server: TestServer; user: TestUser; device: string }>('what a pass compares');
parts.before(async (scene) => {
  scene.server = await openTestServer();
});
parts.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  scene.device = randomUUID();
  await register(scene.user, { deviceId: scene.device, hostname: 'laptop', pass: 1, nonce: 'n' });
});

const ask = async (user: TestUser, deviceId: string, compare: Record<string, unknown>): Promise<Part[]> => {
  const input = { deviceId, hostname: 'laptop', compare: { ...STILL, sinceDay: may(0), maxEvents: 1000, ...compare } };
  return (await user.graphql<{ registerDevice: { compared: Part[] } }>(ASK, { input })).registerDevice.compared;
};
const digestOf = async (user: TestUser, id: string) =>
  (
    await user.graphql<any>(
      'query ($id: ID!) { bucket(id: $id) { digest { day eventCount hash pushedCount pushedHash } } }',
      {
        id,
      },
    )
  ).bucket.digest as { day: string; eventCount: number; hash: string; pushedCount: number; pushedHash: string }[];

/** Ten days with three events each, the last on 2024-05-31. */
const TEN_DAYS = Array.from({ length: 30 }, (_, i) => sent(i + 1, -DAY * Math.floor(i / 3) + (i % 3), 1));

parts(
  'are the newest days of each bucket, and in turn a part of all of it, as the whole digest says',
  async ({ user, device }) => {
    await push(user, device, 1, [bucketWith(TEN_DAYS), bucketWith([sent(1, -400 * DAY)], { bucketId: 'old' })]);
    const [window, old] = await ask(user, device, {
      sinceDay: may(1),
      maxEvents: 9,
      buckets: [{ bucketId: 'window' }, { bucketId: 'old' }, { bucketId: 'nobody’s' }],
    });
    const whole = (await digestOf(user, window!.id)).reverse();
    const columns = (days: typeof whole): Sums => ({
      days: days.map(({ day }) => day),
      eventCounts: days.map(({ pushedCount }) => pushedCount),
      hashes: days.map(({ pushedHash }) => pushedHash),
    });
    assert.equal([window!.bucketId, window!.deviceId, window!.firstDay], ['window', device, may(9)]);
    assert.equal(window!.recent, columns(whole.slice(0, 2)));
    // The ninth event is the last of its day, which is known only once a tenth is read: two days are complete.
    assert.equal(window!.span, { fromDay: may(1), sums: columns(whole.slice(0, 2)) });
    assert.equal(
      [old!.firstDay, old!.recent, old!.span],
      [may(400), { days: [], eventCounts: [], hashes: [] }, null],
      'the events ran out',
    );

    const [rest] = await ask(user, device, { buckets: [{ bucketId: 'window', beforeDay: may(1) }] });
    assert.equal(rest!.span, { fromDay: null, sums: columns(whole.slice(2)) });
    const [none] = await ask(user, device, { buckets: [{ bucketId: 'window', beforeDay: may(9) }] });
    assert.equal(none!.span, { fromDay: null, sums: { days: [], eventCounts: [], hashes: [] } });
  },
);

parts('are told of a bucket also by what it was before its device took it over', async ({ server, user, device }) => {
  await push(user, device, 1, [bucketWith(TEN_DAYS)]);
  await driverOf(server.database).script(
    `update buckets set former_device = 'server', former_bucket = 'once' where account = ${user.account}`,
  );
  const [part] = await ask(user, device, { buckets: [{ bucketId: 'once', deviceId: 'server' }] });
  assert.equal([part!.bucketId, part!.deviceId, part!.firstDay], ['once', 'server', may(9)]);
});

parts('come past a day that has more events than were asked for', async ({ user, device }) => {
  await push(user, device, 1, [bucketWith(TEN_DAYS)]);
  const [one] = await ask(user, device, { maxEvents: 1, buckets: [{ bucketId: 'window' }] });
  assert.equal([one!.span!.fromDay, one!.span!.sums.days, one!.span!.sums.eventCounts], [may(0), [may(0)], [3]]);
});

parts('leave out what moves: what ends between two times', async ({ user, device }) => {
  await push(user, device, 1, [bucketWith([sent(1, 0, 10), sent(2, 100, 10), sent(3, 200, 10)])]);
  for (const [from, to, events] of [
    ['09:01:49', '09:01:51', 2],
    ['09:01:50', '09:02:00', 3],
    ['09:00:00', '10:00:00', 0],
  ] as const) {
    const moving = { movingFrom: `2024-05-31T${from}Z`, movingTo: `2024-05-31T${to}Z` };
    const [part] = await ask(user, device, { ...moving, buckets: [{ bucketId: 'window' }] });
    assert.equal([part!.recent!.eventCounts, part!.span!.sums.eventCounts], [[events], [events]], from);
  }
});

parts(
  'are of another device’s bucket all its rows, of the own one those with a source id, ' +
    'and of another account’s nothing',
  async ({ server, user, device }) => {
    await push(user, device, 1, [bucketWith([sent(1, 0), sent(2, 100)])]);
    await push(user, device, 1, [bucketWith([sent(1, 500)], { epoch: 2 })]);
    const other = randomUUID();
    await register(user, { deviceId: other, hostname: 'desk' });
    const asked = { buckets: [{ bucketId: 'window', deviceId: device }] };
    assert.equal((await ask(user, device, { buckets: [{ bucketId: 'window' }] }))[0]!.recent!.eventCounts, [1]);
    assert.equal((await ask(user, device, asked))[0]!.recent!.eventCounts, [1]);
    assert.equal((await ask(user, other, asked))[0]!.recent!.eventCounts, [3]);
    const stranger = await server.newUser();
    assert.equal(await ask(stranger, other, asked), []);
  },
);

parts('come with a push, of the days that it asks for, its own events counted', async ({ user, device }) => {
  const MUTATION = `mutation ($input: PushEventsInput!) { pushEvents(input: $input) {
    results { error { code } comparedDays {  ${SUMS} } } } }`;
  const compare = { ...STILL, days: [may(0), may(1), may(5)] };
  const answer = await user.graphql<any>(MUTATION, {
    input: { deviceId: device, pass: 1, buckets: [wireBucket(bucketWith(TEN_DAYS.slice(0, 4), { compare }))] },
  });
  const { comparedDays: compared } = answer.pushEvents.results[0];
  assert.equal(
    [compared.days, compared.eventCounts],
    [
      [may(0), may(1), may(5)],
      [3, 1, 0],
    ],
  );
  const many = await user.graphql<any>(MUTATION, {
    input: {
      deviceId: device,
      pass: 1,
      buckets: [
        wireBucket(bucketWith([], { compare: { ...STILL, days: Array.from({ length: 21 }, (_, i) => may(i)) } })),
      ],
    },
  });
  assert.equal(many.pushEvents.results[0], { error: { code: 'TOO_LARGE' }, comparedDays: null });
});

const REFUSED: [what: string, compare: Record<string, unknown>, code: string][] = [
  [
    'more buckets than a pass compares',
    { buckets: Array.from({ length: 501 }, (_, i) => ({ bucketId: `b${i}` })) },
    'TOO_LARGE',
  ],
  ['a day that no event lies on', { buckets: [{ bucketId: 'window', beforeDay: '2517-07-31' }] }, 'INVALID'],
  ['newest days of no time', { sinceDay: '0001-01-01', buckets: [] }, 'INVALID'],
  ['less than no events', { maxEvents: -1, buckets: [] }, 'INVALID'],
  ['moving backwards', { movingFrom: '2030-01-02T00:00:00Z', buckets: [] }, 'INVALID'],
];
for (const [what, compare, code] of REFUSED) {
  parts(`are refused for ${what}`, async ({ user, device }) => {
    const input = {
      deviceId: device,
      hostname: 'laptop',
      compare: { ...STILL, sinceDay: may(0), maxEvents: 10, ...compare },
    };
    await failing(code, user.graphql(ASK, { input }));
  });
}
parts.run();
