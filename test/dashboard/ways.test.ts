/** Getting in by a passkey, a provider and a proxy, and the account’s page of them: clicked in a real browser. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, CDPSession, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeApp, type App } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { makePlaces } from '../../server/auth/place.ts';
import { OF_ACCOUNTS } from '../../server/auth/scope.ts';
import { makeSessionCheck } from '../../server/auth/session.ts';
import { readConfig } from '../../server/config.ts';
import { makeAddress } from '../../server/http/address.ts';
import { makeSite, openSite } from '../../server/http/site.ts';
import { makeLog } from '../../server/log.ts';
import { makeProvider } from '../../server/sign-in/oidc/provider.ts';
import { oidcSettings } from '../../server/sign-in/oidc/settings.ts';
import { trustedHeader } from '../../server/sign-in/trusted-header.ts';
import { CLIENT, openProvider, type TestProvider } from '../support/oidc-provider.ts';
import type { TestUser } from '../support/test-server.ts';
import { settled, violations } from './look.ts';
import { enterStage, leaveStage, visit, type Stage } from './scene.ts';

const HEADER = 'X-Forwarded-Email';

type Scene = {
  /** That of all suites, at an address of its own, with a provider, and a header that this machine may send. */
  stage: Stage;
  provider: TestProvider;
  user: TestUser;
  close: () => Promise<void>;
};
const ways = suite<Scene>('the ways in');

/** A folder like a build of aw-webui, whose page says what the API answers to it. */
const makeUi = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kt-ways-'));
  mkdirSync(join(folder, 'js'));
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><html lang="en"><title>a web UI</title><script defer src="/js/app.js"></script></html>',
  );
  writeFileSync(
    join(folder, 'js/app.js'),
    `const key = sessionStorage.getItem('aw-api-token');
    fetch('/api/0/buckets/', { headers: key ? { authorization: 'Bearer ' + key } : {} }).then(({ status }) => {
      document.body.textContent = (key ? 'by a key ' : 'by no key ') + status;
    });`,
  );
  return folder;
};

ways.before(async (scene) => {
  const { server, ...stage } = await enterStage();
  let app: App | undefined;
  const listening = createServer((request, response) => void app!(request, response));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(listening.address() as AddressInfo).port}`;
  scene.provider = await openProvider([
    {
      ...CLIENT,
      redirect_uris: [`${url}/auth/oidc/callback`],
      post_logout_redirect_uris: [`${url}/sign-in`],
    },
  ]);
  const config = readConfig(
    { dataDir: '/nowhere' },
    {
      KT_SERVER_PUBLIC_URL: url,
      KT_SERVER_OIDC_ISSUER: scene.provider.issuer,
      KT_SERVER_OIDC_CLIENT_ID: 'kt',
      KT_SERVER_OIDC_CLIENT_SECRET: CLIENT.client_secret!,
      KT_SERVER_OIDC_NAME: 'the <i>family</i>',
    },
  );
  const { database, resolvers, deps } = server;
  const folder = makeUi();
  const places = makePlaces(config);
  app = makeApp({
    ...{ database, resolvers, places, log: makeLog('silent') },
    address: makeAddress(config),
    site: makeSite({ ui: await openSite(folder, undefined, undefined, '../') }),
    authenticate: makeAuthenticate(database, deps.now, OF_ACCOUNTS, makeSessionCheck(database, deps.now, places)),
    ways: {
      localLogin: true,
      provider: makeProvider(oidcSettings(config)!, Date.now, () => {}),
      proxy: { header: trustedHeader(HEADER, ['127.0.0.1'])!, home: '../' },
      now: Date.now,
    },
  });
  scene.stage = { ...stage, server, url };
  scene.close = async () => {
    listening.closeAllConnections();
    await new Promise<void>((resolve) => listening.close(() => resolve()));
    await scene.provider.close();
    rmSync(folder, { recursive: true });
  };
});
ways.after(async ({ close }) => {
  await close();
  leaveStage();
});
ways.before.each(async (scene) => {
  scene.user = await scene.stage.server.newUser();
  scene.provider.account = { sub: `person of ${scene.user.email}`, email: scene.user.email, email_verified: false };
});

/** A browser with an authenticator that answers by itself, as if its person held a finger on it. */
const visitWithAuthenticator = async (
  stage: Stage,
  user: TestUser | null,
  path: string,
  more: BrowserContextOptions = {},
) => {
  const visited = await visit(stage, user, path, more);
  const devtools = await visited.context.newCDPSession(visited.page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  await settled(visited.page);
  return { ...visited, devtools, authenticatorId };
};
type Held = { readonly devtools: CDPSession; readonly authenticatorId: string };
const credentialsOf = async ({ devtools, authenticatorId }: Held) =>
  (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

const section = (page: Page, title: string) => page.locator('section', { has: page.locator(`h2:text-is("${title}")`) });
const addPasskey = async (page: Page, name: string) => {
  await page.click('button:text("Add a passkey…")');
  await page.fill('dialog input', name);
  await page.click('dialog button.primary');
  await page.waitForSelector('dialog', { state: 'detached' });
};
const signOut = async (page: Page) => {
  await page.click('[popovertarget=more]');
  await page.click('text=Sign out >> visible=true');
  await page.waitForSelector('#key');
};
const BY_PASSKEY = 'button:text("Sign in with a passkey")';
const logOf = async (page: Page): Promise<string[]> =>
  (await section(page, 'Log').locator('li > :nth-child(2)').allTextContents()).map((line) =>
    line.replace(/\s+/g, ' ').trim(),
  );

ways('a passkey is added, named, signs in, and is refused once it was removed', async ({ stage, user }) => {
  const visited = await visitWithAuthenticator(stage, user, '/account');
  const { page, faults, end } = visited;
  const passkeys = section(page, 'Passkeys');
  await page.click('button:text("Add a passkey…")');
  assert.match(await page.inputValue('dialog input'), /^\D* on Linux$/, 'named by the browser, without its version');
  assert.equal(await violations(page), []);
  await page.click('dialog button:text-is("Cancel")');
  await addPasskey(page, ' <b>phone</b> ');
  assert.match((await passkeys.textContent())!, /<b>phone<\/b>.*added Apr 1, 2025.*never used/s);
  const [credential] = await credentialsOf(visited);
  assert.equal([credential!.isResidentCredential, credential!.rpId], [true, 'localhost']);

  await page.click('button:text("Add a passkey…")');
  await page.click('dialog button.primary');
  assert.match((await page.textContent('dialog [role=alert]'))!, /has a passkey for this account already/);
  await page.click('dialog button:text-is("Cancel")');
  await page.click('button[aria-label="<b>phone</b>: Rename…"]');
  await page.fill('dialog input', 'my phone');
  assert.equal(await violations(page), []);
  await page.click('dialog button.primary');
  await passkeys.locator('li:has-text("my phone")').waitFor();

  await signOut(page);
  assert.equal(await violations(page), []);
  await page.click(BY_PASSKEY);
  await page.waitForSelector('nav');
  await settled(page);
  assert.match((await passkeys.textContent())!, /my phone.*used Apr 1, 2025/s);
  const log = await logOf(page);
  assert.match(
    log.join('\n'),
    /^Signed in with a passkey: .* on Linux\nSigned out: a browser\nPasskey added: <b>phone<\/b>\n/,
  );
  assert.match(log.join('\n'), /\nSigned in with an API key: /);

  await page.click('button[aria-label="my phone: Remove…"]');
  assert.match((await page.textContent('dialog'))!, /Remove my phone\?.*signed out.*Then only an API key/s);
  assert.equal(await violations(page), []);
  await page.click('dialog button.danger');
  await page.waitForSelector('#key'); // the session was by it
  await page.click(BY_PASSKEY);
  assert.match((await page.textContent('[role=alert]'))!, /not known here/);
  await page.fill('#key', user.key);
  await page.keyboard.press('Enter');
  await page.waitForSelector('nav');
  await settled(page);
  assert.match((await logOf(page)).join('\n'), /^Passkey removed: my phone$/m);
  assert.equal(faults, []);
  await end();
});

ways('a passkey of another account signs nobody in, whatever it says of its owner and its key', async (scene) => {
  const { stage, user } = scene;
  const theirs = await visitWithAuthenticator(stage, await stage.server.newUser(), '/account');
  await addPasskey(theirs.page, 'theirs');
  const [stolen] = await credentialsOf(theirs);
  const own = await visitWithAuthenticator(stage, user, '/account');
  await addPasskey(own.page, 'own');
  const [mine] = await credentialsOf(own);
  await signOut(own.page);
  const { authenticatorId, devtools, page } = own;
  const attempts = {
    'their key as mine': { ...stolen!, userHandle: mine!.userHandle! },
    'their name with my key': { ...stolen!, privateKey: mine!.privateKey },
    'my name with their key': { ...mine!, privateKey: stolen!.privateKey },
  };
  for (const [what, credential] of Object.entries(attempts)) {
    await devtools.send('WebAuthn.clearCredentials', { authenticatorId });
    await devtools.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 100 } });
    await page.click(BY_PASSKEY);
    await page.locator('[role=alert]').filter({ hasText: 'can not be trusted' }).waitFor();
    assert.is(await page.locator('nav').count(), 0, what);
    await page.reload();
    await settled(page);
  }
  await devtools.send('WebAuthn.clearCredentials', { authenticatorId });
  await devtools.send('WebAuthn.addCredential', { authenticatorId, credential: { ...mine!, signCount: 200 } });
  await page.click(BY_PASSKEY);
  await page.waitForSelector('nav');
  await settled(page);
  assert.match((await logOf(page)).join('\n'), /^Refused: a passkey whose answer does not hold$/m);
  for (const { faults, end } of [theirs, own]) {
    assert.equal(faults, []);
    await end();
  }
});

ways('a passkey that is not there says so, in German too', async ({ stage }) => {
  const { page, faults, end } = await visitWithAuthenticator(stage, null, '/', { locale: 'de-DE' });
  await page.click('button:text("Mit Passkey anmelden")');
  await page.waitForSelector('[role=alert]:has-text("Kein Passkey hat geantwortet")', { timeout: 60_000 });
  assert.equal(faults, []);
  await end();
});

ways('an invitation leads to the public address, whatever address who invites has open', async ({ stage, user }) => {
  await stage.server.resolvers.people.markUser({ email: user.email, on: true });
  const url = stage.url.replace('localhost', '127.0.0.1');
  const { page, faults, end } = await visit({ ...stage, url }, user, '/people');
  await page.fill('form input[type=email]', `new of ${user.email}`.replaceAll(' ', '-'));
  await page.click('button:text-is("Make a link")');
  const link = await page.textContent('.once pre');
  assert.match(link!, new RegExp(`^${stage.url}/welcome#kt_claim_`));
  assert.equal(faults, []);
  await end();
});

ways('a passkey signs in to a web UI, and at a path of the API, too', async ({ stage, user }) => {
  const visited = await visitWithAuthenticator(stage, user, '/account');
  const { page, faults, context, end } = visited;
  await addPasskey(page, 'mine');
  await signOut(page);
  await page.goto(`${stage.url}/aw/#/home`);
  await page.waitForSelector(BY_PASSKEY);
  assert.equal(await violations(page), []);
  await page.click(BY_PASSKEY);
  await page.locator('body', { hasText: 'by no key 200' }).waitFor();
  assert.is(page.url(), `${stage.url}/aw/#/home`);

  await context.clearCookies();
  for (const path of ['/api/0/buckets/', '/api/0/buckets/none/events', '/api']) {
    await page.goto(stage.url + path);
    await page.click(BY_PASSKEY);
    await page.waitForSelector('#shown:not([hidden])');
    await context.clearCookies();
  }
  await page.goto(`${stage.url}/api/0/buckets/`);
  await page.click(BY_PASSKEY);
  await page.locator('pre', { hasText: '{}' }).waitFor();
  await page.reload();
  assert.match((await page.textContent('body'))!, /^\{\}/, 'the browser shows its session from now on');

  await context.clearCookies();
  await visited.devtools.send('WebAuthn.clearCredentials', { authenticatorId: visited.authenticatorId });
  await page.goto(`${stage.url}/aw/`);
  await page.click(BY_PASSKEY);
  await page.locator('[role=alert]', { hasText: 'No passkey answered' }).waitFor({ timeout: 60_000 });
  await page.fill('#key', user.key);
  await page.keyboard.press('Enter');
  await page.locator('body', { hasText: 'by a key 200' }).waitFor();
  assert.equal(
    faults.filter((fault) => !fault.includes('404')),
    [],
  );
  await end();
});

ways('an address that browsers take no passkey for names the one that they do', async ({ stage, user }) => {
  const url = stage.url.replace('localhost', '127.0.0.1');
  const { page, end } = await visit({ ...stage, url }, user, '/account');
  await settled(page);
  const shown = section(page, 'Passkeys');
  assert.match((await shown.textContent())!, `added and used at ${stage.url}, and not`);
  assert.is(await shown.locator('button').count(), 0);
  await end();
  const nobody = await visit({ ...stage, url }, null, '/');
  await nobody.page.waitForSelector('#key');
  assert.is(await nobody.page.locator(BY_PASSKEY).count(), 0);
  const told = nobody.page.waitForResponse(`${url}/auth/ways`);
  await nobody.page.goto(`${url}/aw/`);
  await (await told).finished();
  await nobody.page.waitForSelector('#key');
  assert.ok(await nobody.page.locator(BY_PASSKEY).isHidden());
  await nobody.end();
});

/** What went wrong, without that the browser was at the provider. */
const withoutProvider = (faults: readonly string[], { issuer }: TestProvider): string[] =>
  faults.filter((fault) => !fault.startsWith(`asks ${issuer}`));
const CONNECT = 'button:has-text("Connect the <i>family</i>")';
const BY_PROVIDER = 'a:has-text("Sign in with the <i>family</i>")';

ways('a provider is connected, signs in, and is disconnected', async ({ stage, provider, user }) => {
  const { page, faults, end } = await visit(stage, user, '/account');
  await settled(page);
  await page.click(CONNECT);
  const shown = section(page, 'Sign-in through a provider');
  await shown.locator('li').waitFor();
  assert.match(
    (await shown.textContent())!,
    new RegExp(`the <i>family</i>: ${user.email}.*connected Apr 1, 2025.*never used`, 's'),
  );
  assert.equal(await violations(page), []);
  await signOut(page);
  await page.click(BY_PROVIDER);
  await page.waitForSelector('nav');
  await page.goto(`${stage.url}/account`);
  await settled(page);
  assert.match((await shown.textContent())!, /used Apr 1, 2025/);
  assert.match(
    (await logOf(page)).join('\n'),
    /^Signed in through the provider: .*^Sign-in connected: .*http:\/\/127\.0\.0\.1/ms,
  );
  await page.click('button[aria-label$="Disconnect…"]');
  assert.match((await page.textContent('dialog'))!, /Disconnect .* at the <i>family<\/i>\?.*Then only an API key/s);
  assert.equal(await violations(page), []);
  await page.click('dialog button.danger');
  await page.waitForSelector('#key'); // the session was by it
  await page.click(BY_PROVIDER);
  await page.waitForSelector('h1:text-is("Not signed in")');
  assert.match((await page.textContent('main:not([hidden])'))!, /nobody here is connected with you/);
  assert.equal(
    withoutProvider(faults, provider).filter((fault) => !fault.includes('403')),
    [],
  );
  await end();
});

ways('whom the provider sends back who is not let in reads why, in the language that they chose', async (scene) => {
  const { stage, provider } = scene;
  const { page, faults, end } = await visit(stage, null, '/', { locale: 'de-DE' });
  const refused = async () => {
    await page.click('a:has-text("<i>family</i>")');
    await page.waitForURL(/callback/);
    return page.evaluate(() => [
      document.documentElement.lang,
      document.title,
      document.querySelector('main:not([hidden])')!.textContent,
    ]);
  };
  const [language, title, text] = await refused();
  assert.equal([language, title], ['de', 'Nicht angemeldet · kt-server']);
  assert.match(
    text!,
    /^Nicht angemeldetMit Ihnen bei the <i>family<\/i> ist hier kein Konto verbunden\..*Der Server sagt: nobody here/,
  );
  assert.equal(await violations(page), []);
  await page.click('main:not([hidden]) a');
  await page.waitForSelector('#key');
  await page.evaluate(() => localStorage.setItem('kt-language', 'en'));
  await page.reload();
  const [chosen, , english] = await refused();
  assert.is(chosen, 'en');
  assert.match(english!, /^Not signed innobody here is connected with you/);
  assert.equal(
    withoutProvider(faults, provider).filter((fault) => !fault.includes('403')),
    [],
  );
  await end();
});

ways('a proxy that says who it is signs in by a click, and not by itself', async ({ stage, user }) => {
  const { page, faults, end } = await visit(stage, null, '/devices', { extraHTTPHeaders: { [HEADER]: user.email } });
  await page.click(`a:text-is("Sign in as ${user.email}")`);
  await page.waitForSelector('nav');
  await page.goto(`${stage.url}/account`);
  await settled(page);
  assert.match((await logOf(page)).join('\n'), /^Signed in through the proxy: /);
  await signOut(page);
  assert.is(await page.locator('nav').count(), 0);
  assert.equal(faults, []);
  await end();
});

for (const colorScheme of ['light', 'dark'] as const)
  ways(`the page that offers them is for everybody, and fits 320 px, ${colorScheme}`, async ({ stage, user }) => {
    const viewport = { width: 320, height: 640 };
    const options = { colorScheme, viewport, extraHTTPHeaders: { [HEADER]: user.email } };
    const { page, faults, end } = await visit(stage, null, '/', options);
    await page.waitForSelector(BY_PASSKEY);
    await page.waitForSelector(BY_PROVIDER);
    assert.equal(await violations(page), []);
    assert.is(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
    assert.equal(faults, []);
    await end();
  });

ways.run();
