/** The dashboard's page of the account: its calendar, who has access, what it holds, and its end. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, sent } from '../support/pushing.ts';
import type { TestUser } from '../support/test-server.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const account = suite<{ stage: Stage; user: TestUser }>('the dashboard’s page of an account');
account.before(async (scene) => {
  scene.stage = await enterStage();
});
account.after(leaveStage);
account.before.each(async (scene) => {
  scene.user = await scene.stage.server.newUser();
  const device = await newDevice(scene.user, '<b>laptop</b>');
  await device.push(bucketWith([sent(1, 0), sent(2, 60)], { bucketId: 'a "bucket" <script>' }));
});

const open = async (stage: Stage, user: TestUser, options = {}) => {
  const visited = await visit(stage, user, '/account', options);
  await visited.page.waitForSelector('h2:text("About"), h2:text("Über")');
  return visited;
};

account('shows keys, browsers and buckets, whose names are text', async ({ stage, user }) => {
  const { page, faults, end } = await open(stage, user);
  const text = (await page.textContent('main')) ?? '';
  for (const shown of [
    'a "bucket" <script>',
    '<b>laptop</b>, 2 events',
    '(this one)',
    'kt-server 0.',
    user.key.slice(0, 8),
  ])
    assert.ok(text.includes(shown), `${shown} in ${text}`);
  assert.equal(
    await page.$$eval('a[download]', (links) =>
      links.map((link) => new URL((link as HTMLAnchorElement).href).pathname),
    ),
    ['/api/0/export', '/api/0/buckets/a%20%22bucket%22%20%3Cscript%3E/export'],
  );
  assert.equal(faults, []);
  await end();
});

account('stores how days are counted as aw-webui does', async ({ stage, user }) => {
  const { page, faults, end } = await open(stage, user);
  await page.selectOption('main select >> nth=0', 'Australia/Sydney');
  await page.fill('input[type=time]', '00:30');
  await page.dispatchEvent('input[type=time]', 'change');
  await page.selectOption('main select >> nth=1', 'Sunday');
  const stored = async (): Promise<string> => {
    const { settings } = await user.graphql<any>('{ settings { key value } }');
    return settings.map(({ key, value }: any) => `${key}=${value}`).join(' ');
  };
  for (let tries = 0; tries < 50 && (await stored()).split(' ').length < 3; tries++) await page.waitForTimeout(100);
  assert.is(await stored(), 'startOfDay=00:30 startOfWeek=Sunday timeZone=Australia/Sydney');
  assert.equal(faults, []);
  await end();
});

account('signs another browser out, and deletes a bucket once that was confirmed', async ({ stage, user }) => {
  const other = await visit(stage, user, '/account');
  const { page, faults, end } = await open(stage, user);
  await page.click('button:text("Sign out"):visible');
  await page.waitForSelector('button:text("Sign out"):visible', { state: 'detached' });
  await other.page.keyboard.press('t'); // which asks for something
  await other.page.waitForSelector('#key');
  await page.click('button:text("Delete…")');
  await page.waitForSelector('dialog[open]');
  await page.click('dialog button:text-is("Cancel")');
  assert.is((await user.graphql<any>('{ buckets { id } }')).buckets.length, 1);
  await page.click('button:text("Delete…")');
  await page.click('dialog button:text-is("Delete")');
  await page.waitForSelector('button:text("Delete…")', { state: 'detached' });
  assert.is((await user.graphql<any>('{ buckets { id } }')).buckets.length, 0);
  assert.equal(faults, []);
  await other.end();
  await end();
});

account('deletes the account once its address was typed, and signs out', async ({ stage, user }) => {
  const { page, faults, end } = await open(stage, user);
  const button = page.locator('button:text("Delete all of it")');
  await page.fill('input[type=email]', 'somebody@example.org');
  assert.ok(await button.isDisabled());
  await page.fill('input[type=email]', user.email.toUpperCase());
  await button.click();
  await page.waitForSelector('#key');
  assert.is((await user.fetch('/api/0/buckets')).status, 401);
  assert.equal(faults, []);
  await end();
});

account('speaks German', async ({ stage, user }) => {
  const { page, end } = await open(stage, user, { locale: 'de-DE' });
  assert.ok((await page.textContent('main'))!.includes('Wie Tage gezählt werden'));
  await end();
});

account.run();
