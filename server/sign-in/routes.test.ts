import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBrowser, type Browser } from '../../test/support/browser.ts';
import { bucketWith, newDevice, sent } from '../../test/support/pushing.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { until } from '../../test/support/until.ts';
import { makeApp, type App } from '../app.ts';
import { makeAuthenticate, makeNoAuthentication } from '../auth/authenticate.ts';
import { makePlaces } from '../auth/place.ts';
import { OF_ACCOUNTS } from '../auth/scope.ts';
import { makeSessionCheck } from '../auth/session.ts';
import { makeLog } from '../log.ts';
import { driverOf } from '../storage/database.ts';

const DAY = 86_400_000;
/** A clock that tests set, a user, and a browser of his on this machine. */
type Scene = {
  clock: { now: Date };
  server: TestServer;
  app: App;
  user: TestUser;
  browser: Browser;
  log: string[];
};
const signIn = suite<Scene>('signing in');

const HOME = 'http://127.0.0.1:5700';
const PUBLIC = 'https://kt.example.org';

const appOf = ({ server: { database, resolvers }, clock, log }: Scene, publicUrl = '') => {
  const now = () => clock.now;
  const places = makePlaces({ publicUrl, trustProxy: true });
  const authenticate = makeAuthenticate(database, now, OF_ACCOUNTS, makeSessionCheck(database, now, places));
  const out = { write: (line: string) => log.push(line) } as never;
  return makeApp({ database, resolvers, authenticate, places, log: makeLog('debug', 'json', out) });
};

signIn.before(async (scene) => {
  scene.log = [];
  scene.clock = { now: new Date() };
  scene.server = await openTestServer(() => scene.clock.now);
  scene.app = appOf(scene);
});
signIn.before.each(async (scene) => {
  scene.log.length = 0;
  scene.clock.now = new Date('2030-01-01T00:00:00Z');
  scene.user = await scene.server.newUser();
  scene.browser = openBrowser(scene.app, HOME);
});

const keyIdOf = async ({ server, user }: Scene): Promise<string> => {
  const rows = await driverOf(server.database).rows<{ id: string }>(
    `select id::text as id from api_keys where account = ${user.account} order by created_at limit 1`,
  );
  return rows[0]!.id;
};
const enter = (browser: Browser, key: string) => browser.ask('POST', '/auth/session', { key });
const who = async (browser: Browser) => {
  const { status, body } = await browser.ask('GET', '/auth/session');
  return [status, status === 200 ? body.via : body.reason];
};
/** Lets the server's background work, which no request waits for, come to its end. */
const settled = async ({ server }: Scene) => {
  for (let n = 0; n < 5; n++) await driverOf(server.database).rows('select 1');
};
/** When the newest session of the scene's account was last seen, in ms. */
const lastSeen = async ({ server, user }: Scene): Promise<number> => {
  const [row] = await driverOf(server.database).rows<{ at: string }>(
    `select extract(epoch from max(last_seen_at))::text as at from sessions where account = ${user.account}`,
  );
  return Number(row!.at) * 1000;
};
/** Requests do not wait for it to be noted that a session was seen. */
const noted = (scene: Scene, at = scene.clock.now.getTime()) =>
  until('it is noted', async () => Math.round(await lastSeen(scene)) === at);

signIn('changes a key for a cookie, which no page can read, and which lets in as the key does', async (scene) => {
  const { browser, user } = scene;
  assert.equal(await who(browser), [401, 'none']);
  const entered = await enter(browser, user.key);
  const told = { user: { id: user.userId, email: user.email }, via: 'session', insecure: false };
  assert.equal([entered.status, entered.body], [200, told]);
  assert.match(entered.cookies.join(), /^kt=kt_session_[\w-]{43}; Max-Age=15552000; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.is(entered.headers.get('cache-control'), 'no-store');
  assert.equal((await browser.ask('GET', '/auth/session')).body, told);
  assert.is((await browser.ask('HEAD', '/auth/session')).status, 200);
  assert.equal((await browser.ask('POST', '/graphql', { query: '{ viewer { id } }' })).body.data, {
    viewer: { id: user.userId },
  });
  const bucket = { client: 'c', type: 't', hostname: 'h' };
  assert.is((await browser.ask('POST', '/api/0/buckets/b', bucket)).status, 200);
  assert.ok((await browser.ask('GET', '/api/0/buckets/')).body.b);
  assert.is((await browser.ask('DELETE', '/api/0/buckets/b')).status, 200);
});

signIn('sets the cookie that a browser keeps where it is: encrypted, at home, in the open', async (scene) => {
  const ways: [origin: string, publicUrl: string, cookie: RegExp, insecure: boolean][] = [
    [PUBLIC, PUBLIC, /^__Host-kt=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/, false],
    [HOME, '', /^kt=.*; Path=\/; HttpOnly; SameSite=Lax$/, false],
    ['http://nas:5700', '', /^kt=.*; Path=\/; HttpOnly; SameSite=Strict$/, true],
  ];
  for (const [origin, publicUrl, cookie, insecure] of ways) {
    const browser = openBrowser(appOf(scene, publicUrl), origin);
    const { cookies, body } = await enter(browser, scene.user.key);
    assert.match(cookies.join(), cookie, origin);
    assert.is(body.insecure, insecure, origin);
    assert.is((await browser.ask('GET', '/auth/session')).body.insecure, insecure, origin);
    assert.is((await browser.ask('POST', '/graphql', { query: '{ viewer { id } }' })).status, 200, origin);
  }
});

signIn('takes no cookie for what a page of another origin asks, over either API, and says why', async (scene) => {
  const { browser, user } = scene;
  await enter(browser, user.key);
  const query = { query: '{ viewer { id } }' };
  const bucket = { client: 'c', type: 't', hostname: 'h' };
  const forged: [method: string, path: string, body: unknown, more: Record<string, string | null>][] = [
    ['POST', '/graphql', query, { 'sec-fetch-site': 'cross-site' }],
    ['POST', '/graphql', query, { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:5600' }],
    ['POST', '/graphql', query, { 'sec-fetch-site': null, origin: 'http://127.0.0.1:5600' }],
    ['POST', '/graphql', query, { 'sec-fetch-site': null, origin: null }],
    ['POST', '/graphql', query, { 'content-type': 'text/plain' }],
    ['POST', '/graphql', query, { 'content-type': 'application/graphql+json' }],
    ['GET', '/graphql?query={viewer{id}}', undefined, { 'sec-fetch-site': 'cross-site' }],
    ['POST', '/api/0/buckets/forged', bucket, { 'sec-fetch-site': 'cross-site' }],
    ['POST', '/api/0/buckets/forged', bucket, { 'content-type': 'text/plain' }],
    ['DELETE', '/api/0/buckets/b', undefined, { 'sec-fetch-site': 'same-site' }],
    ['POST', '/api/0/import', {}, { 'content-type': 'multipart/form-data; boundary=x' }],
    ['GET', '/api/0/export', undefined, { 'sec-fetch-site': 'cross-site' }],
    ['DELETE', '/auth/session', undefined, { 'sec-fetch-site': 'same-site' }],
  ];
  for (const [method, path, body, more] of forged) {
    const { status, body: told } = await browser.ask(method, path, body, more);
    assert.is(status, 403, `${method} ${path} ${JSON.stringify(more)}`);
    assert.match(told.message ?? told.errors[0].message, /because it(s body is not JSON|.* page of)/, path);
  }
  assert.equal(await who(browser), [200, 'session']);
  assert.equal((await browser.ask('GET', '/api/0/buckets/')).body, {});
});

signIn('asks none of that of a key in a header, which counts alone', async ({ browser, user, server }) => {
  const other = await server.newUser();
  await enter(browser, user.key);
  const more = { 'x-api-key': other.key, 'sec-fetch-site': 'cross-site', 'content-type': 'application/graphql+json' };
  const { body } = await browser.ask('POST', '/graphql', { query: '{ viewer { id } }' }, more);
  assert.is(body.data.viewer.id, other.userId);
  const wrong = await browser.ask('GET', '/api/0/buckets/', undefined, { 'x-api-key': `kt_${'x'.repeat(43)}` });
  assert.is(wrong.status, 401);
});

signIn('is refused to a page of another origin', async ({ browser, user }) => {
  const foreign: Record<string, string | null>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': null, origin: 'https://evil.example' },
  ];
  for (const more of foreign) {
    const { status, cookies } = await browser.ask('POST', '/auth/session', { key: user.key }, more);
    assert.equal([status, cookies], [403, []]);
  }
  const form = await browser.ask('POST', '/auth/session', { key: user.key }, { 'content-type': 'text/plain' });
  assert.equal([form.status, form.cookies], [415, []]);
});

signIn('is refused with what is no key, or no key for it, and says what to do', async (scene) => {
  const { browser, server, user } = scene;
  const { accounts } = server.resolvers;
  const metrics = await accounts.createKey({ email: user.email, name: '', scope: 'metrics' });
  await user.graphql('mutation { registerDevice(input: { deviceId: "d", hostname: "h" }) { accountId } }');
  const bound = await accounts.createKey({ email: user.email, name: '', deviceId: 'd' });
  const cases: [body: unknown, status: number, message: RegExp][] = [
    [{ key: `kt_${'x'.repeat(43)}` }, 401, /not valid: check it/],
    [{ key: '' }, 401, /not valid/],
    [{ key: metrics.key }, 403, /reads \/metrics and nothing else/],
    [{ key: bound.key }, 403, /bound to a device, and signs no browser in/],
    [{ key: 1 }, 422, /^send \{"key": "…"\}$/],
    [{}, 422, /send/],
    [[], 422, /send/],
    [{ key: 'x'.repeat(2_000) }, 413, /at most 1000 bytes/],
    [{ key: user.key, more: [[[[1]]]] }, 413, /./],
  ];
  for (const [body, status, message] of cases) {
    const told = await browser.ask('POST', '/auth/session', body);
    assert.is(told.status, status, JSON.stringify(body));
    assert.match(told.body.message, message);
    assert.equal(told.cookies, []);
    assert.not.match(JSON.stringify(told.body), /stack|kt_\w{10}/);
  }
  assert.equal(await who(browser), [401, 'none']);
});

signIn('is at two paths, with the methods they take', async ({ browser }) => {
  const put = await browser.ask('PUT', '/auth/session', {});
  assert.equal([put.status, put.headers.get('allow')], [405, 'GET, HEAD, POST, DELETE']);
  assert.is((await browser.ask('GET', '/auth/claim')).status, 405);
  for (const path of ['/auth', '/auth/session/x', '/auth/other'])
    assert.is((await browser.ask('GET', path)).status, 404);
  // The path counts as it is decoded.
  assert.is((await browser.ask('GET', '/%61uth//session')).status, 401);
});

signIn('is over when its person signs out: for a copy of the cookie too', async (scene) => {
  const { browser, user } = scene;
  await enter(browser, user.key);
  const copy = openBrowser(scene.app, HOME);
  copy.cookies.set('kt', browser.cookies.get('kt')!);
  const other = openBrowser(scene.app, HOME);
  await enter(other, user.key);
  const left = await browser.ask('DELETE', '/auth/session');
  assert.equal([left.status, left.body, browser.cookies.size], [200, {}, 0]);
  assert.equal(await who(browser), [401, 'none']);
  assert.equal(await who(copy), [401, 'revoked']);
  assert.is((await copy.ask('GET', '/api/0/buckets/')).status, 401);
  assert.is(
    (await copy.ask('POST', '/graphql', { query: '{ viewer { id } }' })).body.errors[0].extensions.reason,
    'revoked',
  );
  assert.equal(await who(other), [200, 'session']);
  // Again, by nobody: the browser forgets what it has all the same.
  assert.is((await copy.ask('DELETE', '/auth/session')).status, 200);
  assert.is(copy.cookies.size, 0);
});

signIn('anew takes the place of the session that the browser had', async (scene) => {
  const { browser, user, server } = scene;
  await enter(browser, user.key);
  const copy = openBrowser(scene.app, HOME);
  copy.cookies.set('kt', browser.cookies.get('kt')!);
  await enter(browser, `kt_${'x'.repeat(43)}`);
  assert.equal(await who(copy), [200, 'session'], 'a sign-in that fails ends nothing');
  await enter(browser, user.key);
  assert.equal(
    [await who(browser), await who(copy)],
    [
      [200, 'session'],
      [401, 'revoked'],
    ],
  );
  assert.is((await server.resolvers.sessions.list({ account: user.account } as never)).length, 1);
});

signIn('ends with its key, at once, and says whether that was revoked or has expired', async (scene) => {
  const { browser, user, server } = scene;
  const id = await keyIdOf(scene);
  await enter(browser, user.key);
  const { script } = driverOf(server.database);
  await script(`update api_keys set expires_at = '2030-01-01T00:10:00Z' where id = '${id}'`);
  assert.equal(await who(browser), [200, 'session']);
  scene.clock.now = new Date('2030-01-01T00:10:00Z');
  assert.equal(await who(browser), [401, 'expired']);
  await script(`update api_keys set expires_at = null where id = '${id}'`);
  assert.equal(await who(browser), [200, 'session']);
  await server.resolvers.accounts.revokeKey(id);
  assert.equal(await who(browser), [401, 'revoked']);
  await script(`delete from api_keys where id = '${id}'`);
  assert.equal(await who(browser), [401, 'expired']);
});

signIn('with a key whose scope was taken back lets nobody in', async (scene) => {
  const { browser, user, server } = scene;
  await enter(browser, user.key);
  await driverOf(server.database).script(`update api_keys set scope = 'push' where id = '${await keyIdOf(scene)}'`);
  const { status, body } = await browser.ask('GET', '/auth/session');
  assert.equal([status, body.code], [403, 'forbidden']);
});

signIn('lasts 30 days from when it was last used, and 180 at most', async (scene) => {
  const { browser, user, clock } = scene;
  const began = clock.now.getTime();
  await enter(browser, user.key);
  for (let day = 29; day < 180; day += 29) {
    clock.now = new Date(began + day * DAY);
    assert.equal(await who(browser), [200, 'session'], `day ${day}`);
    await noted(scene);
  }
  clock.now = new Date(began + 180 * DAY - 1);
  assert.equal(await who(browser), [200, 'session']);
  await noted(scene);
  clock.now = new Date(began + 180 * DAY);
  assert.equal(await who(browser), [401, 'expired']);

  await enter(browser, user.key);
  clock.now = new Date(clock.now.getTime() + 30 * DAY);
  assert.equal(await who(browser), [401, 'expired']);
});

signIn('costs a request one statement, and once a minute another that it does not wait for', async (scene) => {
  const { browser, user, clock } = scene;
  await enter(browser, user.key);
  const asked = () => statementsOf(() => browser.ask('GET', '/api/0/buckets/nope'));
  await asked();
  const [first, second] = [await asked(), await asked()];
  const byKey = await statementsOf(() => user.fetch('/api/0/buckets/nope'));
  assert.equal([first, second], [byKey, byKey]);
  const began = await lastSeen(scene);
  clock.now = new Date(began + 59_999);
  await asked();
  await settled(scene);
  assert.is(await lastSeen(scene), began);
  clock.now = new Date(began + 60_000);
  await Promise.all([asked(), asked(), asked()]);
  await noted(scene);
});

signIn('by a link works once, for an hour, with everything, and no key', async (scene) => {
  const { browser, server, user, clock } = scene;
  const { claim, email } = await server.resolvers.loginLinks.loginLink({ email: ` ${user.email.toUpperCase()} ` });
  assert.is(email, user.email);
  const other = openBrowser(scene.app, HOME);
  const both = await Promise.all([
    browser.ask('POST', '/auth/claim', { claim }),
    other.ask('POST', '/auth/claim', { claim }),
  ]);
  assert.equal(both.map(({ status }) => status).sort(), [200, 401]);
  assert.is(both.find(({ status }) => status === 200)!.body.user.id, user.userId);
  const used = both.find(({ status }) => status === 401)!.body;
  assert.is(used.reason, 'used');
  assert.match(used.message, /works once: "kt-server login-link/);
  const inside = browser.cookies.size > 0 ? browser : other;
  await server.resolvers.accounts.revokeKey(await keyIdOf(scene));
  assert.equal(await who(inside), [200, 'session']);

  const late = await server.resolvers.loginLinks.loginLink({ email });
  clock.now = new Date(clock.now.getTime() + 3_600_000);
  assert.is((await browser.ask('POST', '/auth/claim', { claim: late.claim })).body.reason, 'expired');
  for (const wrong of ['', 'x', user.key, `kt_claim_${'x'.repeat(43)}`])
    assert.is((await browser.ask('POST', '/auth/claim', { claim: wrong })).body.reason, 'unknown');
  assert.is((await browser.ask('POST', '/auth/claim', { key: late.claim })).status, 422);
});

signIn('that fails often has to wait, from its address alone, and is not looked up meanwhile', async (scene) => {
  const { user } = scene;
  const browser = openBrowser(appOf(scene), HOME); // one of its own: the others' failures do not count here
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const key = `kt_${'x'.repeat(43)}`;
  const fail = () => browser.ask('POST', '/auth/session', { key }, from('192.0.2.1'));
  for (let n = 0; n < 10; n++) assert.is((await fail()).status, 401);
  const limited = await fail();
  assert.equal([limited.status, limited.headers.get('retry-after'), limited.body.code], [429, '1', 'rate_limited']);
  assert.match(limited.body.message, /wait 1 s, then try again/);
  assert.is(await statementsOf(fail), 0);
  const claim = await browser.ask('POST', '/auth/claim', { claim: 'x' }, from('192.0.2.1'));
  assert.is(claim.status, 429);
  assert.is((await browser.ask('POST', '/auth/session', { key: user.key }, from('192.0.2.2'))).status, 200);
});

signIn('where nobody needs a key says so', async (scene) => {
  const { database, resolvers } = scene.server;
  const app = makeApp({ database, resolvers, authenticate: makeNoAuthentication(database), log: makeLog('error') });
  const { status, body } = await openBrowser(app, HOME).ask('GET', '/auth/session');
  assert.equal([status, body.via, body.insecure], [200, 'none', false]);
});

signIn('leaves no secret in the log, and tells of keys that were refused', async (scene) => {
  const { user, server, log } = scene;
  const browser = openBrowser(appOf(scene), HOME); // one of its own: few refusals of a minute are told each
  const { claim } = await server.resolvers.loginLinks.loginLink({ email: user.email });
  await browser.ask('POST', '/auth/claim', { claim });
  await enter(browser, user.key);
  await enter(browser, `kt_${'w'.repeat(43)}`);
  await browser.ask('GET', `/auth/${claim}`);
  await browser.ask('DELETE', '/auth/session');
  const text = log.join('');
  assert.match(text, /a key was refused/);
  assert.match(text, /\/auth\/session"/);
  assert.not.match(text, /kt_(session|claim)?_?[\w-]{20,}/);
});

signIn('ends the subscriptions of its browser, and of no other', async (scene) => {
  const { browser, user, server } = scene;
  await enter(browser, user.key);
  const [mine] = await server.resolvers.sessions.list({ account: user.account } as never);
  const viewer = { account: user.account, userId: user.userId, via: 'session', sessionId: mine!.id } as never;
  const watched = server.resolvers.changes.watch(viewer);
  await watched.next();
  const kept = server.resolvers.changes.watch({ account: user.account, keyId: await keyIdOf(scene) } as never);
  await kept.next();
  const ended = watched.next().then(
    () => assert.unreachable('it goes on'),
    (error: Error) => error.message,
  );
  const next = kept.next();
  await browser.ask('DELETE', '/auth/session');
  assert.match(String(await ended), /session was revoked or has expired/);
  await (await newDevice(user)).push(bucketWith([sent(1, 0)]));
  assert.is((await next).done, false);
  await kept.return(undefined);
});

signIn.run();
