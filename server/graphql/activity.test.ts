/** Active time, asked of the GraphQL API: what was recorded is what the answer says. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failing, newDevice, type SentEvent } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const activities = suite<{ server: TestServer }>('activity');
activities.before(async (scene) => {
  scene.server = await openTestServer();
});

let ids = 0;
const event = (timestamp: string, duration: number, data: unknown): SentEvent => ({
  sourceId: String(++ids),
  timestamp,
  duration,
  data,
});
const bucket = (bucketId: string, type: string, events: SentEvent[]) => ({
  bucketId,
  epoch: 1,
  type,
  client: 'c',
  hostname: 'h',
  events,
});
const HERE = { status: 'not-afk' };
const set = (user: TestUser, key: string, value: unknown) =>
  user.graphql(
    'mutation ($key: String!, $value: JSON) { setSetting(input: { key: $key, value: $value }) ' +
      '{ setting { key } } }',
    { key, value },
  );

type Row = Record<string, unknown> & { seconds: number };
type Table = {
  complete: boolean;
  missingDayCount: number;
  revision: string;
  seconds: number;
  overlapSeconds: number | null;
  rowCount: number;
  rows: Row[];
};
const ask = async (
  user: TestUser,
  more: Record<string, unknown>,
  fields = 'startAt day category app title domain url deviceId seconds',
): Promise<Table> => {
  const variables = { range: { first: '2024-05-31', last: '2024-05-31' }, grain: 'NONE', by: [], ...more };
  const { activity } = await user.graphql<{ activity: Table }>(
    `query ($range: RangeInput!, $grain: Grain!, $by: [Dimension!]!, $deviceIds: [ID!], $mode: CountMode,
      $filter: ActivityFilterInput) {
      activity(range: $range, grain: $grain, by: $by, deviceIds: $deviceIds, mode: $mode, filter: $filter) {
        complete missingDayCount revision seconds overlapSeconds rowCount rows { ${fields} }
      }
    }`,
    variables,
  );
  const rows = activity.rows.map(
    (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Row,
  );
  return { ...activity, rows };
};

/** A morning at one computer: 60 min there, 40 of them in vim and 20 in a browser. */
const morning = async (user: TestUser) => {
  const device = await newDevice(user);
  await device.push(
    bucket('window', 'currentwindow', [
      event('2024-05-31T09:00:00Z', 2400, { app: 'vim', title: 'main.ts' }),
      event('2024-05-31T09:40:00Z', 3600, { app: 'Firefox', title: 'News' }),
    ]),
    bucket('afk', 'afkstatus', [event('2024-05-31T09:00:00Z', 3600, HERE)]),
    bucket('aw-watcher-web-firefox', 'web.tab.current', [
      event('2024-05-31T09:30:00Z', 1800, { url: 'https://www.example.org/a', title: 'News', audible: false }),
    ]),
  );
  return device;
};

activities('is summed by what it is asked by', async ({ server }) => {
  const user = await server.newUser();
  const device = await morning(user);
  await set(user, 'classes', [
    { name: ['Work'], rule: { type: 'regex', regex: 'VIM', ignore_case: true } },
    { name: ['Broken'], rule: { type: 'regex', regex: '*.mp4' } },
    'no rule at all',
  ]);
  const whole = await ask(user, {});
  assert.equal([whole.complete, whole.seconds, whole.overlapSeconds, whole.rows], [true, 3600, 0, [{ seconds: 3600 }]]);
  assert.equal((await ask(user, { by: ['CATEGORY'] })).rows, [
    { category: ['Work'], seconds: 2400 },
    { category: ['Uncategorized'], seconds: 1200 },
  ]);
  assert.equal((await ask(user, { by: ['APP', 'TITLE', 'DEVICE'] })).rows, [
    { app: 'vim', title: 'main.ts', deviceId: device.id, seconds: 2400 },
    { app: 'Firefox', title: 'News', deviceId: device.id, seconds: 1200 },
  ]);
  assert.equal((await ask(user, { by: ['DOMAIN'] })).rows, [{ domain: 'example.org', seconds: 1200 }]);
  const filter = { categories: [['Work']], apps: ['vim', 'Firefox'] };
  assert.equal((await ask(user, { by: ['APP'], filter })).rows, [{ app: 'vim', seconds: 2400 }]);
  assert.equal((await ask(user, { mode: 'SUM', by: ['DEVICE'] })).rows, [{ deviceId: device.id, seconds: 3600 }]);
  await set(user, 'classes', [{ name: ['Read', 'News'], rule: { type: 'regex', regex: '^News$' } }]);
  assert.equal((await ask(user, { by: ['CATEGORY'] })).rows[1], { category: ['Read', 'News'], seconds: 1200 });
});

activities('of what has no text is found by an empty one, beside what has an empty one', async ({ server }) => {
  const user = await server.newUser();
  await morning(user);
  const phone = await newDevice(user, 'phone');
  await phone.push(
    bucket('aw-watcher-android', 'currentwindow', [
      event('2024-05-31T11:00:00Z', 600, { app: 'Chat', classname: 'x' }),
      event('2024-05-31T11:10:00Z', 300, { app: 'Maps', title: '' }),
    ]),
  );
  const apps = async (filter: object) =>
    (await ask(user, { by: ['APP'], filter })).rows.map(({ app, seconds }) => [app, seconds]);
  assert.equal(await apps({ titles: [''] }), [
    ['Chat', 600],
    ['Maps', 300],
  ]);
  assert.equal(await apps({ titles: ['', 'main.ts'], apps: ['vim', 'Chat'] }), [
    ['vim', 2400],
    ['Chat', 600],
  ]);
  assert.equal(await apps({ titles: ['News'] }), [['Firefox', 1200]]);
  assert.equal(await apps({ apps: [''] }), []);
});

activities('counts two devices at once as one, and says what was dropped', async ({ server }) => {
  const user = await server.newUser();
  await morning(user);
  const phone = await newDevice(user, 'phone');
  await phone.push(
    bucket('aw-watcher-android', 'currentwindow', [
      event('2024-05-31T09:30:00Z', 3600, { app: 'Chat', classname: 'x' }),
    ]),
  );
  const union = await ask(user, { by: ['APP'] });
  assert.equal(union.rows, [
    { app: 'vim', seconds: 2400 },
    { app: 'Chat', seconds: 1800 },
    { app: 'Firefox', seconds: 1200 },
  ]);
  const whole = await ask(user, {});
  assert.equal([whole.seconds, whole.overlapSeconds], [5400, 1800]);
  assert.is((await ask(user, { mode: 'SUM' })).seconds, 7200);
  assert.is((await ask(user, { deviceIds: [phone.id] })).seconds, 1800, 'its share of the union');
  assert.is((await ask(user, { deviceIds: [phone.id], mode: 'SUM' })).seconds, 3600);
  await failing('NOT_FOUND', ask(user, { deviceIds: ['nobody'] }));
});

activities('has days of the account’s zone, also where it is three quarters of an hour off', async ({ server }) => {
  const user = await server.newUser();
  const device = await newDevice(user);
  // 23:30 to 00:30 in Nepal, on 31 May and 1 June.
  await device.push(bucket('w', 'currentwindow', [event('2024-05-31T17:45:00Z', 3600, { app: 'vim', title: '' })]));
  await set(user, 'timeZone', 'Asia/Kathmandu');
  await set(user, 'startOfDay', '00:00');
  const range = { first: '2024-05-30', last: '2024-06-02' };
  assert.equal((await ask(user, { range, grain: 'DAY' })).rows, [
    { startAt: '2024-05-30T18:15:00Z', day: '2024-05-31', seconds: 1800 },
    { startAt: '2024-05-31T18:15:00Z', day: '2024-06-01', seconds: 1800 },
  ]);
  await set(user, 'startOfDay', '04:00');
  assert.equal((await ask(user, { range, grain: 'DAY' })).rows, [
    { startAt: '2024-05-30T22:15:00Z', day: '2024-05-31', seconds: 3600 },
  ]);
  assert.equal((await ask(user, { range, grain: 'HOUR' })).rows, [
    { startAt: '2024-05-31T17:15:00Z', day: '2024-05-31', seconds: 1800 },
    { startAt: '2024-05-31T18:15:00Z', day: '2024-05-31', seconds: 1800 },
  ]);
  await set(user, 'timeZone', 'Nowhere/Land');
  await failing('INVALID', ask(user, {}));
});

activities('has a day of 25 hours when the clocks go back, and shows an hour twice', async ({ server }) => {
  const user = await server.newUser();
  const device = await newDevice(user);
  await set(user, 'timeZone', 'Europe/Berlin');
  await set(user, 'startOfDay', '00:00');
  // From 22:00 before that Sunday to 02:00 after it, by the clock: 29 hours, and a whole day of 25.
  await device.push(
    bucket('w', 'currentwindow', [event('2024-10-26T20:00:00Z', 29 * 3600, { app: 'vim', title: '' })]),
  );
  const range = { first: '2024-10-26', last: '2024-10-28' };
  assert.equal(
    (await ask(user, { range, grain: 'DAY' })).rows.map(({ seconds }) => seconds / 3600),
    [2, 25, 2],
  );
  const sunday = { first: '2024-10-27', last: '2024-10-27' };
  const hours = await ask(user, { range: sunday, grain: 'HOUR' });
  assert.is(hours.rowCount, 25);
  const back = { first: '2024-03-31', last: '2024-03-31' };
  await device.push(
    bucket('w', 'currentwindow', [event('2024-03-30T00:00:00Z', 3 * 86_400, { app: 'vim', title: '' })]),
  );
  assert.is((await ask(user, { range: back, grain: 'HOUR' })).rowCount, 23);
  assert.is((await ask(user, { range: back })).seconds, 23 * 3600);
});

activities('is up to date with everything that was written before', async ({ server }) => {
  const user = await server.newUser();
  await morning(user);
  const before = await ask(user, {});
  await user.fetch('/api/0/buckets/by hand', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'currentwindow', client: 'c', hostname: 'h' }),
  });
  await user.fetch('/api/0/buckets/by hand/heartbeat?pulsetime=60', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ timestamp: '2024-05-31T20:00:00Z', duration: 10, data: { app: 'a', title: '' } }),
  });
  const after = await ask(user, {});
  assert.equal([before.seconds, after.seconds], [3600, 3610]);
  assert.ok(BigInt(after.revision) > BigInt(before.revision));
  await set(user, 'include_audible', true);
  assert.is((await ask(user, {})).seconds, 3610, 'nothing was audible');
});

activities('tells when the range begins and ends, by the account’s clocks', async ({ server }) => {
  const user = await server.newUser();
  await set(user, 'timeZone', 'Europe/Berlin');
  const rangeOf = async (first: string, last: string) => {
    const { activity } = await user.graphql<{ activity: { rangeStartAt: string; rangeEndAt: string } }>(
      `{ activity(range: { first: "${first}", last: "${last}" }, grain: NONE, by: []) { rangeStartAt rangeEndAt } }`,
    );
    return [activity.rangeStartAt, activity.rangeEndAt];
  };
  assert.equal(await rangeOf('2024-03-30', '2024-03-30'), ['2024-03-30T03:00:00Z', '2024-03-31T02:00:00Z']);
  assert.equal(await rangeOf('2024-10-26', '2024-10-27'), ['2024-10-26T02:00:00Z', '2024-10-28T03:00:00Z']);
});

activities('is asked for by days of a calendar, which says what day it is', async () => {
  let now = new Date('2024-05-31T21:59:00Z');
  const server = await openTestServer(() => now);
  const user = await server.newUser();
  const calendar = async () =>
    (
      await user.graphql<{ viewer: { calendar: unknown } }>(
        '{ viewer { calendar { timeZone startOfDay startOfWeek today } } }',
      )
    ).viewer.calendar;
  assert.equal(await calendar(), { timeZone: 'UTC', startOfDay: '04:00', startOfWeek: 1, today: '2024-05-31' });
  await set(user, 'timeZone', 'Asia/Kathmandu');
  await set(user, 'startOfDay', '03:45');
  await set(user, 'startOfWeek', 'Sunday');
  const there = { timeZone: 'Asia/Kathmandu', startOfDay: '03:45', startOfWeek: 0 };
  // 03:44 there, still of the day before.
  assert.equal(await calendar(), { ...there, today: '2024-05-31' });
  now = new Date('2024-05-31T22:00:00Z');
  assert.equal(await calendar(), { ...there, today: '2024-06-01' });
  await set(user, 'timeZone', 'Nowhere');
  await failing('INVALID', calendar());
});

activities('is refused for more than can be answered', async ({ server }) => {
  const user = await server.newUser();
  await failing('INVALID', ask(user, { range: { first: '2024-05-31', last: '2024-05-30' } }));
  await failing('TOO_LARGE', ask(user, { range: { first: '2000-01-01', last: '2024-05-30' } }));
});

activities.run();
