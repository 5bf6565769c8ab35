/** The page of devices: what each has, what is here, and what is known of both being equal. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, register, sent } from '../support/pushing.ts';
import { settled, violations } from './look.ts';
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

const DAY = 86_400;
devices('shows a bucket’s days with their counts once it is opened: equal, different, unknown', async ({ stage }) => {
  const user = await stage.server.newUser();
  const { id, push } = await newDevice(user, '<b>desk</b>');
  const [before, first, second, third] = [sent(1, -DAY), sent(2, 0), sent(3, 60), sent(4, DAY)];
  await push(bucketWith([sent(6, -366 * DAY), before!, first!, second!, third!, sent(5, 2 * DAY)]));
  const provenAt = '2024-06-02T12:00:00Z';
  const window = {
    bucketId: 'window',
    outcome: 'IN_STEP',
    deviceEventCount: 6,
    serverEventCount: 6,
    stretches: [{ firstDay: '2024-05-31', lastDay: '2024-06-02', provenAt }],
    differing: [{ day: '2024-06-01', deviceEventCount: 3, serverEventCount: 1 }],
  };
  const proof = { accountId: user.userId, passAt: provenAt, revision: '1', buckets: [window] };
  await register(user, { deviceId: id, hostname: '<b>desk</b>', proof });
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = { width: 320, height: 640 };
    const { page, faults, end } = await visit(stage, user, '/devices', { viewport, colorScheme });
    let questions = 0;
    page.on('request', (request) => (questions += request.postData()?.includes('DaysOfBucket') ? 1 : 0));
    await settled(page);
    assert.is(questions, 0);
    await page.focus('summary:text-is("Day by day")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-state]');
    assert.is(questions, 1);
    const told = (day: string) => page.getAttribute(`[data-day="${day}"]`, 'aria-label');
    assert.is(await told('2024-05-31'), 'Friday, May 31: 2 here, found equal there as of Jun 2, 2024, 12:00 PM');
    assert.match((await told('2024-06-01'))!, 'differs: 1 here, 3 there when they were compared');
    assert.match((await told('2024-06-02'))!, '1 here, found equal there as of');
    assert.match((await told('2024-05-30'))!, '1 here; not known of the device');
    assert.match((await told('2024-05-29'))!, 'nothing here, and nothing is told of it');
    assert.match((await page.textContent('details[open]'))!, 'changed here since that pass');
    assert.equal(
      await page.$$eval('[data-state]:not(.nothing)', (all) => all.map((each) => each.className.split(' ')[0])),
      ['unknown', 'equal', 'differs', 'equal'],
    );
    assert.equal(await violations(page), [], colorScheme);
    assert.is(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
    // One year has a day that the other does not; the arrows go from day to day.
    await page.selectOption('details[open] select', '2023');
    assert.match((await told('2023-05-31'))!, '1 here; not known of the device');
    await page.focus('details[open] [data-day][tabindex="0"]');
    await page.keyboard.press('ArrowUp');
    assert.is(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['day']), '2023-12-24');
    assert.equal(faults, []);
    await end();
  }
});

devices.run();
