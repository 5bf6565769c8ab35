/** The view `daily` says what the query `activity` says, and when it does not yet, it says that it is not complete. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, sent, type TestDevice } from '../../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../../test/support/test-server.ts';
import { withViews } from '../../../test/support/with-views.ts';
import { driverOf } from '../../storage/database.ts';

const dailies = suite<{ server: TestServer }>('the view daily');
dailies.before(async (scene) => {
  scene.server = await openTestServer();
});

const never = new AbortController().signal;
const HOUR = 3_600;
/** 04:00 in Kathmandu (+05:45), in seconds after 09:00 UTC of 2024-05-31: where a day of the person begins. */
const DAY_BEGINS = 13 * HOUR + 15 * 60;

const set = async (user: TestUser, key: string, value: unknown): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const response = await user.fetch(`/api/0/settings/${key}`, { method: 'POST', headers, body: JSON.stringify(value) });
  assert.ok(response.ok, await response.text());
};
const rule = (name: string[], regex: string) => ({ name, rule: { type: 'regex', regex } });

type Reader = { user: TestUser; laptop: TestDevice; phone: TestDevice };
/** Somebody with three days on two devices, some of it at once, across the times at which days begin. */
const reader = async ({ server }: { server: TestServer }): Promise<Reader> => {
  const user = await server.newUser();
  const [laptop, phone] = [await newDevice(user), await newDevice(user, 'phone')];
  await set(user, 'timeZone', 'Asia/Kathmandu');
  await set(user, 'startOfDay', '04:00');
  await set(user, 'classes', [rule(['Work', 'Code'], 'vim'), rule(['Media'], 'tube')]);
  await laptop.push(
    bucketWith([
      sent(1, 0, 2 * HOUR, { app: 'vim', title: 'main.ts' }),
      sent(2, DAY_BEGINS - 600, 1_000.25, { app: 'firefox', title: 'tube' }),
      sent(3, DAY_BEGINS + 2 * HOUR, 1_234, { app: 'vim', title: 'main.ts' }),
      sent(4, DAY_BEGINS + 48 * HOUR, 90, { app: 'mail', title: 'a \u0000 \ud800' }),
    ]),
  );
  await phone.push(
    bucketWith([sent(1, HOUR, 2 * HOUR, { app: 'maps' }), sent(2, DAY_BEGINS - 30, 60, { app: 'chat' })]),
  );
  return { user, laptop, phone };
};

const allow = ({ server }: { server: TestServer }, { account }: TestUser): Promise<void> =>
  driverOf(server.database).script(`insert into sql_roles (role, account) values ('reader of ${account}', ${account})`);

type Line = { day: string; device: string | null; category: string | null; seconds: number };
const inOrder = (lines: Line[]): string[] =>
  lines.map(({ day, device, category, seconds }) => `${day} ${device} ${category} ${seconds.toFixed(3)}`).sort();

/** What the view has, summed by day, device and category; days without anything left out. */
const shown = async ({ server }: { server: TestServer }, { email }: TestUser): Promise<string[]> =>
  inOrder(
    await driverOf(server.database).rows<Line>(
      `select day::text, device, category, sum(seconds)::float8 as seconds from report.daily
        where email = '${email}' group by 1, 2, 3 having sum(seconds) > 0`,
    ),
  );
/** The days that it has, with a "?" where they are not complete. */
const daysOf = async ({ server }: { server: TestServer }, { email }: TestUser): Promise<string> =>
  (
    await driverOf(server.database).rows<{ day: string }>(
      `select to_char(day, 'DD') || case when bool_and(complete) then '' else '?' end as day from report.daily
        where email = '${email}' group by report.daily.day order by report.daily.day`,
    )
  )
    .map(({ day }) => day)
    .join(' ');

/** The same as the query says it. */
const asked = async ({ user, laptop }: Reader): Promise<string[]> => {
  type Row = { day: string; category: string[]; deviceId: string; seconds: number };
  const { activity } = await user.graphql<{ activity: { rows: Row[] } }>(
    `{ activity(range: { first: "2024-05-29", last: "2024-06-04" }, grain: DAY, by: [DEVICE, CATEGORY]) {
      rows { day category deviceId seconds } } }`,
  );
  return inOrder(
    activity.rows.map(({ day, category, deviceId, seconds }) => ({
      day,
      device: deviceId === laptop.id ? 'laptop' : 'phone',
      category: category.join(' > '),
      seconds,
    })),
  );
};

dailies('is what the query says, by the zone and the start of day of the account', (scene) =>
  withViews(scene.server.database, async () => {
    const { daily } = scene.server.resolvers;
    const them = await reader(scene);
    const { user, laptop } = them;
    await daily.tend(never);
    assert.equal(await shown(scene, user), [], 'nobody may read it, so nothing is kept');
    await allow(scene, user);
    await daily.tend(never);
    const first = await shown(scene, user);
    assert.equal(first, await asked(them));
    assert.ok(first.includes('2024-06-01 laptop Work > Code 1234.000'), first.join('\n'));
    assert.is(await daysOf(scene, user), '31 01 02 03', 'the day in between, without anything, has a row as well');

    await laptop.push(bucketWith([sent(9, DAY_BEGINS + 60_000, 500, { app: 'vim', title: 'more.ts' })]));
    assert.is(await daysOf(scene, user), '31 01? 02? 03', 'what was written to says so at once');
    assert.equal(await shown(scene, user), first);
    await daily.tend(never);
    assert.is(await daysOf(scene, user), '31 01 02 03');
    assert.equal(await shown(scene, user), await asked(them));

    // Somebody who asks computes the day, and then it is the view that is behind.
    await laptop.push(bucketWith([sent(10, DAY_BEGINS + 70_000, 500, { app: 'mail' })]));
    await asked(them);
    assert.is(await daysOf(scene, user), '31 01? 02? 03');
    await daily.tend(never);
    assert.equal([await daysOf(scene, user), await shown(scene, user)], ['31 01 02 03', await asked(them)]);
  }),
);

dailies('follows the rules, the zone and what is deleted', (scene) =>
  withViews(scene.server.database, async () => {
    const { daily } = scene.server.resolvers;
    const them = await reader(scene);
    const { user } = them;
    await allow(scene, user);
    await daily.tend(never);
    for (const [key, value] of [
      ['classes', [rule(['Elsewhere'], 'main'), rule(['Phone'], 'maps|chat')]],
      ['timeZone', 'America/St_Johns'],
      ['startOfDay', '20:00'],
      ['include_audible', true],
    ] as const) {
      const before = await shown(scene, user);
      await set(user, key, value);
      assert.match(await daysOf(scene, user), /^\S+\?( \S+\?)*$/, key);
      await daily.tend(never);
      assert.not.match(await daysOf(scene, user), /\?/, key);
      const after = await shown(scene, user);
      assert.equal(after, await asked(them), key);
      if (key !== 'include_audible') assert.not.equal(after, before, key);
    }
    await set(user, 'timeZone', 'Nowhere/None');
    await daily.tend(never);
    assert.match(await daysOf(scene, user), /\?/, 'a zone that there is not: nothing is known');
    await set(user, 'timeZone', 'UTC');
    for (const bucket of Object.keys((await (await user.fetch('/api/0/buckets/')).json()) as object))
      await user.fetch(`/api/0/buckets/${bucket}?force=1`, { method: 'DELETE' });
    assert.match(await daysOf(scene, user), /\?/);
    await daily.tend(never);
    assert.is(await daysOf(scene, user), '');
  }),
);

dailies('is forgotten with the role that may read it', (scene) =>
  withViews(scene.server.database, async () => {
    const { daily } = scene.server.resolvers;
    const { rows, script } = driverOf(scene.server.database);
    const them = await reader(scene);
    const { account } = them.user;
    await allow(scene, them.user);
    await daily.tend(never);
    const left = () =>
      rows(
        `select (select count(*)::int from report_days where account = ${account}) as days,
          (select count(*)::int from report_totals where account = ${account}) as totals,
          (select count(*)::int from value_categories where account = ${account}) as categories`,
      );
    assert.equal(await left(), [{ days: 4, totals: 8, categories: 5 }]);
    await script(`delete from sql_roles where account = ${account}`);
    await daily.tend(never);
    assert.equal(await left(), [{ days: 0, totals: 0, categories: 0 }]);
  }),
);

dailies.run();
