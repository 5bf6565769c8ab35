/** A person whose clocks are a quarter of an hour apart from everybody's, in a browser that is elsewhere. */
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDay } from '../../domain/day.ts';
import { sumOf } from '../../scripts/seed/counted.ts';
import type { Counting, TrueDay } from '../../scripts/seed/truth.ts';
import type { TestUser } from '../support/test-server.ts';
import { said, settled } from './look.ts';
import { enterStage, leaveStage, newPerson, visit, type Stage } from './scene.ts';

const COUNTING: Counting = { zone: 'Asia/Kathmandu', startOfDay: 240, audible: false };
const LIFE = { first: parseDay('2025-03-17')!, days: 7, zone: COUNTING.zone, seed: 2 };
const DAY = '2025-03-20';

const zone = suite<{ stage: Stage; person: TestUser; truth: readonly TrueDay[] }>('the dashboard at +05:45');
zone.before(async (scene) => {
  scene.stage = await enterStage();
  Object.assign(scene, await newPerson(scene.stage.server, LIFE, COUNTING));
});
zone.after(leaveStage);

const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.textContent(selector))!.replace(/\s+/g, ' ').trim();

zone('counts a day from 04:00 there, on every screen that has days', async ({ stage, person, truth }) => {
  const day = truth.find(({ date }) => date === DAY)!;
  const { activeMs, apps } = day.union;
  assert.ok(activeMs > 3_600_000, 'there is something to see');
  const { page, faults, end } = await visit(stage, person, `/day/${DAY}`);
  await settled(page);
  assert.match(await textOf(page, '.huge'), `${said(activeMs)} active`);

  await page.goto(`${stage.url}/lanes?in=day/${DAY}`);
  await settled(page);
  await page.waitForSelector(`text=${said(activeMs)} active`);
  assert.match(await textOf(page, 'main'), /04:00( AM)? – 04:00/);

  await page.goto(`${stage.url}/explore?in=day/${DAY}&by=app`);
  await settled(page);
  const windows = [...apps].reduce((sum, [, ms]) => sum + ms, 0);
  assert.match(await textOf(page, '.total'), said(windows));
  const hours = await page.locator('[data-table] thead th').allTextContents();
  assert.match(hours[2]!, '04');

  await page.goto(`${stage.url}/year?in=year/2025`);
  await settled(page);
  const week = sumOf(truth.map(({ union }) => union)).activeMs;
  assert.match(await textOf(page, 'main'), `${said(week)} active`);
  const cell = page.locator(`a[href*="/day/${DAY}"]`).first();
  assert.match(`${await cell.getAttribute('title')} ${await cell.getAttribute('aria-label')}`, said(activeMs));
  assert.equal(faults, []);
  await end();
});

zone('shows what there is while days are still counted, and says how many are missing', async ({ stage, person }) => {
  const { page, faults, end } = await visit(stage, person, '/account');
  await settled(page);
  let answers = 0;
  await page.route('**/graphql', async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    const isSum = text.includes('"complete":true') && answers++ < 6;
    await route.fulfill({
      response,
      body: isSum
        ? text
            .replaceAll('"complete":true', '"complete":false')
            .replaceAll('"missingDayCount":0', '"missingDayCount":3')
        : text,
    });
  });
  await page.click('nav >> text=Year');
  await page.waitForSelector('text=3 days are still being counted');
  assert.match(await textOf(page, 'main'), /\d+ h/, 'what there is stands there meanwhile');
  // It asks again by itself, until it is told that nothing is missing.
  await page.waitForFunction(() => !document.body.textContent!.includes('still being counted'));
  await page.unrouteAll({ behavior: 'wait' });
  assert.equal(faults, []);
  await end();
});

zone.run();
