/** The dashboard's page that lets a device in. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestUser } from '../support/test-server.ts';
import { violations } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const device = suite<{ stage: Stage; user: TestUser }>('the dashboard’s page that lets a device in');
device.before(async (scene) => {
  scene.stage = await enterStage();
});
device.after(leaveStage);
device.before.each(async (scene) => {
  scene.user = await scene.stage.server.newUser();
});

const asked = ({ server }: Stage, hostname = '<b>laptop</b>') =>
  server.resolvers.deviceGrants.ask({ hostname, deviceId: null, address: '192.0.2.7' }, null);

device('shows who asks once the code is typed, and lets it in when that is pressed', async ({ stage, user }) => {
  const { userCode, deviceCode } = await asked(stage);
  const { page, faults, end } = await visit(stage, user, '/device');
  await page.waitForSelector('#code:focus');
  await page.keyboard.type(userCode.toLowerCase());
  await page.keyboard.press('Enter');
  await page.waitForSelector('h2:focus');
  const text = (await page.textContent('main')) ?? '';
  for (const shown of ['<b>laptop</b> asks', '192.0.2.7', user.email, userCode])
    assert.ok(text.includes(shown), `${shown} in ${text}`);
  assert.is((await stage.server.resolvers.deviceGrants.poll(deviceCode)).state, 'pending');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('h2:text("The device is let in")');
  const { viewer } = await user.graphql<any>('{ viewer { apiKeys { name } } }');
  assert.equal(viewer.apiKeys.length, 1, 'its key is made when it asks for it');
  assert.equal(faults, []);
  await end();
});

device('does nothing by a link alone: it asks first, and forgets the code', async ({ stage, user }) => {
  const { userCode, deviceCode } = await asked(stage);
  const { page, faults, end } = await visit(stage, user, `/device?code=${userCode}`);
  await page.waitForSelector('#code');
  assert.is(await page.inputValue('#code'), userCode);
  assert.is(new URL(page.url()).search, '');
  await page.click('button:text("Continue")');
  await page.click('button:text("Deny")');
  await page.waitForSelector('h2:text("Denied")');
  assert.is((await stage.server.resolvers.deviceGrants.poll(deviceCode)).state, 'denied');
  assert.equal(faults, []);
  await end();
});

device('says why a code does not do', async ({ stage, user }) => {
  const { page, end } = await visit(stage, user, '/device');
  await page.fill('#code', 'BCDF-GHJK');
  await page.click('button:text("Continue")');
  assert.match((await page.textContent('[role=alert]')) ?? '', /no device waits with this code/);
  await end();
});

device('asks whoever is not signed in to sign in first, and goes on with the code', async ({ stage, user }) => {
  const { userCode } = await asked(stage);
  const { page, end } = await visit(stage, null, `/device?code=${userCode}`);
  await page.fill('#key', user.key);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#code');
  assert.is(await page.inputValue('#code'), userCode);
  await end();
});

device('is readable to everybody, in 320 pixels too', async ({ stage, user }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { userCode } = await asked(stage, `a-very-long-hostname-${'x'.repeat(150)}`);
    const { page, end } = await visit(stage, user, `/device?code=${userCode}`, {
      colorScheme,
      viewport: { width: 320, height: 640 },
    });
    await page.click('button:text("Continue")');
    await page.waitForSelector('h2:focus');
    assert.equal(await violations(page), [], colorScheme);
    assert.is(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    await end();
  }
});

device.run();
