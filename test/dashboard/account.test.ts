/** The dashboard's page of the account: its calendar, who has access, what it holds, and its end. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, sent } from '../support/pushing.ts';
import type { TestUser } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { isForEverybody, settled, violations } from './look.ts';
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
  await settled(visited.page);
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
  await until('all three are stored', async () => (await stored()).split(' ').length === 3);
  assert.is(await stored(), 'startOfDay=00:30 startOfWeek=Sunday timeZone=Australia/Sydney');
  assert.equal(faults, []);
  await end();
});

account('signs another browser out, and deletes a bucket once that was confirmed', async ({ stage, user }) => {
  const other = await visit(stage, user, '/account');
  await settled(other.page); // or it hears no key yet
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

/** A GraphQL request with a key: its status and answer. */
const askedWith = async ({ url }: Stage, key: string, query: string) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return { status: response.status, ...((await response.json()) as { data?: any; errors?: any[] }) };
};

account('makes a key for a device, shows it once, and revokes it', async ({ stage, user }) => {
  const { page, faults, end } = await open(stage, user);
  await page.click('button:text("New key")');
  await page.fill('dialog input:not([type=radio])', '<i>watch</i>');
  await page.selectOption('dialog select >> nth=0', { label: '<b>laptop</b>' });
  await page.selectOption('dialog select >> nth=1', { label: 'In 30 days' });
  assert.equal(await violations(page), []);
  await page.click('dialog button:text-is("Make a key")');
  const key = (await page.textContent('.once pre'))!;
  assert.match(key, /^kt_/);
  const made = (await page.textContent('.once'))!;
  for (const shown of ['<i>watch</i>', 'it is shown this once', 'for <b>laptop</b> only', 'ends May 1, 2025'])
    assert.ok(made.includes(shown), `${shown} in ${made}`);
  assert.equal(await violations(page), []);

  const { data } = await askedWith(stage, key, '{ viewer { email access { scope deviceId } } }');
  const { devices } = await user.graphql<any>('{ devices { deviceId } }');
  assert.equal(data.viewer, { email: user.email, access: { scope: 'PUSH', deviceId: devices[0].deviceId } });
  assert.is((await askedWith(stage, key, '{ viewer { apiKeys { name } } }')).errors?.[0].extensions.code, 'FORBIDDEN');

  await page.reload();
  await settled(page);
  const { length } = await page.$$('.once');
  assert.is(length, 0);
  const html = await page.content();
  assert.ok(html.includes(key.slice(0, 8)) && !html.includes(key), 'its first letters alone are there');

  const row = page.locator('li', { hasText: '<i>watch</i>' }).filter({ has: page.locator('button') });
  assert.match(
    (await row.textContent())!,
    /Sync, for <b>laptop<\/b> only, ends May 1, 2025, used Apr 1, 2025.* from 127\./,
  );
  await row.locator('button').click();
  assert.match((await page.textContent('dialog'))!, /Revoke <i>watch<\/i> \(kt_.*refused at once/);
  await page.click('dialog button:text-is("Cancel")');
  assert.is((await askedWith(stage, key, '{ viewer { email } }')).status, 200, 'not yet');
  await row.locator('button').click();
  await page.click('dialog button:text-is("Revoke")');
  await page.waitForSelector('summary:text("Revoked and ended: 1")');
  assert.is((await askedWith(stage, key, '{ viewer { email } }')).status, 401);
  // Who is refused does not wait until that is noted.
  await until('the refusal is noted', async () => {
    const { viewer } = await user.graphql<any>('{ viewer { log(first: 20) { edges { node { happened } } } } }');
    return viewer.log.edges.some(({ node }: any) => node.happened === 'REFUSED');
  });

  await page.reload();
  await settled(page);
  const log = page.locator('section', { has: page.locator('h2:text-is("Log")') });
  const lines = (await log.locator('li').allTextContents()).map((line) => line.replace(/\s+/g, ' '));
  for (const said of [/Refused: .*revoked.* 127\./, /Key revoked: kt_.*<i>watch<\/i>/, /Key made: kt_.*<i>watch<\/i>/])
    assert.ok(
      lines.some((line) => said.test(line)),
      `${said} in ${lines.join(' | ')}`,
    );
  assert.equal(faults, []);
  await end();
});

account('shows older entries of the log when asked', async ({ stage, user }) => {
  for (let made = 1; made <= 12; made++)
    await user.graphql(`mutation { createApiKey(input: { name: "number ${made}.", scope: READ }) { key } }`);
  const { page, faults, end } = await open(stage, user);
  const log = page.locator('section', { has: page.locator('h2:text-is("Log")') });
  assert.is(await log.locator('li').count(), 10);
  await log.locator('button:text("Show more")').click();
  await log.locator('li:has-text("number 1.")').waitFor();
  assert.is(await log.locator('button').count(), 0, 'no more');
  // Something new goes in front of what was asked for.
  await page.click('button[aria-label^="number 7."]');
  await page.click('dialog button:text-is("Revoke")');
  await log.locator('li:has-text("Key revoked")').waitFor();
  const numbers = (await log.locator('li').allTextContents()).flatMap(
    (line) => line.match(/number (\d+)\./)?.[1] ?? [],
  );
  assert.equal(numbers, ['7', '12', '11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1']);
  assert.equal(faults, []);
  await end();
});

account('tells who came with a key that only reads that keys are not for it', async ({ stage, user }) => {
  const made = await user.graphql<any>('mutation { createApiKey(input: { name: "", scope: READ }) { key } }');
  const { page, end } = await open(stage, { ...user, key: made.createApiKey.key });
  const text = (await page.textContent('main'))!;
  assert.match(text, /Browsers, passkeys, keys and log.*is not for a key of scope "read".*take one of scope full/s);
  assert.ok(text.includes('a "bucket" <script>'), 'the rest is there');
  assert.is(await page.locator('button:text("New key")').count(), 0);
  await end();
});

account('is for everybody, and fits 320 px', ({ stage }) => isForEverybody(stage, '/account'));

account('speaks German', async ({ stage, user }) => {
  const { page, end } = await open(stage, user, { locale: 'de-DE' });
  assert.ok((await page.textContent('main'))!.includes('Wie Tage gezählt werden'));
  await end();
});

account.run();
