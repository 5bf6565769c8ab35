/** Trends: more or less than before? */
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DAY_MS, formatDay, parseDay } from '../../domain/day.ts';
import type { Sums, Told } from '../../scripts/seed/counted.ts';
import { SEED_DEVICES } from '../../scripts/seed/histories.ts';
import type { TrueDay } from '../../scripts/seed/truth.ts';
import { isForEverybody, settled } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const trends = suite<{ stage: Stage }>('the dashboard’s trends');
trends.before(async (scene) => {
  scene.stage = await enterStage();
});
trends.after(leaveStage);

const openAt = async (stage: Stage, path: string) => {
  const visited = await visit(stage, stage.person, path);
  await settled(visited.page);
  return visited;
};

type Shown = {
  readonly total: number;
  readonly columns: readonly { total: number; before: number; parts: Record<string, number> }[];
  readonly rows: Record<string, { total: number; before: number; change: number }>;
};

/** What no name is. */
const OTHERS = '\n';
const nameOf = (part: string): string => (part === '[]' ? OTHERS : (JSON.parse(part) as string[]).join(' > '));
const ms = (seconds: string | undefined): number => Math.round(Number(seconds) * 1000);

/** What is shown, in ms; parts are of names that have a colour of their own, and `OTHERS` of all others. */
const shown = async (page: Page): Promise<Shown> => {
  const columns = await page.$$eval('figure li', (all) =>
    all.map((column) => ({
      total: (column as HTMLElement).dataset['column'],
      before: column.querySelector<HTMLElement>('[data-before]')?.dataset['before'],
      parts: [...column.querySelectorAll<HTMLElement>('[data-part]')].map(
        ({ dataset }) => [dataset['part']!, dataset['seconds']] as const,
      ),
    })),
  );
  const rows = await page.$$eval('[data-table] tbody tr', (all) =>
    all.map((row) => ({
      name: (row as HTMLElement).dataset['name']!,
      total: row.querySelector<HTMLElement>('[data-seconds]')?.dataset['seconds'],
      before: row.querySelector<HTMLElement>('[data-before]')?.dataset['before'],
      change: row.querySelector<HTMLElement>('[data-change]')?.dataset['change'],
    })),
  );
  return {
    total: ms((await page.getAttribute('.total', 'data-seconds')) ?? undefined),
    columns: columns.map(({ total, before, parts }) => ({
      total: ms(total),
      before: ms(before),
      parts: Object.fromEntries(parts.map(([part, seconds]) => [nameOf(part), ms(seconds)])),
    })),
    rows: Object.fromEntries(
      rows.map(({ name, total, before, change }) => [
        name,
        { total: ms(total), before: ms(before), change: ms(change) },
      ]),
    ),
  };
};

type OfDay = (day: TrueDay) => Told;
const DRAWN = 8;
const LISTED = 12;

/** What is true of columns that begin on these days; as many are held against as are shown. `over`: of those shown. */
const expected = (truth: readonly TrueDay[], starts: readonly string[], over: number, told: OfDay): Shown => {
  const half = starts.length / 2;
  const cells = starts.map(() => new Map<string, number>());
  for (const day of truth) {
    const cell = cells[starts.findLastIndex((start) => start <= day.date)];
    for (const [name, ms] of told(day)) if (ms > 0) cell?.set(name ?? '', (cell.get(name ?? '') ?? 0) + ms);
  }
  const sum = (of: readonly Map<string, number>[], name?: string) =>
    of.reduce(
      (all, cell) => all + (name === undefined ? [...cell.values()] : [cell.get(name) ?? 0]).reduce((a, b) => a + b, 0),
      0,
    );
  const now = cells.slice(half);
  const [nowOver, beforeOver] = [now.slice(0, over), cells.slice(0, over)];
  const names = [...new Set([...now, ...beforeOver].flatMap((cell) => [...cell.keys()]))].sort(
    (a, b) => sum(now, b) - sum(now, a) || sum(beforeOver, b) - sum(beforeOver, a),
  );
  const drawn = names.filter((name) => sum(now, name) > 0).slice(0, DRAWN);
  return {
    total: sum(now),
    columns: now.map((cell, i) => {
      const parts: Record<string, number> = {};
      for (const [name, ms] of cell) {
        const into = drawn.includes(name) ? name : OTHERS;
        parts[into] = (parts[into] ?? 0) + ms;
      }
      return { total: sum([cell]), before: sum([cells[i]!]), parts };
    }),
    rows: Object.fromEntries(
      names.slice(0, LISTED).map((name) => {
        const before = sum(beforeOver, name);
        return [name, { total: sum(now, name), before, change: sum(nowOver, name) - before }];
      }),
    ),
  };
};

const daysFrom = (first: string, count: number, step = 1) =>
  Array.from({ length: count }, (_, i) => formatDay(parseDay(first)! + i * step));

const UNION: readonly (readonly [by: string, of: (sums: Sums) => Told])[] = [
  ['category', ({ categories }) => categories],
  ['app', ({ apps }) => apps],
  ['domain', ({ domains }) => domains],
];
for (const [by, of] of UNION)
  trends(
    `28 days by ${by} beside the 28 before, of which those alone are compared that are over`,
    async ({ stage }) => {
      const { page, faults, end } = await openAt(stage, `/trends?by=${by}`);
      const told: OfDay = ({ union }) => of(union);
      const [now, true_] = [await shown(page), expected(stage.truth, daysFrom('2025-02-05', 56), 27, told)];
      assert.equal(now, true_);
      assert.is(Object.keys(now.rows).length > 3, true);
      assert.equal(faults, []);
      await end();
    },
  );

trends('weeks by device, each for itself', async ({ stage }) => {
  const { page, faults, end } = await openAt(stage, '/trends?by=device&grain=week');
  const told: OfDay = ({ devices }) =>
    SEED_DEVICES.map(({ deviceId }, i) => [deviceId, Object.values(devices)[i]!.activeMs] as const);
  assert.equal(await shown(page), expected(stage.truth, daysFrom('2024-10-21', 24, 7), 11, told));
  assert.equal(faults, []);
  await end();
});

trends('months of one device by application', async ({ stage }) => {
  const [, laptop] = SEED_DEVICES;
  const { page, end } = await openAt(stage, `/trends?grain=month&by=app&device=${laptop!.deviceId}`);
  const months = Array.from({ length: 24 }, (_, i) => formatDay(Date.UTC(2023, 4 + i, 1) / DAY_MS));
  const told: OfDay = ({ devices }) => devices.laptop.apps;
  assert.equal(await shown(page), expected(stage.truth, months, 11, told));
  await page.waitForSelector('text=12 months earlier, nothing was recorded that fits.');
  await end();
});

trends(
  'has a mean of seven days, from the first that anything is known of to the last that is over',
  async ({ stage }) => {
    const { page, end } = await openAt(stage, '/trends');
    const starts = daysFrom('2025-02-05', 56);
    const days = new Map(
      stage.truth.map(({ date, union }) => [date, union.categories.reduce((sum, [, ms]) => sum + ms, 0)]),
    );
    const seconds = starts.map((date) => days.get(date) ?? 0);
    const means = seconds
      .map((_, i) => seconds.slice(i - 6, i + 1).reduce((sum, each) => sum + each, 0) / 7)
      .slice(28, 55);
    const told = await page.$$eval('figure + details [data-mean]', (all) =>
      all.map((each) => Number((each as HTMLElement).dataset['mean']) * 1000),
    );
    assert.is(told.length, 27);
    for (const [i, mean] of means.entries()) assert.ok(Math.abs(told[i]! - mean) < 1, `${told[i]} is ${mean}`);
    await page.waitForSelector('text=Before February 26, 2025, nothing of it was recorded.');
    await end();
  },
);

trends('leads to a day, and to what a name is made of; is sorted and moved by keys alone', async ({ stage }) => {
  const { page, faults, end } = await openAt(stage, '/trends');
  await page.focus('[data-table] th:last-child button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('th:last-child[aria-sort=descending]');
  const changes = Object.values((await shown(page)).rows).map(({ change }) => Math.abs(change));
  assert.equal(
    changes,
    [...changes].sort((a, b) => b - a),
  );
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => new URLSearchParams(location.search).get('until') === '2025-03-04');
  await page.keyboard.press('w');
  await page.waitForFunction(() => document.querySelectorAll('figure li').length === 12);
  assert.match(page.url(), /grain=week/);
  await page.keyboard.press('d');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => !location.search.includes('until') && !location.search.includes('grain'));
  await page.waitForFunction(() => document.querySelectorAll('figure li').length === 28);
  await settled(page);
  await page.focus('tr[data-name="Media > News"] a');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => new URLSearchParams(location.search).get('by') === 'app');
  await settled(page);
  const news = stage.truth
    .filter(({ date }) => date >= '2025-03-05')
    .flatMap(({ union }) => union.categories.filter(([name]) => name === 'Media > News'))
    .reduce((sum, [, ms]) => sum + ms, 0);
  assert.is((await shown(page)).total, news);
  await page.focus('figure li:last-child a');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.pathname === '/');
  assert.is(new URL(page.url()).searchParams.get('category'), 'Media > News');
  assert.equal(faults, []);
  await end();
});

trends('says that nothing fits, and shows hostile titles as text', async ({ stage }) => {
  const { page, faults, end } = await openAt(stage, '/trends?until=2024-01-01');
  await page.waitForSelector('text=Nothing was recorded that fits.');
  const title = stage.truth
    .filter(({ date }) => date >= '2025-03-05')
    .flatMap(({ union }) => union.titles)
    .find(([name]) => name?.includes('<script'))![0]!;
  await page.goto(`${stage.url}/trends?by=title&title=${encodeURIComponent(title)}`);
  await page.waitForSelector('[data-table] tbody tr');
  await settled(page);
  assert.equal(Object.keys((await shown(page)).rows), [title]);
  assert.is(await page.$('[data-table] script, [data-table] img'), null);
  assert.equal(faults, []);
  await end();
});

trends('is for everybody, and fits 320 px', ({ stage }) => isForEverybody(stage, '/trends?by=app'));

trends.run();
