/** The dashboard's page of who is on the server: for who administers it alone. */
import type { Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, sent } from '../support/pushing.ts';
import { driverOf } from '../../server/storage/database.ts';
import type { TestUser } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import { isForEverybody, settled, violations } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const people = suite<{ stage: Stage; admin: TestUser }>('the dashboard’s page of people');
people.before(async (scene) => {
  scene.stage = await enterStage();
  scene.admin = await scene.stage.server.newUser();
  await scene.stage.server.resolvers.people.markUser({ email: scene.admin.email, on: true });
});
people.after(leaveStage);

const NEW = () => `new-${crypto.randomUUID().slice(0, 8)}@example.org`;
const open = async (stage: Stage, user: TestUser, options = {}) => {
  const visited = await visit(stage, user, '/people', options);
  await settled(visited.page);
  return visited;
};
/** Somebody's row, on whichever page of the list: all suites of a run have their people here, hundreds of them. */
const rowOf = async (page: Page, email: string) => {
  const row = page.locator('li', { hasText: email });
  const more = page.locator('main button:text-is("Show more")');
  await until(`${email} is listed`, async () => {
    if ((await row.count()) > 0) return true;
    if ((await more.count()) === 0) return false; // the page that was asked for is on its way
    const pages = await page.locator('main ul.stack').count();
    await more.click();
    await page.locator(`main ul.stack >> nth=${pages}`).waitFor();
    return false;
  });
  return row;
};
const invite = async (page: Page, email: string): Promise<string> => {
  await page.fill('form input[type=email]', email);
  await page.click('button:text-is("Make a link")');
  await page.locator('.once', { hasText: email }).waitFor();
  return (await page.textContent('.once pre'))!;
};

people('is led to by who administers the server, and by nobody else', async ({ stage, admin }) => {
  const other = await stage.server.newUser();
  const theirs = await visit(stage, other, '/people');
  await theirs.page.waitForSelector('main [role=alert]');
  assert.match((await theirs.page.textContent('main'))!, /for who administers this server/);
  assert.is(await theirs.page.locator('nav a:text-is("People")').count(), 0);
  assert.not.match((await theirs.page.textContent('main'))!, new RegExp(admin.email));
  await theirs.end();
  const { page, faults, end } = await visit(stage, admin, '/');
  await page.click('nav a:text-is("People")');
  await (await rowOf(page, admin.email)).locator('text=(you)').waitFor();
  assert.equal(faults, []);
  await end();
});

people('invites somebody, who is greeted once, and withdraws', async ({ stage, admin }) => {
  const { page, faults, end } = await open(stage, admin);
  const [bert, carl] = [NEW(), NEW()];
  const first = await invite(page, bert);
  const row = await rowOf(page, bert);
  assert.match((await row.textContent())!, /Invited, until Apr 8, 2025/);
  await row.locator('button', { hasText: 'New link' }).click();
  await page.waitForFunction((former) => document.querySelector('.once pre')?.textContent !== former, first);
  const link = (await page.textContent('.once pre'))!;
  assert.match(link, new RegExp(`^${stage.url}/welcome#kt_claim_`));
  assert.equal(await violations(page), []);

  for (const [address, says] of [
    [first, /The link did not work.*invitation has expired, or a newer one took its place: ask who invited you/s],
    [link, new RegExp(`Welcome.*${bert} is your account here.*Connect your first device`, 's')],
    [link, /The link did not work.*was used already/s],
  ] as const) {
    const theirs = await visit(stage, null, new URL(address).pathname + new URL(address).hash);
    await settled(theirs.page);
    await theirs.page.locator('h1').waitFor();
    const text = (await theirs.page.textContent('main'))!;
    assert.match(text, says);
    if (text.includes('Welcome')) {
      assert.equal(await violations(theirs.page), []);
      assert.not.match(theirs.page.url(), /kt_claim/);
      await theirs.page.click('a:text("under Account")');
      await theirs.page.waitForSelector('h1:text-is("Account")');
    }
    await theirs.end();
  }

  await invite(page, carl);
  await page.click('button:text-is("I have it")');
  assert.is(await page.locator('.once').count(), 0);
  const gone = await rowOf(page, carl);
  await gone.locator('button', { hasText: 'Withdraw' }).click();
  await page.click('dialog button:text-is("Withdraw")');
  await gone.waitFor({ state: 'detached' });
  // Each page of the list is asked for again by itself.
  await row.filter({ hasText: 'last seen' }).waitFor();
  assert.match((await row.textContent())!, /last seen Apr 1, 2025.*0 devices, 0 events/s);
  await page.fill('form input[type=email]', bert);
  await page.click('button:text-is("Make a link")');
  await page.locator('form [role=alert]', { hasText: 'has an account here already' }).waitFor();
  assert.equal(
    faults.filter((fault) => !fault.includes('409')),
    [],
  );
  await end();
});

people('keeps the address that is typed while the list is still asked for again', async ({ stage, admin }) => {
  const { page, faults, end } = await open(stage, admin);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('query People')) await held;
    await route.continue();
  });
  await invite(page, NEW());
  await page.fill('form input[type=email]', 'next@example.org');
  release();
  await page.waitForSelector('button:text-is("Make a link"):enabled');
  assert.is(await page.inputValue('form input[type=email]'), 'next@example.org');
  assert.equal(faults, []);
  await end();
});

people('names another administrator, and deletes an account once its address was typed', async ({ stage, admin }) => {
  const other = await stage.server.newUser();
  const device = await newDevice(other, 'what nobody else may read');
  await device.push(bucketWith([sent(1, 0), sent(2, 60)]));
  const { page, faults, end } = await open(stage, admin);
  const row = await rowOf(page, other.email);
  assert.match((await row.textContent())!, /1 device, 2 events/);
  await row.locator('button', { hasText: 'Make administrator' }).click();
  await page.click('dialog button:text-is("Make administrator")');
  await row.locator('.mark').waitFor();
  assert.ok((await other.graphql<any>('{ viewer { isAdmin } }')).viewer.isAdmin);
  await row.locator('button', { hasText: 'No administrator any more' }).click();
  await page.click('dialog button:text-is("Take it away")');
  await row.locator('.mark').waitFor({ state: 'detached' });
  await row.locator('button', { hasText: 'Delete' }).click();
  const button = page.locator('dialog button:text-is("Delete all of it")');
  await page.fill('dialog input[type=email]', admin.email);
  assert.ok(await button.isDisabled());
  assert.equal(await violations(page), []);
  await page.fill('dialog input[type=email]', other.email.toUpperCase());
  await button.click();
  await row.waitFor({ state: 'detached' });
  assert.is((await other.fetch('/api/0/buckets/')).status, 401);
  assert.not.match((await page.textContent('main'))!, /nobody else may read/);
  assert.equal(faults, []);
  await end();
});

people('says where an account was moved to', async ({ stage, admin }) => {
  const other = await stage.server.newUser();
  const { script } = driverOf(stage.server.database);
  await script(`update users set moved_to = 'https://cell2.example/<b>' where id = '${other.userId}'`);
  const { page, faults, end } = await open(stage, admin);
  assert.match((await (await rowOf(page, other.email)).textContent())!, /Moved to https:\/\/cell2\.example\/<b>/);
  assert.equal(faults, []);
  await end();
});

people('is for everybody, fits 320 px, and speaks German', async ({ stage }) => {
  const { markUser } = stage.server.resolvers.people;
  await markUser({ email: stage.person.email, on: true });
  try {
    await isForEverybody(stage, '/people');
    const { page, end } = await open(stage, stage.person, { locale: 'de-DE' });
    assert.match((await page.textContent('main'))!, /Jemanden einladen.*Konten/s);
    await end();
  } finally {
    await markUser({ email: stage.person.email, on: false });
  }
});

people.run();
