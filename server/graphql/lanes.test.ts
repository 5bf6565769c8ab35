/** Lanes, what their values are, and what was going on at an instant. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failing, newDevice, push, register, type TestDevice } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const lanes = suite<{ server: TestServer; user: TestUser; laptop: TestDevice; phone: TestDevice }>('lanes');
lanes.before(async (scene) => {
  scene.server = await openTestServer();
});

/** A device’s events, whose ids are their places. */
const bucket = (
  bucketId: string,
  type: string,
  events: readonly (readonly [at: string, duration: number, data: object])[],
) => ({
  ...{ bucketId, epoch: 1, type, client: 'c', hostname: 'h' },
  events: events.map(([timestamp, duration, data], i) => ({ sourceId: String(i + 1), timestamp, duration, data })),
});
const VIM = { app: 'vim', title: 'main.ts' };
const NEWS = { app: 'Firefox', title: 'News <script>' };
const TAB = { url: 'https://example.org/a', title: 'News', audible: false };
const CHAT = { app: 'Chat', classname: 'x' };

lanes.before.each(async (scene) => {
  const user = await scene.server.newUser();
  const laptop = await newDevice(user);
  await laptop.push(
    bucket('window', 'currentwindow', [
      ['2024-05-31T09:00:00Z', 2400, VIM],
      ['2024-05-31T09:40:00Z', 3600, NEWS],
    ]),
    bucket('afk', 'afkstatus', [['2024-05-31T09:00:00Z', 3600, { status: 'not-afk' }]]),
    bucket('aw-watcher-web-firefox', 'web.tab.current', [['2024-05-31T09:30:00Z', 1800, TAB]]),
  );
  const phone = await newDevice(user, 'phone');
  await phone.push(bucket('android', 'currentwindow', [['2024-05-31T09:30:00Z', 3600, CHAT]]));
  Object.assign(scene, { user, laptop, phone });
});

type Table = {
  complete: boolean;
  startAt: string;
  endAt: string;
  unitSeconds: number;
  categories: string[][];
  lanes: Record<'kind' | 'deviceId' | 'starts' | 'lengths' | 'values' | 'coverages', string>[];
};
const DAY = { first: '2024-05-31', last: '2024-05-31' };
const ask = async (user: TestUser, more: object = {}): Promise<Table> =>
  (
    await user.graphql<{ lanes: Table }>(
      `query ($range: RangeInput!, $deviceIds: [ID!], $pixels: Int!) {
        lanes(range: $range, deviceIds: $deviceIds, pixels: $pixels) { complete startAt endAt unitSeconds
          categories: categoryNames
          lanes: packedLanes { kind deviceId starts: packedStarts lengths: packedLengths values: packedValues
            coverages: packedCoverages } } }`,
      { range: DAY, pixels: 2_000, ...more },
    )
  ).lanes;

const numbers = (text: string): number[] => {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
};
/** A lane's rows: from and to as times, value, and how much of it. */
const rowsOf = ({ startAt, unitSeconds, lanes: all }: Table, kind: string, deviceId: string | null) => {
  const lane = all.find((one) => one.kind === kind && one.deviceId === deviceId);
  if (!lane) return [];
  const timeOf = (units: number) =>
    new Date(Date.parse(startAt) + units * unitSeconds * 1000).toISOString().slice(11, 19);
  const [lengths, values] = [numbers(lane.lengths), numbers(lane.values)];
  const coverages = Buffer.from(lane.coverages, 'base64');
  return numbers(lane.starts).map(
    (start, i) => [timeOf(start), timeOf(start + lengths[i]!), values[i]!, coverages[i]!] as const,
  );
};
const dataOf = async (user: TestUser, values: readonly number[]): Promise<Map<number, any>> => {
  const found = await user.graphql<any>('query ($ids: [ID!]!) { eventValues(valueIds: $ids) { id data category } }', {
    ids: values.map(String),
  });
  return new Map(found.eventValues.map((value: any) => [Number(value.id), value]));
};
const shown = async (user: TestUser, rows: ReturnType<typeof rowsOf>) => {
  const data = await dataOf(
    user,
    rows.map(([, , value]) => value),
  );
  return rows.map(([from, to, value]) => [from, to, data.get(value)?.data]);
};

lanes('are exact for a day: what was there on each device, and on all as one', async ({ user, laptop, phone }) => {
  const table = await ask(user);
  assert.equal(
    [table.complete, table.startAt, table.endAt, table.unitSeconds],
    [true, '2024-05-31T04:00:00Z', '2024-06-01T04:00:00Z', 0.001],
  );
  assert.equal(
    table.lanes.map(({ kind, deviceId }) => [kind, deviceId]),
    [
      ['PRESENCE', null],
      ['WINDOW', null],
      ['BROWSER', null],
      ['CATEGORY', null],
      ['PRESENCE', laptop.id],
      ['WINDOW', laptop.id],
      ['BROWSER', laptop.id],
      ['PRESENCE', phone.id],
      ['WINDOW', phone.id],
    ],
  );
  assert.equal(await shown(user, rowsOf(table, 'WINDOW', laptop.id)), [
    ['09:00:00', '09:40:00', VIM],
    ['09:40:00', '10:00:00', NEWS],
  ]);
  assert.equal(await shown(user, rowsOf(table, 'WINDOW', phone.id)), [['09:30:00', '10:30:00', CHAT]]);
  assert.equal(await shown(user, rowsOf(table, 'BROWSER', laptop.id)), [['09:40:00', '10:00:00', TAB]]);
  assert.equal(rowsOf(table, 'PRESENCE', laptop.id), [['09:00:00', '10:00:00', 0, 255]]);
  assert.equal(
    await shown(user, rowsOf(table, 'WINDOW', null)),
    [
      ['09:00:00', '09:40:00', VIM],
      ['09:40:00', '10:00:00', NEWS],
      ['10:00:00', '10:30:00', CHAT],
    ],
    'who has input comes before who has none',
  );
  assert.equal(rowsOf(table, 'PRESENCE', null), [['09:00:00', '10:30:00', 0, 255]]);
});

lanes('have the categories of the account’s rules', async ({ user }) => {
  const rules = [{ name: ['Work', 'Code'], rule: { type: 'regex', regex: 'vim' } }];
  await user.graphql('mutation ($v: JSON) { setSetting(input: { key: "classes", value: $v }) { setting { key } } }', {
    v: rules,
  });
  for (const more of [{}, { pixels: 96 }]) {
    const table = await ask(user, more);
    assert.equal(table.categories, [['Work', 'Code'], ['Uncategorized']]);
    assert.equal(
      rowsOf(table, 'CATEGORY', null).map(([from, , value]) => [from, value]),
      more.pixels
        ? [
            ['09:00:00', 0],
            ['09:45:00', 1],
          ]
        : [
            ['09:00:00', 0],
            ['09:40:00', 1],
          ],
    );
  }
  const [code] = [...(await dataOf(user, [1, 2, 3, 4])).values()].filter(({ data }) => data.app === 'vim');
  assert.equal(code.category, ['Work', 'Code']);
});

lanes('are in bins no wider than a pixel, with the value that was there longest', async ({ user, laptop }) => {
  const minutes = await ask(user, { pixels: 1_440 });
  assert.is(minutes.unitSeconds, 60);
  assert.equal(await shown(user, rowsOf(minutes, 'WINDOW', laptop.id)), [
    ['09:00:00', '09:40:00', VIM],
    ['09:40:00', '10:00:00', NEWS],
  ]);
  const quarters = await ask(user, { pixels: 96 });
  assert.is(quarters.unitSeconds, 900);
  const rows = rowsOf(quarters, 'WINDOW', laptop.id);
  // From 09:30 on vim had 10 of the 15 minutes.
  assert.equal(await shown(user, rows), [
    ['09:00:00', '09:45:00', VIM],
    ['09:45:00', '10:00:00', NEWS],
  ]);
  assert.equal((await ask(user, { pixels: 300 })).unitSeconds, 240);
  const year = await ask(user, { range: { first: '2024-01-01', last: '2024-12-31' }, pixels: 1_000 });
  assert.equal([year.complete, year.unitSeconds], [true, 14_400]);
  assert.equal(
    rowsOf(year, 'PRESENCE', null).map(([, , , coverage]) => coverage),
    [Math.round((1.5 / 4) * 255)],
  );
});

lanes('are those of the devices that are asked for, counted once among themselves', async ({ user, phone }) => {
  for (const pixels of [2_000, 96]) {
    const table = await ask(user, { deviceIds: [phone.id], pixels });
    assert.equal([...new Set(table.lanes.map(({ deviceId }) => deviceId))], [null, phone.id]);
    assert.equal(
      rowsOf(table, 'WINDOW', null).map(([from, to]) => [from, to]),
      [['10:00:00', '10:30:00']],
      'its share',
    );
    assert.equal(
      rowsOf(table, 'WINDOW', phone.id).map(([from, to]) => [from, to]),
      [['09:30:00', '10:30:00']],
    );
  }
  await failing('NOT_FOUND', ask(user, { deviceIds: ['nobody'] }));
});

lanes('say the same from events and from facts, over a change of the clocks', async ({ server }) => {
  const user = await server.newUser();
  const set = (key: string, value: string) =>
    user.graphql('mutation ($k: String!, $v: JSON) { setSetting(input: { key: $k, value: $v }) { setting { key } } }', {
      k: key,
      v: value,
    });
  await set('timeZone', 'Europe/Berlin');
  await set('startOfDay', '00:00');
  const device = await newDevice(user);
  const events = Array.from(
    { length: 400 },
    (_, i) =>
      [new Date(Date.UTC(2024, 9, 26, 20) + i * 300_000).toISOString(), 290 - (i % 7), { app: `a${i % 5}` }] as const,
  );
  await device.push(bucket('w', 'currentwindow', events));
  const range = { first: '2024-10-26', last: '2024-10-28' };
  const secondsOf = (table: Table): number =>
    rowsOf(table, 'WINDOW', null).length === 0
      ? 0
      : table.lanes
          .filter(({ kind, deviceId }) => kind === 'WINDOW' && deviceId === null)
          .flatMap(({ lengths, coverages }) =>
            numbers(lengths).map(
              (length, i) => (length * table.unitSeconds * Buffer.from(coverages, 'base64')[i]!) / 255,
            ),
          )
          .reduce((sum, seconds) => sum + seconds, 0);
  const { activity } = await user.graphql<any>(
    'query ($range: RangeInput!) { activity(range: $range, grain: NONE, by: [APP]) { seconds } }',
    { range },
  );
  const exact = await ask(user, { range, pixels: 10_000 });
  assert.equal([exact.startAt, exact.endAt], ['2024-10-25T22:00:00Z', '2024-10-28T23:00:00Z'], '73 hours');
  assert.is(exact.unitSeconds, 0.001);
  assert.ok(Math.abs(secondsOf(exact) - activity.seconds) < 0.1, `${secondsOf(exact)} and ${activity.seconds}`);
  for (const [pixels, unit] of [
    [4_380, 60],
    [292, 900],
    [73, 3_600],
  ] as const) {
    const table = await ask(user, { range, pixels });
    assert.is(table.unitSeconds, unit);
    const off = Math.abs(secondsOf(table) - activity.seconds) / activity.seconds;
    assert.ok(off < 0.01, `${secondsOf(table)} and ${activity.seconds} in bins of ${unit}`);
  }
});

lanes('are refused for what can not be drawn', async ({ user, server }) => {
  for (const pixels of [0, -1, 10_001]) await failing('INVALID', ask(user, { pixels }));
  await failing('INVALID', ask(user, { range: { first: '2024-05-31', last: '2024-05-30' } }));
  await failing('TOO_LARGE', ask(user, { range: { first: '2000-01-01', last: '2024-05-30' } }));
  assert.equal((await ask(await server.newUser())).lanes, [], 'of nobody else');
});

lanes('name values by numbers of the account alone', async ({ user, server }) => {
  const table = await ask(user);
  const values = rowsOf(table, 'WINDOW', null).map(([, , value]) => value);
  assert.is((await dataOf(user, [...values, ...values, 0, 2 ** 31, 999])).size, 3);
  assert.is((await dataOf(await server.newUser(), values)).size, 0);
  await failing(
    'TOO_LARGE',
    dataOf(
      user,
      Array.from({ length: 1_001 }, (_, i) => i),
    ),
  );
  await failing('MALFORMED', user.graphql('{ eventValues(valueIds: ["x"]) { id } }'));
});

lanes('lead to the events of an instant, with their place on the device', async ({ user, laptop, phone, server }) => {
  const at = async (time: string, more = '') =>
    (
      await user.graphql<any>(
        `{ eventsAt(at: "2024-05-31T${time}Z"${more}) { publicBucketId deviceId sourceId changedAt revision
          event { timestamp duration data } } }`,
      )
    ).eventsAt;
  const found = await at('09:45:00');
  assert.equal(
    found.map(({ publicBucketId, deviceId, event: { data } }: any) => [publicBucketId, deviceId, data]),
    [
      ['window', laptop.id, NEWS],
      ['afk', laptop.id, { status: 'not-afk' }],
      ['aw-watcher-web-firefox', laptop.id, TAB],
      ['android', phone.id, CHAT],
    ],
  );
  const [news] = found;
  assert.equal(news.event, { timestamp: '2024-05-31T09:40:00Z', duration: 3600, data: NEWS }, 'whole, not cut');
  assert.match(news.sourceId, /^\d+$/);
  assert.ok(Math.abs(Date.now() - Date.parse(news.changedAt)) < 60_000);
  assert.equal((await at('09:40:00'))[0].event.data, NEWS, 'what ends there is over');
  assert.equal(await at('12:00:00'), []);
  assert.equal((await at('09:45:00', `, deviceIds: ["${phone.id}"]`)).length, 1);
  await failing('NOT_FOUND', at('09:45:00', ', deviceIds: ["nobody"]'));

  await register(user, { deviceId: laptop.id, hostname: 'laptop', pass: 2, nonce: 'n' });
  // The second of the bucket, under the id it has.
  const events = [
    ['2024-05-31T09:00:00Z', 2400, VIM],
    ['2024-05-31T09:40:00Z', 4000, NEWS],
  ] as const;
  await push(user, laptop.id, 2, [bucket('window', 'currentwindow', events)]);
  const [after] = await at('09:45:00');
  assert.ok(BigInt(after.revision) > BigInt(news.revision));
  assert.is(after.event.duration, 4000);
  const { eventsAt } = await (await server.newUser()).graphql<any>(
    '{ eventsAt(at: "2024-05-31T09:45:00Z") { deviceId } }',
  );
  assert.equal(eventsAt, []);
});

lanes.run();
