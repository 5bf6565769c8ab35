/** Lanes: what somebody was doing when, and on which device. */
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, sent } from '../support/pushing.ts';
import { until } from '../support/until.ts';
import { isForEverybody, said, settled } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const lanes = suite<{ stage: Stage }>('the dashboard’s lanes');
lanes.before(async (scene) => {
  scene.stage = await enterStage();
});
lanes.after(leaveStage);

const DATE = '2025-03-28';
const DAY = `/lanes?in=day/${DATE}`;

const open = async (stage: Stage, path: string, options = {}) => {
  const visited = await visit(stage, stage.person, path, options);
  await settled(visited.page);
  return visited;
};
const activeMs = async (page: Page): Promise<number> =>
  Math.round(Number(await page.getAttribute('.bar [data-seconds]', 'data-seconds')) * 1000);
const viewOf = (page: Page): Promise<[number, number]> =>
  page.$eval('[data-from]', ({ dataset }: any) => [Date.parse(dataset.from), Date.parse(dataset.to)]);
/** Waits until the view is another, and returns it. */
const viewAfter = async (page: Page, act: () => Promise<void>): Promise<[number, number]> => {
  const [from, to] = await viewOf(page);
  await act();
  await page.waitForFunction(
    ([before, after]) => {
      const { dataset } = document.querySelector<HTMLElement>('[data-from]')!;
      return Date.parse(dataset['from']!) !== before || Date.parse(dataset['to']!) !== after;
    },
    [from, to] as const,
  );
  return viewOf(page);
};

lanes('show what is true of each device, and of all of them counted once', async ({ stage }) => {
  const day = stage.truth.find(({ date }) => date === DATE)!;
  const { page, faults, end } = await open(stage, DAY);
  assert.is(await page.getAttribute('.bar [data-seconds]', 'data-exact'), 'true');
  assert.is(await activeMs(page), day.union.activeMs);
  assert.equal(await viewOf(page), [day.startMs, day.endMs]);
  // Each lane as a table, whose lengths are those that are true.
  await page.click('summary');
  await page.waitForSelector('table[data-kind=CATEGORY]');
  const heads = await page.$$eval('.names .head', (all) =>
    all.map((head) => [...head.children].map(({ textContent }) => textContent)),
  );
  assert.equal(heads[0], ['All devices, counted once', said(day.union.activeMs)]);
  for (const device of ['desktop', 'laptop', 'phone'] as const)
    if (day.devices[device].activeMs >= 3_600_000)
      assert.equal(
        heads.find(([name]) => name === device),
        [device, said(day.devices[device].activeMs)],
      );
  assert.ok(heads.length >= 3);
  assert.equal(faults, []);
  await end();
});

lanes('show weeks in bins, and what there was exactly once one comes closer', async ({ stage }) => {
  const week = stage.truth.filter(({ date }) => date >= '2025-03-24' && date <= '2025-03-30');
  const { page, faults, end } = await open(stage, '/lanes?in=week/2025-03-24');
  const wanted = week.reduce((sum, { union }) => sum + union.activeMs, 0);
  assert.is(await page.getAttribute('.bar [data-seconds]', 'data-exact'), 'false');
  assert.ok(Math.abs((await activeMs(page)) - wanted) < wanted / 100, `${await activeMs(page)} of ${wanted}`);
  const day = week.find(({ date }) => date === DATE)!;
  const params = `from=${new Date(day.startMs).toISOString()}&to=${new Date(day.endMs).toISOString()}`;
  await page.goto(`${stage.url}/lanes?in=week/2025-03-24&${params}`);
  await page.waitForSelector('[data-exact=true]');
  assert.is(await activeMs(page), day.union.activeMs);
  assert.equal(faults, []);
  await end();
});

lanes('are zoomed by wheel and keys and moved by dragging, which the address keeps', async ({ stage }) => {
  const { page, faults, end } = await open(stage, DAY);
  const box = (await page.locator('[role=slider]').boundingBox())!;
  const at = { x: box.x + box.width / 4, y: box.y + 60 };
  await page.mouse.move(at.x, at.y);
  const [start, stop] = await viewOf(page);
  const [from, to] = await viewAfter(page, () => page.mouse.wheel(0, -800));
  // 800 pixels are four times, around the pointer.
  assert.ok(Math.abs((stop - start) / (to - from) - 4) < 0.01);
  assert.ok(Math.abs(from + (to - from) / 4 - (start + (stop - start) / 4)) < 120_000);
  await page.waitForFunction(() => location.search.includes('from='));
  await page.mouse.down();
  const [left] = await viewAfter(page, async () => {
    await page.mouse.move(at.x + 20, at.y);
    await page.mouse.move(at.x + 60, at.y);
    await page.mouse.up();
  });
  assert.ok(left < from);
  await page.focus('[role=slider]');
  await viewAfter(page, () => page.keyboard.press('0'));
  for (let i = 0; i < 17; i++) await viewAfter(page, () => page.keyboard.press('+'));
  const [a, b] = await viewOf(page);
  assert.is(b - a, 1_000);
  await page.waitForFunction(
    (iso) => new URLSearchParams(location.search).get('from') === iso,
    new Date(a).toISOString(),
  );
  const copy = await open(stage, (await page.evaluate(() => location.pathname + location.search)) as string);
  assert.equal(await viewOf(copy.page), [a, b]);
  assert.equal(copy.faults, []);
  await copy.end();
  // Beyond the days is the span that they are in.
  await page.keyboard.press('0');
  await page.waitForFunction(() => !location.search.includes('from='));
  await page.keyboard.press('-');
  await page.waitForFunction(() => decodeURIComponent(location.search).includes('in=week/2025-03-24'));
  assert.equal(faults, []);
  await end();
});

/** Presses keys on the lanes in turn, clicks a button or none, and lets more time go by than a view needs to rest. */
const inHaste = (page: Page, keys: readonly string[], button: string | null): Promise<string> =>
  page.evaluate(
    async ({ keys, button }) => {
      const slider = document.querySelector<HTMLElement>('[role=slider]')!;
      for (const key of keys) {
        slider.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        await new Promise((resolve) => setTimeout(resolve));
      }
      const spans = [...document.querySelectorAll<HTMLButtonElement>('.spans button')];
      spans.find(({ textContent }) => textContent === button)?.click();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return decodeURIComponent(location.search);
    },
    { keys, button },
  );

lanes('write no view that has not come to rest over other days that were chosen meanwhile', async ({ stage }) => {
  const { page, faults, end } = await open(stage, '/lanes?in=week/2025-03-24');
  const whole = await viewOf(page);
  // The week is known from now on: what is seen of it has its bounds at once.
  await page.click('.spans button:text-is("Day")');
  await page.waitForFunction(() => decodeURIComponent(location.search).includes('in=day/'));
  await settled(page);
  assert.is(await inHaste(page, ['+'], 'Week'), '?in=week/2025-03-24');
  assert.equal(await viewOf(page), whole);

  await page.click('.spans button:text-is("Day")');
  await settled(page);
  await viewAfter(page, () => page.focus('[role=slider]').then(() => page.keyboard.press('+')));
  await page.waitForFunction(() => location.search.includes('from='));
  // Wider than the part, which is the day; and wider than that, which is the week.
  assert.is(await inHaste(page, ['-', '-'], null), '?in=week/2025-03-24');
  assert.equal(await viewOf(page), whole);
  assert.equal(faults, []);
  await end();
});

const TITLES = [
  '<img src=x onerror="document.title=1">',
  '<script>document.title=1</script>',
  '‮txet',
  'x'.repeat(9_000),
];

/** Somebody who had these titles, a minute each from nine in UTC on. */
const hostile = async (stage: Stage) => {
  const user = await stage.server.newUser();
  const device = await newDevice(user, 'a <b>laptop</b>');
  const events = TITLES.map((title, i) => sent(i + 1, i * 60, 60, { app: title.slice(0, 300), title }));
  await device.push(bucketWith(events, { bucketId: 'w <i>', type: 'currentwindow' }));
  return { user, device };
};

lanes('tell by keys alone what is where, measure, and show events whole with how they came', async ({ stage }) => {
  const { user } = await hostile(stage);
  const { page, faults, end } = await visit(stage, user, '/lanes?in=day/2024-05-31', {
    viewport: { width: 320, height: 640 },
  });
  await settled(page);
  await page.focus('[role=slider]');
  const said = () => page.getAttribute('[role=slider]', 'aria-valuetext');
  const saidAfter = async (key: string): Promise<string> => {
    const before = await said();
    await page.keyboard.press(key);
    await page.waitForFunction(
      (old) => document.querySelector('[role=slider]')!.getAttribute('aria-valuetext') !== old,
      before,
    );
    return (await said())!;
  };
  assert.match((await said())!, /nobody was there$/);
  await saidAfter('Home');
  await saidAfter('ArrowDown');
  // Values come after what they are the values of.
  await page.waitForFunction(() =>
    document.querySelector('[role=slider]')!.getAttribute('aria-valuetext')!.includes('onerror'),
  );
  assert.ok((await said())!.includes(`Uncategorized; a <b>laptop</b>, ${TITLES[0]}: ${TITLES[0]}`), (await said())!);
  assert.ok((await saidAfter('Shift+ArrowDown')).includes('<script>'));
  await saidAfter('Shift+ArrowDown');
  await page.waitForSelector('[data-measured="120"]');
  assert.match((await page.textContent('[data-measured]'))!, /2 min active.*Uncategorized\s*2 min/s);
  await saidAfter('ArrowUp');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h3');
  const told = await page.$eval('section:has(h3) li', (item) => item.textContent!.replace(/\s+/g, ' '));
  const { bucket } = await user.graphql<any>(
    '{ bucket: bucket(id: "w <i>") { events(first: 10) { edges { node { id timestamp } } } } }',
  );
  const { id } = bucket.events.edges
    .map(({ node }: any) => node)
    .find(({ timestamp }: any) => timestamp.includes(':01:'));
  for (const part of [`a <b>laptop</b>: w <i>`, '1 min', TITLES[1]!, `Id ${id} here, 2 on the device.`, 'Arrived'])
    assert.ok(told.includes(part), `${part} in ${told}`);
  await page.keyboard.press('Escape');
  await page.waitForSelector('[data-measured]', { state: 'detached' });
  await page.click('summary');
  await page.waitForSelector('table[data-kind=WINDOW][data-device=""] tbody tr >> nth=3');
  assert.equal(
    await page.$$eval('table[data-kind=WINDOW][data-device=""] tbody .what', (cells) =>
      cells.map(({ textContent }) => textContent!.slice(0, 20)),
    ),
    TITLES.map((title) => `${title.slice(0, 300)}: ${title}`.slice(0, 20)),
  );
  assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  assert.is(await page.evaluate(() => document.querySelectorAll('main img, main script').length), 0);
  assert.match(await page.title(), 'kt-server');
  assert.equal(faults, []);
  await end();
});

lanes('show what is pushed without a reload, and say before that there is nothing', async ({ stage }) => {
  const user = await stage.server.newUser();
  const device = await newDevice(user);
  const { page, faults, end } = await visit(stage, user, '/lanes?in=day/2024-05-31');
  await page.waitForSelector('text=No device recorded anything in this span.');
  await device.push(
    bucketWith([sent(1, 0, 600, { app: 'vim', title: 'a' })], { bucketId: 'w', type: 'currentwindow' }),
  );
  await page.waitForSelector('[data-seconds="600"]');
  assert.equal(faults, []);
  await end();
});

lanes('paint what is there, and nothing where nothing is', async ({ stage }) => {
  const { user } = await hostile(stage);
  const params = 'in=day/2024-05-31&from=2024-05-31T08:58:00Z&to=2024-05-31T09:08:00Z';
  const { page, end } = await visit(stage, user, `/lanes?${params}`);
  await settled(page);
  const opacities = () =>
    page.$eval('canvas', (canvas) => {
      const image = canvas.getContext('2d')!.getImageData(0, 58, canvas.width, 1).data;
      return [0.1, 0.3, 0.5, 0.8].map((share) => image[Math.floor(canvas.width * share) * 4 + 3]!);
    });
  await until('something is painted', async () => (await opacities()).some((opacity) => opacity > 0));
  assert.equal(await opacities(), [0, 255, 255, 0]);
  await end();
});

lanes('are for everybody, and fit 320 px', async ({ stage }) => {
  await isForEverybody(stage, `${DAY}&at=2025-03-28T10:00:00Z`);
});

lanes.run();
