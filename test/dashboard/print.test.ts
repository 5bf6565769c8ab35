/** Screens on paper: what is read, without what only a screen has, and light whatever colours that has. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { settled, violations } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const print = suite<{ stage: Stage }>('the dashboard on paper');
print.before(async (scene) => {
  scene.stage = await enterStage();
});
print.after(leaveStage);

/** An A4 page with its margins, in CSS pixels. */
const PAPER = { width: 718, height: 1047 };

for (const [path, what] of [
  ['/day/2025-03-28', 'h1, .huge, section li .number'],
  ['/explore?in=week/2025-03-24&by=app', 'h1, .total, [data-table] tbody td'],
] as const)
  for (const dark of ['system', 'chosen'] as const)
    print(`has no navigation and light colours where the ${dark} ones are dark: ${path}`, async ({ stage }) => {
      const { page, faults, end } = await visit(stage, stage.person, path, {
        viewport: PAPER,
        colorScheme: dark === 'system' ? 'dark' : 'light',
      });
      await settled(page);
      if (dark === 'chosen') await page.evaluate(() => (document.documentElement.dataset['theme'] = 'dark'));
      const sheet = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      assert.is.not(await sheet(), 'rgb(255, 255, 255)', 'the screen is dark');
      const read = await page.locator(what).allTextContents();
      await page.emulateMedia({ media: 'print' });
      assert.is(await sheet(), 'rgb(255, 255, 255)');
      assert.is(await page.evaluate(() => getComputedStyle(document.body).color), 'rgb(0, 0, 0)');
      for (const tool of ['nav', 'header', 'input', '[popovertarget]', '.spans', 'main li select', 'summary'])
        assert.is(await page.locator(tool).locator('visible=true').count(), 0, tool);
      assert.ok(read.length > 10);
      assert.equal(
        await page.locator(what).locator('visible=true').allTextContents(),
        read,
        'what is read is all there',
      );
      assert.is(await page.evaluate(() => document.documentElement.scrollWidth), PAPER.width);
      assert.equal(await violations(page), []);
      assert.equal(faults, []);
      await end();
    });

print.run();
