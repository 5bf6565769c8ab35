/** Year and Rhythm: which days, and when of the week. */
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SEED_DEVICES } from '../../scripts/seed/histories.ts';
import type { Sums } from '../../scripts/seed/counted.ts';
import type { TrueDay } from '../../scripts/seed/truth.ts';
import { isForEverybody, settled } from './look.ts';
import { COUNTING, enterStage, leaveStage, visit, type Stage } from './scene.ts';

const year = suite<{ stage: Stage }>('the dashboard’s year');
year.before(async (scene) => {
  scene.stage = await enterStage();
});
year.after(leaveStage);

/** What is shown by `name` of the data, in ms; what is 0 is left out. */
const shown = (page: Page, name: 'day' | 'place'): Promise<Record<string, number>> =>
  page.$$eval(
    `[data-${name}][data-seconds]`,
    (all, key) =>
      Object.fromEntries(
        all
          .map((each) => (each as HTMLElement).dataset)
          .filter(({ seconds }) => Number(seconds) > 0)
          .map((data) => [data[key], Math.round(Number(data['seconds']) * 1000)]),
      ),
    name,
  );

const clock = new Intl.DateTimeFormat('en', { timeZone: COUNTING.zone, hour: 'numeric', hourCycle: 'h23' });
const rhythm = (truth: readonly TrueDay[], of: (day: TrueDay) => Sums): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const day of truth)
    for (const [start, { activeMs }] of of(day).hours) {
      const key = `${new Date(`${day.date}T00:00:00Z`).getUTCDay()} ${Number(clock.format(start))}`;
      if (activeMs > 0) sums[key] = (sums[key] ?? 0) + activeMs;
    }
  return sums;
};
const days = (truth: readonly TrueDay[], of: (day: TrueDay) => Sums) =>
  Object.fromEntries(truth.map((day) => [day.date, of(day).activeMs] as const).filter(([, ms]) => ms > 0));

const [, laptop] = SEED_DEVICES;
for (const [who, params, of] of [
  ['all devices', '', ({ union }: TrueDay) => union],
  ['one device', `&device=${laptop!.deviceId}`, ({ devices }: TrueDay) => devices.laptop],
] as const)
  year(`has each day and each hour of the week, of ${who}`, async ({ stage }) => {
    const { page, faults, end } = await visit(stage, stage.person, `/year?in=year/2025${params}`);
    await settled(page);
    assert.equal(await shown(page, 'day'), days(stage.truth, of));
    assert.equal(await shown(page, 'place'), rhythm(stage.truth, of));
    assert.equal(faults, []);
    await end();
  });

year('leads from an hour of the week to its days, and from a day to it, by keys alone', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, stage.person, '/year');
  await settled(page);
  await page.focus('[data-place][tabindex="0"]');
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.made a');
  const place = await page.getAttribute('[data-place][aria-pressed=true]', 'data-place');
  const listed = await page.$$eval('.made a', (all) => all.map((each) => (each as HTMLElement).dataset['day']));
  assert.is(place, '2 14', 'Tuesday: weeks begin with Monday, days at four');
  const tuesdays = stage.truth.filter(
    ({ date, union }) =>
      new Date(date).getUTCDay() === 2 &&
      union.hours.some(([start, { activeMs }]) => Number(clock.format(start)) === 14 && activeMs > 0),
  );
  assert.equal(
    [...listed].sort(),
    tuesdays.map(({ date }) => date),
  );
  await page.focus('[data-day="2025-04-01"]');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/day/2025-03-24');
  assert.equal(faults, []);
  await end();
});

year('is for everybody, and fits 320 px', ({ stage }) => isForEverybody(stage, '/year?in=year/2025'));

year.run();
