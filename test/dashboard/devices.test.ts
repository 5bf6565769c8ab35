/** The page of devices: what each has, what is here, and what is known of both being equal. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const devices = suite<{ stage: Stage }>('the page of devices');
devices.before(async (scene) => {
  scene.stage = await enterStage();
});
devices.after(leaveStage);

devices('shows each bucket with its events, and claims nothing that no device told', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, stage.person, '/devices', { viewport: { width: 320, height: 640 } });
  await page.waitForSelector('section h2');
  const { buckets } = await stage.person.graphql<{ buckets: { bucketId: string; eventCount: number }[] }>(
    '{ buckets { bucketId eventCount } }',
  );
  const shown = await page.$$eval('section > ul > li', (items) =>
    items.map((item) => [
      item.querySelector('.name')!.textContent!,
      item.querySelector('.number')!.textContent!.trim(),
      item.querySelector('.state')!.textContent!.trim(),
    ]),
  );
  assert.equal(
    shown.sort(),
    buckets
      .map(({ bucketId, eventCount }) => [
        bucketId,
        `${eventCount.toLocaleString('en')} here`,
        'The device told nothing of it.',
      ])
      .sort(),
  );
  assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  assert.equal(faults, []);
  await end();
});

devices('gives a device a name, and its own again', async ({ stage }) => {
  const { page, faults, end } = await visit(stage, stage.person, '/devices');
  await page.click('section:has-text("desktop") >> text=Rename');
  await page.fill('[name=label]', 'Desk <b>');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h2:text-is("Desk <b>")');
  await page.click('section:has-text("Desk <b>") >> text=Rename');
  await page.fill('[name=label]', '');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h2:text-is("desktop")');
  assert.equal(faults, []);
  await end();
});

devices.run();
