/** Categories: what a rule would change, tried out while it is typed, and stored as aw-webui stores it. */
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sumOf } from '../../scripts/seed/counted.ts';
import { bucketWith, newDevice } from '../support/pushing.ts';
import type { TestUser } from '../support/test-server.ts';
import { isForEverybody, said, settled } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const categories = suite<{ stage: Stage; user: TestUser }>('the dashboard’s categories');
categories.before(async (scene) => {
  scene.stage = await enterStage();
});
categories.after(leaveStage);

/** Windows of an account, one after the other. */
const WINDOWS: readonly (readonly [app: string, title: string, minutes: number])[] = [
  ['vim', 'main.ts', 90],
  ['Firefox', 'News <img src=x onerror="document.title=1">', 60],
  ['Firefox', 'Mail (3)', 40],
  ['mpv', `‮film ${'x'.repeat(10_000)}`, 20],
];
const CLASSES = [
  {
    id: 0,
    name: ['Work'],
    rule: { type: 'regex', regex: 'vim|Mail' },
    data: { color: '#00aa00', score: 5, own: true },
  },
  'something else',
  { name: ['Media'], rule: { type: 'none' }, data: { color: '#aa0000' } },
  { name: ['Media', 'Film'], rule: { type: 'regex', regex: 'film', ignore_case: true } },
];
const storeClasses = (user: TestUser, value: unknown) =>
  user.graphql('mutation ($v: JSON) { setSetting(input: { key: "classes", value: $v }) { setting { key } } }', {
    v: value,
  });
const classesOf = async (user: TestUser): Promise<any> =>
  (await user.graphql<any>('{ setting(key: "classes") { value } }')).setting?.value;

categories.before.each(async (scene) => {
  scene.user = await scene.stage.server.newUser();
  await storeClasses(scene.user, CLASSES);
  const device = await newDevice(scene.user);
  let start = Date.parse('2025-03-20T09:00:00Z');
  const events = WINDOWS.map(([app, title, minutes], i) => {
    const timestamp = new Date(start).toISOString();
    start += minutes * 60_000;
    return { sourceId: String(i + 1), timestamp, duration: minutes * 60, data: { app, title } };
  });
  await device.push(bucketWith(events, { bucketId: 'w', type: 'currentwindow' }));
});

/** Waits until what is shown is of the draft as it is. */
const tried = (page: Page) => page.waitForSelector('.results[aria-busy=false]');
const movesOn = (page: Page): Promise<string[]> =>
  page.$$eval('[data-moves] li', (items) => items.map((item) => item.textContent!.replace(/\s+/g, ' ').trim()));
/** Windows of the list under a heading: what is shown of each, in a line. */
const titlesUnder = (page: Page, heading: string): Promise<string[][]> =>
  page.$$eval(
    'section',
    (sections, wanted) =>
      sections
        .filter((section) => section.querySelector('h2')?.textContent === wanted)
        .flatMap((section) => [...section.querySelectorAll('li')])
        .map((item) =>
          ['.name', '.number', '.under'].map((part) =>
            item.querySelector(part)!.textContent!.replace(/\s+/g, ' ').trim().slice(0, 60),
          ),
        ),
    heading,
  );
const open = async (stage: Stage, user: TestUser, search = '') => {
  const visited = await visit(stage, user, `/categories${search}`);
  await tried(visited.page);
  return visited;
};
categories('have the time that is true of the generated person', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, stage.person, '/categories');
  await settled(page);
  await tried(page);
  const shown = await page.$$eval('.tree li', (lines) =>
    lines.map((line) => [line.querySelector('.cut')!.textContent!, line.querySelector('.number')!.textContent!]),
  );
  const known = new Map(
    [...sumOf(stage.truth.map((day) => day.union)).categories].map(([name, ms]) => [String(name), said(ms)]),
  );
  const names = await page.$$eval('.tree a', (links) =>
    links.map((link) => new URL((link as HTMLAnchorElement).href).searchParams.get('category')!),
  );
  assert.equal(
    [...names, 'Uncategorized'].map((name) => known.get(name) ?? '').sort(),
    shown.map(([, time]) => time).sort(),
  );
  assert.equal(
    names.map((name, i) => [name, shown[i]![1]]),
    names.map((name) => [name, known.get(name) ?? '']),
  );
  // Without its rule a category loses all of it; nothing of that is stored.
  await page.click('.tree >> text=Games');
  await page.fill('#rule-pattern', '');
  await page.waitForSelector(`.tree a[aria-current] .moved:text-is("−${known.get('Media > Games')!}")`);
  await page.waitForSelector(`.sentence:has-text("−${known.get('Media > Games')!} to Uncategorized")`);
  assert.equal(faults, []);
  await end();
});

for (const path of ['/categories', '/categories?category=Work+%3E+Programming'])
  categories(`are for everybody, and fit 320 px: ${path}`, async ({ stage }) => {
    await isForEverybody(stage, path);
  });

categories('say what a rule would change while it is typed, and take it back', async ({ stage, user }) => {
  const { page, faults, end } = await open(stage, user, '?category=Work');
  assert.equal(await movesOn(page), []);
  assert.equal(await titlesUnder(page, 'Titles that this rule matches, and the rule that wins'), [
    ['main.ts', '1 h 30 min', 'vim · Work vim|Mail'],
    ['Mail (3)', '40 min', 'Firefox · Work vim|Mail'],
  ]);
  await page.fill('#rule-pattern', 'vim|News');
  await page.waitForSelector('text=+1 h from Uncategorized, −40 min to Uncategorized');
  await tried(page);
  assert.equal(await movesOn(page), ['Uncategorized → Work 1 h', 'Work → Uncategorized 40 min']);
  assert.equal(await titlesUnder(page, 'Titles that would move'), [
    ['News <img src=x onerror="document.title=1">', '1 h', 'Firefox · Uncategorized → Work vim|News'],
    ['Mail (3)', '40 min', 'Firefox · Work → no rule'],
  ]);
  assert.equal(await classesOf(user), CLASSES, 'nothing is stored yet');
  // Another page and back: what was changed is still there.
  await page.click('nav >> text=Devices');
  await page.click('nav >> text=Categories');
  await page.waitForSelector('text=Not saved yet');
  await page.click('.tree >> text=Work');
  assert.is(await page.inputValue('#rule-pattern'), 'vim|News');
  await page.click('text=Undo');
  assert.is(await page.inputValue('#rule-pattern'), 'vim|Mail');
  await page.waitForSelector('.bar button.primary', { state: 'detached' });
  await tried(page);
  assert.equal(await movesOn(page), []);
  assert.equal(faults, []);
  await end();
});

categories(
  'store every part of a rule in the form of aw-webui, and leave the rest as it is',
  async ({ stage, user }) => {
    const { page, faults, end } = await open(stage, user);
    await page.click('.tree >> text=Film');
    await page.fill('#rule-name', 'Films');
    await page.fill('#rule-pattern', 'film|mpv');
    await page.selectOption('label:has-text("Looks at") select', 'app,title');
    await page.uncheck('input[type=checkbox]');
    await page.fill('label:has-text("Priority") input', '60');
    await page.fill('label:has-text("Score") input', '-2.5');
    await page.fill('input[type=color]', '#123456');
    await page.selectOption('label:has-text("Below") select', 'Work');
    assert.is(await page.evaluate(() => new URLSearchParams(location.search).get('category')), 'Work > Films');
    await page.click('text=Add one below');
    await page.keyboard.type('Short');
    await page.waitForSelector('h2:text-is("Work > Films > Short")');
    await page.click('.bar >> text="Save"');
    await page.waitForSelector('.bar button.primary', { state: 'detached' });
    assert.equal(await classesOf(user), [
      ...CLASSES.slice(0, 3),
      {
        name: ['Work', 'Films'],
        rule: { type: 'regex', regex: 'film|mpv', ignore_case: false, select_keys: ['app', 'title'], priority: 60 },
        data: { color: '#123456', score: -2.5 },
      },
      { name: ['Work', 'Films', 'Short'], rule: { type: 'none' }, data: {} },
    ]);
    // What was stored can be taken back too, and is a change again.
    await page.click('text=Remove');
    await page.click('text=Undo');
    await page.waitForSelector('.tree >> text=Short');
    await page.click('.tree >> text=Work >> nth=0');
    await page.click('text=Remove');
    await page.click('.bar >> text="Save"');
    await page.waitForSelector('.bar button.primary', { state: 'detached' });
    assert.equal(await classesOf(user), CLASSES.slice(1, 3));
    assert.equal(faults, []);
    await end();
  },
);

categories('tell a pattern that can not be read, with its place, and do not store it', async ({ stage, user }) => {
  const { page, faults, end } = await open(stage, user, '?category=Work');
  await page.fill('#rule-pattern', 'vim|*x');
  await page.waitForSelector('[role=alert]:has-text("Character 5:")');
  assert.is(await page.textContent('.editor mark'), '*');
  assert.is(await page.getAttribute('#rule-pattern', 'aria-invalid'), 'true');
  assert.ok(await page.isDisabled('.bar >> text="Save"'));
  await page.fill('#rule-name', ' ');
  await page.waitForSelector('text=A category needs a name.');
  await page.fill('#rule-name', 'Work');
  await page.fill('#rule-pattern', 'vim|x');
  await tried(page);
  assert.is(await page.locator('[role=alert]:has-text("Character")').count(), 0);
  await page.click('.bar >> text="Save"');
  await page.waitForSelector('.bar button.primary', { state: 'detached' });
  assert.is((await classesOf(user))[0].rule.regex, 'vim|x');
  assert.equal(faults, []);
  await end();
});

categories('take the longest titles without a category by one click, whatever is in them', async ({ stage, user }) => {
  await storeClasses(user, [CLASSES[2]]);
  const { page, faults, end } = await open(stage, user, '?category=Media');
  const without = 'The longest titles without a category';
  assert.equal(
    (await titlesUnder(page, without)).map(([name]) => name),
    WINDOWS.map(([, title]) => title.slice(0, 60)),
  );
  await page.click('[aria-label^="Into Media: News"]');
  await page.waitForSelector('text=+1 h from Uncategorized');
  await tried(page);
  await page.click('[aria-label^="Into Media"][aria-label*="film"]');
  await page.waitForSelector('text=+1 h 20 min from Uncategorized');
  await tried(page);
  assert.equal(
    (await titlesUnder(page, without)).map(([name]) => name),
    ['main.ts', 'Mail (3)'],
  );
  await page.click('nav >> text=Categories');
  await tried(page);
  await page.selectOption('select[aria-label^="main.ts"]', { label: 'Media' });
  await page.waitForSelector('[data-moves] >> text=2 h 50 min');
  assert.is(await page.evaluate(() => location.search), '');
  assert.is(await page.evaluate(() => document.querySelectorAll('main img').length), 0);
  assert.match(await page.title(), 'Categories');
  assert.equal(faults, []);
  await end();
});

categories('replace nothing that others stored meanwhile before it was seen', async ({ stage, user }) => {
  const { page, end } = await open(stage, user, '?category=Work');
  await page.fill('#rule-pattern', 'vim');
  await tried(page);
  const theirs = [{ name: ['Work'], rule: { type: 'regex', regex: 'theirs' } }];
  await storeClasses(user, theirs);
  // The page hears of it.
  await page.waitForSelector('text=stored other categories meanwhile');
  await page.waitForSelector('.bar >> text="Save over theirs"');
  assert.equal(await classesOf(user), theirs);
  await page.click('button:text-is("Discard all")');
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#rule-pattern')?.value === 'theirs');
  await page.fill('#rule-pattern', 'mine');
  await storeClasses(user, CLASSES);
  await tried(page);
  await page.click('text=Save over theirs');
  await page.waitForSelector('.bar button.primary', { state: 'detached' });
  assert.equal(await classesOf(user), [{ name: ['Work'], rule: { type: 'regex', regex: 'mine' } }]);
  await end();
});

categories('begin with nothing, by the keyboard alone', async ({ stage }) => {
  const user = await stage.server.newUser();
  const { page, faults, end } = await open(stage, user);
  await page.waitForSelector('text=There are no categories yet.');
  await page.waitForSelector('text=Nothing was recorded in these days.');
  await page.focus('main');
  for (let tabs = 0; (await page.evaluate(() => document.activeElement?.textContent?.trim())) !== 'Add a category'; ) {
    await page.keyboard.press('Tab');
    assert.ok(tabs++ < 10);
  }
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'rule-name');
  await page.keyboard.type('Work');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('vim');
  await tried(page);
  await page.waitForSelector('text=No time would move.');
  for (let tabs = 0; (await page.evaluate(() => document.activeElement?.textContent?.trim())) !== 'Save'; ) {
    await page.keyboard.press('Shift+Tab');
    assert.ok(tabs++ < 10);
  }
  await page.keyboard.press('Enter');
  await page.waitForSelector('.bar button.primary', { state: 'detached' });
  assert.equal(await classesOf(user), [{ name: ['Work'], rule: { type: 'regex', regex: 'vim' }, data: {} }]);
  assert.equal(faults, []);
  await end();
});

categories.run();
