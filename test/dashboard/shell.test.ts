/** What is around every screen of the dashboard: signing in, keys, finding, colours, languages, what goes wrong. */
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SCHEMA } from '../../server/config.ts';
import { settled, violations } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const shell = suite<{ stage: Stage }>('the dashboard');
shell.before(async (scene) => {
  scene.stage = await enterStage();
});
shell.after(leaveStage);

const DAY = '/day/2025-03-28';

for (const [path, who] of [
  [DAY, 'person'],
  ['/week/2025-03-24', 'person'],
  ['/welcome', 'person'],
  ['/account', 'person'],
  ['/', 'nobody'],
] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    shell(`is for everybody, and fits 320 px: ${path} of ${who}, ${colorScheme}`, async ({ stage }) => {
      const viewport = { width: 320, height: 640 };
      const { page, faults, end } = await visit(stage, who === 'person' ? stage.person : null, path, {
        colorScheme,
        viewport,
      });
      await settled(page);
      assert.equal(await violations(page), []);
      assert.is(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
      assert.equal(faults, []);
      await end();
    });

shell('loads no more than 60 kB before the first screen, and all of it is 150 at most', async ({ stage }) => {
  const { page, asked, end } = await visit(stage, stage.person, DAY);
  await settled(page);
  const loaded = new Set(asked.map((name) => name.replace(/^.*\//, '')));
  await end();
  const folder = fileURLToPath(new URL('../../dist/web', import.meta.url));
  const sizes = readdirSync(`${folder}/app`)
    .filter((name) => name.endsWith('.gz'))
    .map((name) => [name.slice(0, -3), statSync(`${folder}/app/${name}`).size] as const);
  const sum = (list: typeof sizes) => list.reduce((total, [, size]) => total + size, 0) / 1000;
  const first = sizes.filter(([name]) => loaded.has(name));
  const later = sizes.filter(([name]) => !loaded.has(name));
  const table = sizes.map(([name, size]) => `${loaded.has(name) ? 'first' : 'later'} ${name} ${size}`).join('\n');
  assert.ok(first.length > 3 && sum(first) <= 60, table);
  for (const [name, size] of later) assert.ok(size <= 25_000, `${name}: ${size}`);
  assert.ok(sum(sizes) <= 150, table);
});

shell('goes from span to span by keys, and its address says where it is', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, stage.person, DAY);
  await settled(page);
  const at = async (key: string) => {
    await page.keyboard.press(key);
    return page.evaluate(() => location.pathname);
  };
  assert.is(await at('ArrowLeft'), '/day/2025-03-27');
  assert.is(await at('ArrowRight'), DAY);
  assert.is(await at('w'), '/week/2025-03-24');
  assert.is(await at('m'), '/month/2025-03');
  assert.is(await at('y'), '/year/2025');
  assert.is(await at('t'), '/');
  assert.is(await at('w'), '/week/2025-03-31');
  await page.goBack();
  assert.is(await page.evaluate(() => location.pathname), '/');
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open] dl');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.waitForSelector('dialog[open] [role=combobox]');
  await page.keyboard.type('2025-03-20');
  await page.keyboard.press('Enter');
  assert.is(await page.evaluate(() => location.pathname), '/day/2025-03-20');
  assert.equal(faults, []);
  await end();
});

/** Presses a key in the page as soon as the next one has gone through all of the page's own code: nobody is faster. */
const pressAfterNext = (page: Page, second: string) =>
  page.evaluate((key) => {
    addEventListener(
      'keydown',
      () =>
        queueMicrotask(() => {
          const pressed = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
          document.activeElement!.dispatchEvent(pressed);
        }),
      { once: true },
    );
  }, second);

shell('takes a key that is pressed right after the one that closed a dialog', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, stage.person, DAY);
  await settled(page);
  for (const [opens, shown] of [
    ['?', 'dialog[open] dl'],
    ['/', 'dialog[open] [role=combobox]'],
  ] as const) {
    await page.keyboard.press(opens);
    await page.waitForSelector(shown);
    await pressAfterNext(page, '/');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open] [role=combobox]');
    await page.keyboard.press('Escape');
    assert.is(await page.locator('dialog').count(), 0);
  }
  assert.equal(faults, []);
  await end();
});

shell('keeps what is typed while a dialog still loads, and moves nothing behind one', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, stage.person, DAY);
  await settled(page);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/FindDialog-*.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.type('/wx');
  await page.keyboard.press('Escape');
  await page.keyboard.type('/2025-03-210');
  await page.keyboard.press('Backspace');
  assert.is(await page.evaluate(() => location.pathname), DAY);
  release();
  await page.waitForSelector('dialog[open] [role=combobox]');
  assert.is(await page.inputValue('[role=combobox]'), '2025-03-21');
  // A click on its text takes the focus from all that is in it.
  await page.click('dialog[open] h2');
  await page.keyboard.press('w');
  assert.is(await page.evaluate(() => location.pathname), DAY);
  await page.focus('[role=combobox]');
  await page.keyboard.press('Enter');
  assert.is(await page.evaluate(() => location.pathname), '/day/2025-03-21');
  assert.equal(faults, []);
  await end();
});

shell('says that a dialog did not load, and goes on taking keys', async ({ stage }) => {
  const { page, end } = await visit(stage, stage.person, DAY);
  await settled(page);
  await page.route('**/KeysDialog-*.js', (route) => route.abort());
  await page.keyboard.press('?');
  await page.waitForSelector('[role=alert]:has-text("This could not be loaded")');
  await page.keyboard.press('w');
  assert.is(await page.evaluate(() => location.pathname), '/week/2025-03-24');
  await page.unroute('**/KeysDialog-*.js');
  await page.keyboard.press('/');
  await page.waitForSelector('dialog[open] [role=combobox]');
  assert.is(await page.locator('[role=alert]').count(), 0);
  await end();
});

shell(
  'sends a tenth of what a browser may in a minute, however fast somebody goes through all of it',
  async ({ stage }) => {
    const { page, asked, faults, end } = await visit(stage, stage.person, DAY);
    await settled(page);
    const screens = await page.$$eval('nav a', (links) => links.map((link) => (link as HTMLAnchorElement).href));
    assert.ok(screens.length > 5, String(screens));
    for (const screen of screens) {
      await page.goto(screen);
      await settled(page);
    }
    await page.goto(stage.url + DAY);
    await settled(page);
    for (const span of ['d', 'w', 'm', 'y']) {
      await page.keyboard.press(span);
      for (const key of ['ArrowLeft', 'ArrowRight']) for (let n = 0; n < 15; n++) await page.keyboard.press(key);
      await settled(page);
    }
    assert.ok(asked.length > 100, String(asked.length));
    assert.ok(asked.length <= SCHEMA.requestsPerKey.default / 10, String(asked.length));
    assert.equal(faults, []);
    await end();
  },
);

shell('says that there is no such page, and no such day', async ({ stage }) => {
  for (const path of ['/day/2025-02-30', '/week/now', '/year/20255']) {
    const { page, faults, end } = await visit(stage, stage.person, path);
    await page.waitForSelector('text=There is no such page');
    assert.equal(faults, []);
    await end();
  }
});

shell('speaks German to who reads it, and keeps the colours and the language that were chosen', async ({ stage }) => {
  const { page, context, end } = await visit(stage, stage.person, DAY, { locale: 'de-AT' });
  await page.waitForSelector('text=Über den Tag');
  assert.is(await page.evaluate(() => document.documentElement.lang), 'de');
  await page.click('[popovertarget=more]');
  await page.selectOption('#more select >> nth=1', 'en');
  await page.waitForSelector('text=Through the day');
  await page.selectOption('#more select >> nth=0', 'dark');
  const again = await context.newPage();
  await again.goto(page.url());
  await again.waitForSelector('text=Through the day');
  assert.is(await again.evaluate(() => document.documentElement.dataset['theme']), 'dark');
  await end();
});

shell('keeps what it showed while the server does not answer, and says since when', async ({ stage }) => {
  const { page, end } = await visit(stage, stage.person, DAY);
  await settled(page);
  const total = await page.textContent('.huge');
  await page.route('**/graphql', (route) => route.abort());
  await page.keyboard.press('ArrowLeft');
  await page.waitForSelector('text=The server does not answer. What you see is from');
  assert.is(await page.textContent('.huge'), total);
  await page.unroute('**/graphql');
  await page.waitForFunction((before) => document.querySelector('.huge')?.textContent !== before, total);
  await end();
});

shell('signs in by a key, says why one is not taken, and signs out', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, null, '/devices');
  await page.fill('#key', 'what');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=An API key begins with kt_.');
  await page.fill('#key', `${stage.person.key.slice(0, -4)}zzzz`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=alert]:not(:text("begins"))');
  await page.fill('#key', stage.person.key);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav');
  await page.click('[popovertarget=more]');
  await page.click('text=Sign out');
  await page.waitForSelector('#key');
  assert.equal(faults, []);
  await end();
});

shell.run();
