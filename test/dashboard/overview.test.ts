/** The overview of a day, a week or a month: each number beside what is true of the generated person. */
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sumOf, type Sums } from '../../scripts/seed/counted.ts';
import { SEED_DEVICES } from '../../scripts/seed/histories.ts';
import { bucketWith, newDevice, sent } from '../support/pushing.ts';
import { said } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const overview = suite<{ stage: Stage }>('the overview');
overview.before(async (scene) => {
  scene.stage = await enterStage();
});
overview.after(leaveStage);

/** Names and lengths of the list under a heading. */
const listOf = (page: Page, heading: string): Promise<[string, string][]> =>
  page.$$eval(
    'section',
    (sections, wanted) =>
      sections
        .filter((section) => section.querySelector('h2')?.textContent === wanted)
        .flatMap((section) => [...section.querySelectorAll('li')])
        .map((item): [string, string] => [
          item.querySelector('.foreign')!.textContent!,
          item.querySelector('.number')!.textContent!,
        ]),
    heading,
  );

const ready = async (page: Page): Promise<void> => {
  await page.waitForSelector('.huge');
  await page.waitForFunction(
    () =>
      !document.querySelector('.shape, [aria-busy=true]') &&
      !document.body.textContent!.includes('still being counted') &&
      [...document.querySelectorAll('h2')].some(({ textContent }) => textContent === 'Devices'),
  );
};

/** What the page calls it. */
const called = (name: string | null): string => (name === null ? '(not recorded)' : name || '(none)');

/** The longest eight, by what they are called. */
const longest = (told: Sums['apps']): [string, string][] =>
  [...told]
    .filter(([, ms]) => ms > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 8)
    .map(([name, ms]) => [called(name), said(ms)]);

/** Of the same length any order is right. */
const sameLengths = (shown: [string, string][], wanted: [string, string][], all: Sums['apps']): void => {
  assert.equal(
    shown.map(([, length]) => length),
    wanted.map(([, length]) => length),
  );
  const known = new Map(all.map(([name, ms]) => [called(name), said(ms)]));
  for (const [name, length] of shown) assert.is(known.get(name), length, name);
};

for (const [path, first, last] of [
  ['/day/2025-03-28', '2025-03-28', '2025-03-28'],
  // The clocks go forward in the night that belongs to Saturday.
  ['/day/2025-03-29', '2025-03-29', '2025-03-29'],
  ['/week/2025-03-26', '2025-03-24', '2025-03-30'],
  ['/month/2025-03', '2025-03-01', '2025-03-31'],
] as const)
  overview(`has the numbers that are true of ${first} to ${last}`, async ({ stage }) => {
    const days = stage.truth.filter(({ date }) => date >= first && date <= last);
    const union = sumOf(days.map((day) => day.union));
    const { page, faults, end } = await visit(stage, stage.person, path);
    await ready(page);
    assert.match((await page.textContent('.huge'))!, `${said(union.activeMs)} active`);
    const overlap = days.reduce((sum, { overlapMs }) => sum + overlapMs, 0);
    if (overlap >= 60_000) assert.match((await page.textContent('.total'))!, `${said(overlap)} on two devices at once`);
    const apps = await listOf(page, 'Applications');
    sameLengths(apps, longest(union.apps), union.apps);
    sameLengths(await listOf(page, 'Titles'), longest(union.titles), union.titles);
    sameLengths(await listOf(page, 'Domains'), longest(union.domains), union.domains);
    sameLengths(await listOf(page, 'Categories'), longest(union.categories), union.categories);
    const devices = await listOf(page, 'Devices');
    assert.equal(
      devices.map(([, length]) => length).sort(),
      (['desktop', 'laptop', 'phone'] as const)
        .map((name) => said(sumOf(days.map((day) => day.devices[name])).activeMs))
        .sort(),
    );
    // Each number leads to what it is made of.
    const [app, length] = apps[0]!;
    await page.click(`section:has(h2:text-is("Applications")) a >> nth=0`);
    await page.waitForFunction(
      (wanted) => document.querySelector('.huge')?.textContent?.startsWith(`${wanted} `),
      length,
    );
    assert.is(await page.evaluate(() => new URLSearchParams(location.search).get('app')), app);
    assert.equal(faults, []);
    await end();
  });

overview(
  'is of one device alone, as links of other pages ask for it, and calls it as its person does',
  async ({ stage }) => {
    const [, laptop] = SEED_DEVICES;
    const name = '<i>Lap</i>';
    const rename = (label: string | null) =>
      stage.person.graphql(
        'mutation ($d: ID!, $l: String) { renameDevice(input: { deviceId: $d, label: $l }) { device { label } } }',
        { d: laptop!.deviceId, l: label },
      );
    await rename(name);
    const { page, faults, end } = await visit(stage, stage.person, '/week/2025-03-24');
    await ready(page);
    await page.click(`section:has(h2:text-is("Devices")) a:text-is("${name}")`);
    await page.waitForFunction((id) => new URLSearchParams(location.search).get('device') === id, laptop!.deviceId);
    await page.waitForFunction(() => !document.querySelector('.shape, [aria-busy=true], .devices'));
    const days = stage.truth.filter(({ date }) => date >= '2025-03-24' && date <= '2025-03-30');
    const own = sumOf(days.map((day) => day.devices.laptop));
    assert.match((await page.textContent('.huge'))!, `${said(own.activeMs)} active`);
    sameLengths(await listOf(page, 'Applications'), longest(own.apps), own.apps);
    sameLengths(await listOf(page, 'Categories'), longest(own.categories), own.categories);
    assert.is(
      await page.$eval('main select', (select) => (select as HTMLSelectElement).selectedOptions[0]!.textContent),
      name,
    );
    // What it is made of is of that device too.
    await page.click('section:has(h2:text-is("Applications")) a >> nth=0');
    await page.waitForFunction(() => new URLSearchParams(location.search).has('app'));
    assert.is(new URL(page.url()).searchParams.get('device'), laptop!.deviceId);
    await page.selectOption('main select', '');
    await page.waitForFunction(() => !new URLSearchParams(location.search).has('device'));
    assert.equal(faults, []);
    await end();
    await rename(null);
  },
);

const HOSTILE = [
  '<img src=x onerror="document.title=1">',
  '<script>document.title=1</script>',
  '{{7*7}} #{7*7}',
  '‮txet desrever',
  '👩‍👩‍👧 émoji',
  'x'.repeat(10_000),
];

overview('shows titles as text, whatever is in them, and what is pushed without a reload', async ({ stage }) => {
  const user = await stage.server.newUser();
  const device = await newDevice(user);
  const { page, faults, end } = await visit(stage, user, '/day/2024-05-31', { viewport: { width: 320, height: 640 } });
  await page.waitForSelector('text=No device recorded anything in this span.');
  const events = HOSTILE.map((title, i) => sent(i + 1, i * 60, 60, { app: title.slice(0, 500), title }));
  await device.push(bucketWith(events, { bucketId: 'w', type: 'currentwindow' }));
  await page.waitForSelector('.huge:has-text("6 min")');
  // The lists are an answer of their own: beside the new sum they may still be as empty as they were.
  await page.waitForSelector(`section:has(h2:text-is("Titles")) li >> nth=${HOSTILE.length - 1}`);
  const titles = (await listOf(page, 'Titles')).map(([name]) => name);
  assert.equal(titles.sort(), [...HOSTILE].sort());
  assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  assert.is(await page.evaluate(() => document.querySelectorAll('main img, main script').length), 0);
  assert.match(await page.title(), 'kt-server');
  assert.equal(faults, []);
  await end();
});

overview('shows what was pushed after it asked and before it was told of pushes', async ({ stage }) => {
  const user = await stage.server.newUser();
  const device = await newDevice(user);
  const { page, faults, end } = await visit(stage, user, '/day/2024-05-31');
  await page.waitForSelector('text=No device recorded anything in this span.');
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/query=.*subscription/, async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  await page.waitForSelector('text=No device recorded anything in this span.');
  await device.push(bucketWith([sent(1, 0, 120, { app: 'a', title: 'b' })], { bucketId: 'w', type: 'currentwindow' }));
  release();
  await page.waitForSelector('.huge:has-text("2 min")');
  assert.equal(faults, []);
  await end();
});

overview('puts an application into a category, and the numbers follow', async ({ stage }) => {
  const user = await stage.server.newUser();
  const classes = [{ name: ['Work'], rule: { type: 'regex', regex: 'vim' }, data: { color: '#00aa00' } }];
  await user.graphql('mutation ($v: JSON) { setSetting(input: { key: "classes", value: $v }) { setting { key } } }', {
    v: classes,
  });
  const device = await newDevice(user);
  const events = [sent(1, 0, 120, { app: 'vim', title: 'a' }), sent(2, 120, 60, { app: 'a.out', title: 'b' })];
  await device.push(bucketWith(events, { bucketId: 'w', type: 'currentwindow' }));
  const { page, faults, end } = await visit(stage, user, '/day/2024-05-31');
  await page.selectOption('select[aria-label^="a.out"]', 'Work');
  await page.waitForFunction(
    () => ![...document.querySelectorAll('h2')].some(({ textContent }) => textContent === 'Without a category'),
  );
  assert.equal(await listOf(page, 'Categories'), [['Work', '3 min']]);
  const { setting } = await user.graphql<{ setting: { value: unknown } }>('{ setting(key: "classes") { value } }');
  assert.equal(setting.value, [{ ...classes[0], rule: { type: 'regex', regex: 'vim|a\\.out' } }]);
  assert.equal(faults, []);
  await end();
});

overview('says that somebody was signed out while it was open', async ({ stage }) => {
  const user = await stage.server.newUser();
  const { page, end } = await visit(stage, user, '/');
  await page.waitForSelector('.huge');
  const { revokeAllSessions } = await user.graphql<{ revokeAllSessions: unknown }>(
    'mutation { revokeAllSessions(input: {}) { revoked } }',
  );
  assert.equal(revokeAllSessions, { revoked: 1 });
  await page.keyboard.press('ArrowLeft');
  await page.waitForSelector('text=was revoked');
  await page.waitForSelector('#key');
  await end();
});

overview.run();
