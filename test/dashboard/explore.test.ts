/** Explore: what by when. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Sums, Told } from '../../scripts/seed/counted.ts';
import { SEED_DEVICES } from '../../scripts/seed/histories.ts';
import type { TrueDay } from '../../scripts/seed/truth.ts';
import { isForEverybody, settled } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const explore = suite<{ stage: Stage }>('the dashboard explores');
explore.before(async (scene) => {
  scene.stage = await enterStage();
});
explore.after(leaveStage);

/** Weeks, one of them with the night in which the clocks go forward. */
const WEEK = 'in=week/2025-03-24';
const inWeek = ({ date }: TrueDay) => date >= '2025-03-24' && date <= '2025-03-30';
const inMarch = ({ date }: TrueDay) => date.startsWith('2025-03');

type Rows = Record<string, { total: number; parts: number[] }>;
/** The table as it is shown, in ms by name; 0 where a cell is empty. */
const shown = (page: Page): Promise<Rows> =>
  page.$$eval('[data-table] tbody tr', (rows) =>
    Object.fromEntries(
      rows.map((row) => {
        const [total, ...parts] = [...row.querySelectorAll('td')].map((cell) =>
          Math.round(Number(cell.querySelector<HTMLElement>('[data-seconds]')?.dataset['seconds'] ?? 0) * 1000),
        );
        return [(row as HTMLElement).dataset['name'], { total: total!, parts }];
      }),
    ),
  );

type OfDay = (day: TrueDay) => Told;
/** What is true, in the same shape; what is called nothing, and what has no name, are one. */
const expected = (truth: readonly TrueDay[], columns: number, placeOf: (day: TrueDay) => number, told: OfDay): Rows => {
  const rows: Rows = {};
  for (const day of truth)
    for (const [name, ms] of told(day)) {
      if (ms === 0) continue;
      const row = (rows[name ?? ''] ??= { total: 0, parts: Array.from({ length: columns }, () => 0) });
      row.total += ms;
      row.parts[placeOf(day)]! += ms;
    }
  return rows;
};

const openAt = async (stage: Stage, path: string) => {
  const visited = await visit(stage, stage.person, path);
  await settled(visited.page);
  return visited;
};

const WAYS: readonly (readonly [by: string, of: (sums: Sums) => Told])[] = [
  ['category', ({ categories }) => categories],
  ['app', ({ apps }) => apps],
  ['domain', ({ domains }) => domains],
];
for (const [by, of] of WAYS)
  explore(`a week by ${by}, over the night when the clocks go forward`, async ({ stage }) => {
    const { page, faults, end } = await openAt(stage, `/explore?${WEEK}&by=${by}`);
    const week = stage.truth.filter(inWeek);
    const rows = expected(
      week,
      7,
      ({ date }) => Number(date.slice(8)) - 24,
      ({ union }) => of(union),
    );
    assert.ok(Object.keys(rows).length <= 50, 'all of it is on one page');
    assert.equal(await shown(page), rows);
    assert.equal(faults, []);
    await end();
  });

explore('one device for itself, by day and by month', async ({ stage }) => {
  const [, laptop] = SEED_DEVICES;
  const { page, faults, end } = await openAt(stage, `/explore?in=month/2025-03&by=app&device=${laptop!.deviceId}`);
  const march = stage.truth.filter(inMarch);
  const told: OfDay = ({ devices }) => devices.laptop.apps;
  assert.equal(
    await shown(page),
    expected(march, 31, ({ date }) => Number(date.slice(8)) - 1, told),
  );
  await page.keyboard.press('y');
  await page.waitForFunction(() => document.querySelectorAll('[data-table] thead th').length === 14);
  await settled(page);
  assert.equal(
    await shown(page),
    expected(stage.truth, 12, ({ date }) => Number(date.slice(5, 7)) - 1, told),
  );
  assert.equal(faults, []);
  await end();
});

explore('a day by the hour: one that the clock jumps over is not there', async ({ stage }) => {
  const { page, end } = await openAt(stage, '/explore?in=day/2025-03-29');
  const day = stage.truth.find(({ date }) => date === '2025-03-29')!;
  const rows: Rows = {};
  for (const [start, { categories }] of day.union.hours)
    for (const [name, ms] of categories) {
      const row = (rows[name!] ??= { total: 0, parts: Array.from({ length: 23 }, () => 0) });
      row.total += ms;
      row.parts[Math.floor((start - day.startMs) / 3_600_000)]! += ms;
    }
  assert.equal(await shown(page), rows);
  await end();
});

explore('every number leads to what it is made of', async ({ stage }) => {
  const { page, end } = await openAt(stage, `/explore?${WEEK}`);
  await page.click('tr[data-name="Media > News"] td:last-child a');
  await page.waitForFunction(() => new URLSearchParams(location.search).get('by') === 'app');
  await settled(page);
  assert.is(
    await page.evaluate(() => decodeURIComponent(location.search.replaceAll('+', ' '))),
    '?in=day/2025-03-30&category=Media > News&by=app',
  );
  const sunday = stage.truth.find(({ date }) => date === '2025-03-30')!;
  const ms = sunday.union.categories.find(([name]) => name === 'Media > News')![1];
  const rows = Object.values(await shown(page));
  assert.is(
    rows.reduce((sum, { total }) => sum + total, 0),
    ms,
  );
  await page.click('text=Show all');
  await page.waitForFunction(() => document.querySelectorAll('[data-table] tbody tr').length > 3);
  await end();
});

explore('is sorted by any column, and searched, by keys alone', async ({ stage }) => {
  const { page, faults, end } = await openAt(stage, `/explore?${WEEK}&by=app`);
  const names = () =>
    page.$$eval('[data-table] tbody tr', (all) => all.map((row) => (row as HTMLElement).dataset['name']));
  const byTime = Object.entries(
    expected(
      stage.truth.filter(inWeek),
      7,
      ({ date }) => Number(date.slice(8)) - 24,
      ({ union }) => union.apps,
    ),
  );
  const sorted = (length: (row: Rows[string]) => number) =>
    [...byTime].sort(([, a], [, b]) => length(b) - length(a)).map(([name]) => name);
  assert.equal(
    await names(),
    sorted(({ total }) => total),
  );
  await page.focus('thead th:last-child button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('th:last-child[aria-sort=descending]');
  await settled(page);
  assert.equal((await names()).slice(0, 5), sorted(({ parts }) => parts[6]!).slice(0, 5));
  await page.focus('thead th:first-child button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('th:first-child[aria-sort=ascending]');
  await settled(page);
  const all = await names();
  assert.equal(
    all,
    [...all].sort((a, b) => a!.localeCompare(b!)),
  );
  await page.focus('input[type=search]');
  await page.keyboard.type('FIRE');
  await page.waitForFunction(() => document.querySelectorAll('[data-table] tbody tr').length === 1);
  assert.equal(await names(), ['firefox']);
  assert.match(page.url(), /q=FIRE/);
  await page.keyboard.type('zzz');
  await page.waitForSelector('text=No name has this text in it.');
  assert.equal(faults, []);
  await end();
});

explore('hands over what is shown as CSV and as JSON', async ({ stage }) => {
  const { page, end } = await openAt(stage, `/explore?${WEEK}&by=app&q=code`);
  const rows = await shown(page);
  const file = async (button: string) => {
    const [saved] = await Promise.all([page.waitForEvent('download'), page.click(`text=${button}`)]);
    return [saved.suggestedFilename(), readFileSync(await saved.path(), 'utf8')] as const;
  };
  const [csvName, csv] = await file('CSV');
  assert.is(csvName, 'week-2025-03-24-app.csv');
  const [head, ...lines] = csv.trimEnd().split('\r\n');
  assert.is(head, `app,seconds,${[24, 25, 26, 27, 28, 29, 30].map((day) => `2025-03-${day}`).join(',')}`);
  assert.equal(
    lines.map((line) =>
      line
        .split(',')
        .slice(1)
        .map((each) => Math.round(Number(each) * 1000)),
    ),
    Object.values(rows).map(({ total, parts }) => [total, ...parts]),
  );
  const [, json] = await file('JSON');
  const told = JSON.parse(json) as { by: string; rows: { name: string; seconds: number }[] };
  assert.is(told.by, 'app');
  assert.equal(
    told.rows.map(({ name, seconds }) => [name, Math.round(seconds * 1000)]),
    Object.entries(rows).map(([name, { total }]) => [name, total]),
  );
  await end();
});

/** Gaps across the borders of days may be closed differently (spec/product 4.4). In s, of a week. */
const SLACK = 60;
for (const by of ['category', 'app', 'domain'] as const)
  explore(`offers the query that says the same by ${by}`, async ({ stage }) => {
    const [desktop] = SEED_DEVICES;
    const { page, end } = await openAt(stage, `/explore?${WEEK}&by=${by}&device=${desktop!.deviceId}`);
    const rows = await shown(page);
    await page.click('text=As a query');
    await page.waitForSelector('dialog pre >> nth=1');
    const [query, periods] = await page.$$eval('dialog pre', (all) => all.map((each) => each.textContent!));
    const { awQuery } = (await stage.person.graphql(
      'query ($query: [String!]!, $timeperiods: [String!]!) { awQuery(query: $query, timeperiods: $timeperiods) }',
      { query: query!.split('\n'), timeperiods: JSON.parse(periods!) as string[] },
    )) as { awQuery: { duration: number; data: Record<string, unknown> }[][] };
    const key = { category: '$category', app: 'app', domain: '$domain' }[by];
    const sums: Record<string, number> = {};
    for (const day of awQuery)
      for (const { duration, data } of day) {
        const name = [data[key] ?? ''].flat().join(' > ');
        sums[name] = (sums[name] ?? 0) + duration;
      }
    assert.equal(
      Object.keys(sums)
        .filter((name) => sums[name]! > 0)
        .sort(),
      Object.keys(rows).sort(),
    );
    for (const [name, { total }] of Object.entries(rows))
      assert.ok(Math.abs(total / 1000 - sums[name]!) < SLACK, `${name}: ${total / 1000} s, by the query ${sums[name]}`);
    await end();
  });

explore('says that nothing fits, and shows hostile titles as text', async ({ stage }) => {
  const { page, faults, end } = await openAt(stage, '/explore?in=week/2024-03-24');
  await page.waitForSelector('text=Nothing was recorded that fits.');
  const hostile = (day: TrueDay) => day.union.titles.find(([name]) => name?.includes('<script'));
  const day = stage.truth.find(hostile)!;
  const [title, ms] = hostile(day)!;
  await page.goto(`${stage.url}/explore?in=day/${day.date}&by=title&q=${encodeURIComponent('<script')}`);
  await settled(page);
  await page.waitForSelector('[data-table] tbody tr');
  assert.is((await shown(page))[title!]?.total, ms);
  assert.is(await page.$('[data-table] script, [data-table] img'), null);
  assert.equal(faults, []);
  await end();
});

explore('is for everybody, and fits 320 px', ({ stage }) =>
  isForEverybody(stage, `/explore?${WEEK}&by=title&app=Firefox`),
);

explore.run();
