import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBrowser, type Browser } from '../../test/support/browser.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { makeApp, type App } from '../app.ts';
import { makeAuthenticate, makeNoAuthentication } from '../auth/authenticate.ts';
import { makePlaces } from '../auth/place.ts';
import { makeSessionCheck } from '../auth/session.ts';
import { hashOfUserCode, makeUserCode } from '../auth/user-code.ts';
import { makeAddress } from '../http/address.ts';
import { makeLog } from '../log.ts';
import { driverOf } from '../storage/database.ts';

const HOME = 'http://127.0.0.1:5700';
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** A clock that tests set, a user, and a browser that is signed in as him. */
type Scene = { clock: { now: Date }; server: TestServer; app: App; user: TestUser; browser: Browser; log: string[] };
const devices = suite<Scene>('a device that signs in');

const appOf = ({ server: { database, resolvers }, clock, log }: Scene, publicUrl = '') => {
  const now = () => clock.now;
  const places = makePlaces({ publicUrl, trustProxy: true });
  const authenticate = makeAuthenticate(database, now, undefined, makeSessionCheck(database, now, places));
  const out = { write: (line: string) => log.push(line) } as never;
  const address = makeAddress({ publicUrl, trustProxy: true });
  return makeApp({ database, resolvers, authenticate, places, address, log: makeLog('debug', 'json', out) });
};

devices.before(async (scene) => {
  scene.log = [];
  scene.clock = { now: new Date('2030-01-01T00:00:00Z') };
  scene.server = await openTestServer(() => scene.clock.now);
});
devices.before.each(async (scene) => {
  scene.clock.now = new Date('2030-01-01T00:00:00Z');
  await driverOf(scene.server.database).script('delete from device_grants');
  scene.app = appOf(scene); // with failed sign-ins of its own
  scene.user = await scene.server.newUser();
  scene.browser = openBrowser(scene.app, HOME);
  assert.is((await scene.browser.ask('POST', '/auth/session', { key: scene.user.key })).status, 200);
});

type Told = { readonly status: number; readonly body: any; readonly headers: Headers };
const post = async (app: App, path: string, form: Record<string, string>, more: object = {}): Promise<Told> => {
  const response = await app.fetch(`${HOME}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...more },
    body: new URLSearchParams(form).toString(),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
};
const ask = ({ app }: Scene, form: Record<string, string> = { hostname: 'laptop' }, more: object = {}) =>
  post(app, '/auth/device', form, more);
const poll = ({ app }: Scene, code: string, more: object = {}) =>
  post(app, '/auth/device/token', { grant_type: GRANT, device_code: code, client_id: 'kt-client' }, more);
const wait = ({ clock }: Scene, seconds: number) => void (clock.now = new Date(clock.now.getTime() + seconds * 1000));
const look = ({ browser }: Scene, code: string) => browser.ask('POST', '/auth/device/code', { code });
const decide = ({ browser }: Scene, code: string, approve = true) =>
  browser.ask('POST', '/auth/device/decision', { code, approve });

devices('gets a key once a person who is signed in has typed its code, seen who asks, and agreed', async (scene) => {
  const { body: asked } = await ask(scene, { hostname: ' laptop ', scope: 'push' }, { 'x-forwarded-for': '192.0.2.7' });
  assert.match(asked.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  assert.equal(
    [asked.verification_uri, asked.verification_uri_complete, asked.expires_in, asked.interval],
    [`${HOME}/device`, `${HOME}/device?code=${asked.user_code}`, 600, 5],
  );
  assert.equal((await poll(scene, asked.device_code)).body.error, 'authorization_pending');
  const typed = asked.user_code.toLowerCase().replace('-', ' ');
  const seen = await look(scene, typed);
  assert.is(seen.status, 200);
  assert.equal([seen.body.hostname, seen.body.address], ['laptop', '192.0.2.7']);
  wait(scene, 5);
  assert.equal((await poll(scene, asked.device_code)).body.error, 'authorization_pending', 'looking approves nothing');
  assert.is((await decide(scene, typed)).status, 200);
  wait(scene, 5);
  const granted = await poll(scene, asked.device_code);
  assert.equal([granted.status, granted.body.token_type], [200, 'Bearer']);
  assert.is(granted.headers.get('cache-control'), 'no-store');
  const { data } = (await (
    await scene.app.fetch(`${HOME}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${granted.body.access_token}` },
      body: JSON.stringify({ query: '{ viewer { id access { scope } } }' }),
    })
  ).json()) as any;
  assert.equal([data.viewer.id, data.viewer.access.scope], [scene.user.userId, 'PUSH']);
  assert.is(granted.body.scope, 'push');
  const { viewer } = await scene.user.graphql<any>('{ viewer { apiKeys { name } } }');
  assert.ok(viewer.apiKeys.some(({ name }: any) => name === 'laptop'));
});

devices('that has an id gets a key that is bound to it, however new it is to the account', async (scene) => {
  const { body } = await ask(scene, { hostname: 'laptop', device_id: 'an-id' });
  await decide(scene, body.user_code);
  assert.is((await poll(scene, body.device_code)).status, 200);
  const { viewer } = await scene.user.graphql<any>('{ viewer { apiKeys { name device { deviceId } } } }');
  assert.equal(
    viewer.apiKeys.filter(({ name }: any) => name === 'laptop').map(({ device }: any) => device?.deviceId),
    ['an-id'],
  );
});

devices('is told its key once, and approved once', async (scene) => {
  const { body } = await ask(scene);
  const both = await Promise.all([decide(scene, body.user_code), decide(scene, body.user_code, false)]);
  assert.equal(both.map(({ status }) => status).sort(), [200, 404]);
  const other = (await ask(scene)).body;
  await decide(scene, other.user_code);
  const polls = await Promise.all([poll(scene, other.device_code), poll(scene, other.device_code)]);
  assert.equal(polls.map(({ status }) => status).sort(), [200, 400]);
  assert.is((await look(scene, other.user_code)).status, 404);
  wait(scene, 5);
  assert.is((await poll(scene, other.device_code)).body.error, 'invalid_grant');
});

devices('that is denied, late, or never asked gets none, and is told which it is', async (scene) => {
  const [denied, late] = [(await ask(scene)).body, (await ask(scene)).body];
  assert.is((await decide(scene, denied.user_code, false)).status, 200);
  assert.is((await poll(scene, denied.device_code)).body.error, 'access_denied');
  wait(scene, 600);
  assert.is((await look(scene, late.user_code)).status, 404);
  assert.is((await decide(scene, late.user_code)).status, 404);
  assert.is((await poll(scene, late.device_code)).body.error, 'expired_token');
  for (const wrong of ['', 'x', `kt_device_${'x'.repeat(43)}`, scene.user.key, late.user_code])
    assert.is((await poll(scene, wrong)).body.error, 'invalid_grant', wrong);
  assert.is(
    (await post(scene.app, '/auth/device/token', { grant_type: 'password' })).body.error,
    'unsupported_grant_type',
  );
  assert.is((await ask(scene, { hostname: 'x', scope: 'full' })).body.error, 'invalid_scope');
});

devices('that asks too early has to wait longer each time', async (scene) => {
  const { body } = await ask(scene);
  await poll(scene, body.device_code);
  const intervals: number[] = [];
  for (let n = 0; n < 3; n++) {
    const slow = (await poll(scene, body.device_code)).body;
    assert.is(slow.error, 'slow_down');
    intervals.push(slow.interval);
  }
  assert.equal(intervals, [10, 15, 20]);
  await decide(scene, body.user_code);
  wait(scene, 19);
  assert.is((await poll(scene, body.device_code)).body.error, 'slow_down');
  wait(scene, 25);
  assert.is((await poll(scene, body.device_code)).status, 200);
});

devices('is let in by nobody who shows a key, is not signed in, or is on another site', async (scene) => {
  const { body } = await ask(scene);
  const as = async (headers: Record<string, string>) => {
    const response = await scene.app.fetch(`${HOME}/auth/device/decision`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ code: body.user_code, approve: true }),
    });
    return response.status;
  };
  assert.is(await as({ authorization: `Bearer ${scene.user.key}` }), 403);
  assert.is(await as({}), 401);
  const cookie = [...scene.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  assert.is(await as({ cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }), 403);
  assert.is(await as({ cookie, 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin', origin: HOME }), 403);
  assert.is((await poll(scene, body.device_code)).body.error, 'authorization_pending');
  const { database, resolvers } = scene.server;
  const open = makeApp({ database, resolvers, authenticate: makeNoAuthentication(database), log: makeLog('error') });
  const crossed = await openBrowser(open, HOME).ask(
    'POST',
    '/auth/device/decision',
    { code: body.user_code, approve: true },
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  );
  assert.is(crossed.status, 403, 'not even where nobody needs a key');
});

devices('whose code is guessed at is found by nobody: the account that guesses has to wait', async (scene) => {
  const { body } = await ask(scene);
  for (let n = 0; n < 10; n++) assert.is((await look(scene, 'BCDF-GHJK')).status, 404);
  assert.is((await look(scene, body.user_code)).status, 429);
  assert.is(await statementsOf(() => decide(scene, body.user_code)), 1, 'the session alone is looked up');
});

devices('asks twenty times from an address, and no more until codes expire', async (scene) => {
  const from = { 'x-forwarded-for': '192.0.2.9' };
  for (let n = 0; n < 20; n++) assert.is((await ask(scene, { hostname: 'x' }, from)).status, 200);
  const limited = await ask(scene, { hostname: 'x' }, from);
  assert.equal([limited.status, limited.headers.get('retry-after')], [429, '600']);
  assert.is((await ask(scene, { hostname: 'x' }, { 'x-forwarded-for': '192.0.2.10' })).status, 200);
  wait(scene, 600);
  assert.is((await ask(scene, { hostname: 'x' }, from)).status, 200);
});

devices('sends names that are ordinary text, in a form', async (scene) => {
  for (const hostname of ['x'.repeat(10_000), 'a\u0000b'])
    assert.ok([400, 413].includes((await ask(scene, { hostname })).status), hostname.slice(0, 10));
  assert.is((await ask(scene, { hostname: 'a', device_id: 'a\u0000b' })).status, 400);
  assert.is((await ask(scene, { hostname: 'a' }, { 'content-type': 'application/json' })).status, 415);
  assert.is((await scene.browser.ask('POST', '/auth/device/decision', { code: 'x' })).status, 422);
  assert.is((await scene.browser.ask('POST', '/auth/device/code', { code: 1 })).status, 422);
  assert.is((await scene.browser.ask('GET', '/auth/device')).status, 405);
});

devices('is sent to the address that people know', async (scene) => {
  const app = appOf(scene, 'https://kt.example.org/sync');
  const { body } = await post(app, '/auth/device', { hostname: 'x' });
  assert.is(body.verification_uri, 'https://kt.example.org/sync/device');
});

devices('leaves no secret in the database or the log, and its row goes ten minutes after it expired', async (scene) => {
  const { body } = await ask(scene);
  await decide(scene, body.user_code);
  const { access_token: key } = (await poll(scene, body.device_code)).body;
  const rows = JSON.stringify(
    await driverOf(scene.server.database).rows('select device_grants::text from device_grants'),
  );
  for (const secret of [body.device_code, body.user_code, key]) {
    assert.not.ok(rows.includes(secret));
    assert.not.ok(scene.log.join('').includes(secret));
  }
  wait(scene, 1199);
  assert.is(await scene.server.resolvers.deviceGrants.sweep(), 0);
  wait(scene, 2);
  assert.is(await scene.server.resolvers.deviceGrants.sweep(), 1);
});

devices('has a code of letters that no two share', () => {
  // Of 20 ** 8 codes two thousand are all different but once in 13,000 times, and these but once in a million.
  const codes = Array.from({ length: 200 }, () => makeUserCode());
  assert.is(new Set(codes.map(({ text }) => text)).size, 200);
  for (const { text, hash } of codes.slice(0, 50)) assert.equal(hashOfUserCode(` ${text.toLowerCase()} `), hash);
  for (const wrong of ['', 'BCDFGHJ', 'BCDFGHJKL', 'ABCDFGHJ', 'BCDF-GHJ1']) assert.is(hashOfUserCode(wrong), null);
});

devices.run();
