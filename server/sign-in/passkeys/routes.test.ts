import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeAuthenticator, type Authenticator, type Twist } from '../../../test/support/authenticator.ts';
import { openBrowser, type Browser } from '../../../test/support/browser.ts';
import { openTestServer, type TestServer, type TestUser } from '../../../test/support/test-server.ts';
import { until } from '../../../test/support/until.ts';
import { makeApp } from '../../app.ts';
import { makeAuthenticate } from '../../auth/authenticate.ts';
import { makePlaces } from '../../auth/place.ts';
import { OF_ACCOUNTS } from '../../auth/scope.ts';
import { makeSessionCheck } from '../../auth/session.ts';
import { makeLog } from '../../log.ts';
import { makeFailedSignIns, type FailedSignIns } from '../attempts.ts';
import { driverOf } from '../../storage/database.ts';

const PUBLIC = 'https://kt.example.org';
const MINUTE = 60_000;

type Scene = {
  server: TestServer;
  user: TestUser;
  browser: Browser;
  authenticator: Authenticator;
  log: string[];
  ahead: number;
};
const byPasskey = suite<Scene>('signing in by a passkey');

type Setting = { readonly publicUrl?: string; readonly localLogin?: boolean; readonly failures?: FailedSignIns };
const appWith = (scene: Scene, { publicUrl = PUBLIC, localLogin = true, ...more }: Setting = {}) => {
  const { database, resolvers, deps } = scene.server;
  const places = makePlaces({ publicUrl, trustProxy: true });
  const authenticate = makeAuthenticate(database, deps.now, OF_ACCOUNTS, makeSessionCheck(database, deps.now, places));
  const out = { write: (line: string) => scene.log.push(line) } as never;
  const ways = { localLogin, provider: null, proxy: null, now: () => Date.now() + scene.ahead };
  return makeApp({ database, resolvers, authenticate, places, ways, log: makeLog('debug', 'json', out), ...more });
};
const browserWith = (scene: Scene, setting?: Setting, origin = PUBLIC): Browser =>
  openBrowser(appWith(scene, setting), origin);

byPasskey.before(async (scene) => {
  scene.log = [];
  scene.ahead = 0;
  scene.server = await openTestServer();
});
byPasskey.before.each(async (scene) => {
  scene.log.length = 0;
  scene.ahead = 0;
  scene.user = await scene.server.newUser();
  scene.browser = browserWith(scene);
  scene.authenticator = makeAuthenticator(PUBLIC);
  await enterByKey(scene.browser, scene.user);
});
byPasskey.after.each(({ log }) => {
  assert.equal(
    log.filter((line) => line.includes('internal error')),
    [],
  );
});

const enterByKey = async (browser: Browser, { key }: Pick<TestUser, 'key'>) =>
  assert.is((await browser.ask('POST', '/auth/session', { key })).status, 200);
const who = async (browser: Browser) => {
  const { status, body } = await browser.ask('GET', '/auth/session');
  return status === 200 ? body.user.email : body.reason;
};

const optionsFor = async (browser: Browser, what: 'registration/' | '') => {
  const { status, body } = await browser.ask('POST', `/auth/passkey/${what}options`, {});
  assert.is(status, 200, JSON.stringify(body));
  return body;
};
const sendNew = (browser: Browser, credential: unknown, name: unknown = 'a name') =>
  browser.ask('POST', '/auth/passkey/registration', { name, credential });
const sendAnswer = (browser: Browser, credential: unknown) =>
  browser.ask('POST', '/auth/passkey/session', { credential });
const add = async (browser: Browser, authenticator: Authenticator, name = 'a name', twist: Twist = {}) =>
  sendNew(browser, authenticator.create(await optionsFor(browser, 'registration/'), twist), name);
const enter = async (browser: Browser, authenticator: Authenticator, twist: Twist = {}) =>
  sendAnswer(browser, authenticator.get(await optionsFor(browser, ''), twist));
/** An account with a passkey, and a browser of nobody's. */
const prepared = async (scene: Scene) => {
  const { status, body } = await add(scene.browser, scene.authenticator);
  assert.is(status, 200, JSON.stringify(body));
  return { ...scene, id: body.id as string, other: browserWith(scene) };
};

type Shown = { id: string; name: string; hostname: string; lastUsedAt: string | null };
const passkeysOf = async (user: TestUser): Promise<Shown[]> =>
  (await user.graphql<any>('{ viewer { passkeys { id name hostname lastUsedAt } } }')).viewer.passkeys;
const logOf = async (user: TestUser): Promise<string[]> =>
  (await user.graphql<any>('{ viewer { log { edges { node { happened what way } } } } }')).viewer.log.edges.map(
    ({ node: { happened, what, way } }: any) => `${happened} ${what}${way === null ? '' : ` ${way}`}`,
  );

byPasskey('adds one that then signs in, in any browser, and nobody says who they are before', async (scene) => {
  const { authenticator, user } = scene;
  const added = await add(scene.browser, authenticator, ' My <b>phone</b> ');
  assert.is(added.status, 200, JSON.stringify(added.body));
  assert.match(
    added.cookies.join('\n'),
    /^__Host-kt-passkey=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Strict$/m,
  );
  const other = browserWith(scene);
  const entered = await enter(other, authenticator);
  assert.equal(
    [entered.status, entered.body],
    [200, { user: { id: user.userId, email: user.email }, via: 'session', insecure: false }],
  );
  assert.match(entered.cookies.join('\n'), /^__Host-kt=kt_session_.*HttpOnly; Secure; SameSite=Lax$/m);
  assert.match(entered.cookies.join('\n'), /^__Host-kt-passkey=; Max-Age=0/m);
  assert.is(await who(other), user.email);
  const facts = await scene.server.resolvers.operating.databaseFacts();
  assert.ok(facts.passkeys!.find(({ host }) => host === 'kt.example.org')!.count > 0, 'the doctor reads of it');
  const [shown] = await passkeysOf(user);
  assert.equal(
    { ...shown, lastUsedAt: null },
    { id: added.body.id, name: 'My <b>phone</b>', hostname: 'kt.example.org', lastUsedAt: null },
  );
  assert.ok(shown!.lastUsedAt);
  assert.equal((await logOf(user)).slice(0, 3), [
    'SIGNED_IN Firefox 141 on Linux PASSKEY',
    'PASSKEY_ADDED My <b>phone</b>',
    'SIGNED_IN Firefox 141 on Linux KEY',
  ]);
});

byPasskey('asks authenticators for what it needs, and knows whom they have already', async (scene) => {
  const { id, browser, user, authenticator } = await prepared(scene);
  assert.ok(id);
  const { challenge, user: shown, excludeCredentials, ...asked } = await optionsFor(browser, 'registration/');
  assert.match(challenge, /^[\w-]{43}$/);
  assert.equal(shown, {
    id: Buffer.from(user.userId.replaceAll('-', ''), 'hex').toString('base64url'),
    name: user.email,
    displayName: user.email,
  });
  assert.equal(excludeCredentials, [
    { id: authenticator.passkeys[0]!.id.toString('base64url'), transports: ['hybrid', 'internal'], type: 'public-key' },
  ]);
  assert.equal(
    [asked.rp.id, asked.attestation, asked.pubKeyCredParams.map(({ alg }: any) => alg), asked.authenticatorSelection],
    [
      'kt.example.org',
      'none',
      [-7, -257],
      { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    ],
  );
  const { challenge: another, ...signing } = await optionsFor(browserWith(scene), '');
  assert.is.not(another, challenge);
  assert.equal(signing, {
    rpId: 'kt.example.org',
    timeout: 5 * MINUTE,
    userVerification: 'required',
    allowCredentials: [],
  });
});

byPasskey('takes a challenge once, in the browser that it is for, and for five minutes', async (scene) => {
  const { authenticator, other, user } = await prepared(scene);
  const credential = authenticator.get(await optionsFor(other, ''));
  const { challenge } = JSON.parse(Buffer.from(credential.response.clientDataJSON, 'base64url').toString());
  const kept = other.cookies.get('__Host-kt-passkey')!;
  assert.not.match(kept, challenge);
  const stranger = browserWith(scene);
  assert.is((await sendAnswer(stranger, credential)).body.reason, 'expired', 'a browser that began nothing');
  await optionsFor(stranger, '');
  assert.is((await sendAnswer(stranger, credential)).status, 401, 'one that began another');
  assert.is((await sendAnswer(other, credential)).status, 200);
  for (const replayed of [credential, authenticator.get({ challenge })]) {
    other.cookies.set('__Host-kt-passkey', kept);
    const { status, cookies } = await sendAnswer(other, replayed);
    assert.is(status, 401);
    assert.not.match(cookies.join(), /kt_session_/);
  }
  const late = authenticator.get(await optionsFor(stranger, ''));
  scene.ahead = 5 * MINUTE;
  assert.is((await sendAnswer(stranger, late)).body.reason, 'expired');
  assert.is(await who(other), user.email);
});

byPasskey('takes the answer of an authenticator that does not count once too', async (scene) => {
  scene.authenticator = makeAuthenticator(PUBLIC, false);
  const { authenticator, other } = await prepared(scene);
  const credential = authenticator.get(await optionsFor(other, ''));
  const kept = other.cookies.get('__Host-kt-passkey')!;
  const both = await Promise.all([sendAnswer(other, credential), sendAnswer(other, credential)]);
  assert.equal(both.map(({ status }) => status).sort(), [200, 401], 'at once');
  other.cookies.set('__Host-kt-passkey', kept);
  assert.is((await sendAnswer(other, credential)).status, 401);
  assert.is((await enter(other, authenticator)).status, 200);
});

byPasskey('goes on after a clock that was ahead was set back', async (scene) => {
  const { authenticator, other } = await prepared(scene);
  scene.ahead = 400 * 86_400_000;
  assert.is((await enter(other, authenticator)).status, 200);
  scene.ahead = 0;
  assert.is((await enter(other, authenticator)).status, 200);
});

const TWISTS: Record<string, Twist> = {
  'a page of another origin': { origin: 'https://evil.example' },
  'a page of a neighbour': { origin: 'https://other.example.org' },
  'a page of another port': { origin: `${PUBLIC}:8443` },
  'a page without encryption': { origin: 'http://kt.example.org' },
  'another host’s passkey': { rpId: 'evil.example' },
  'a challenge of its own': { challenge: Buffer.alloc(32).toString('base64url') },
  'no challenge': { challenge: '' },
  'a frame in another page': { crossOrigin: true },
  'a frame in a page that is named': { crossOrigin: true, topOrigin: 'https://evil.example' },
  'nobody there': { isThere: false },
  'somebody whom it does not know': { isKnown: false },
};
for (const [what, twist] of Object.entries(TWISTS)) {
  byPasskey(`refuses to sign in ${what}, and its owner reads of it`, async (scene) => {
    const { authenticator, other, user } = await prepared(scene);
    const { status, cookies, body } = await enter(other, authenticator, twist);
    assert.is(status, 401, JSON.stringify(body));
    assert.not.match(cookies.join(), /kt_session_/);
    await until('it is noted', async () => (await logOf(user))[0] === 'REFUSED a passkey whose answer does not hold');
    assert.is((await enter(other, authenticator)).status, 200, 'the passkey itself is good');
  });
  byPasskey(`adds none for ${what}`, async ({ browser, authenticator, user }) => {
    assert.is((await add(browser, authenticator, 'a name', twist)).status, 401);
    assert.equal(await passkeysOf(user), []);
  });
}

const { privateKey: FOREIGN } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
for (const [what, twist] of Object.entries<Twist>({
  'a signature by another key': { key: FOREIGN },
  'another user’s handle': { userHandle: Buffer.alloc(16, 1).toString('base64url') },
  'no user’s handle': { userHandle: '' },
  'an answer to being added': { type: 'webauthn.create' },
  'a counter that went back': { counter: 1 },
}))
  byPasskey(`refuses ${what}`, async (scene) => {
    const { authenticator, other } = await prepared(scene);
    assert.is((await enter(other, authenticator)).status, 200);
    const { status, cookies } = await enter(other, authenticator, twist);
    assert.is(status, 401);
    assert.not.match(cookies.join(), /kt_session_/);
  });

const P256 = (alg: number) =>
  new Map<number, unknown>([
    [1, 2],
    [3, alg],
    [-1, 1],
    [-2, new Uint8Array(32)],
    [-3, new Uint8Array(32)],
  ]);
for (const [what, twist] of Object.entries<Twist>({
  'an answer to signing in': { type: 'webauthn.get' },
  'an algorithm that was not asked for': { publicKey: P256(-8) },
  'a key without one': { publicKey: new Map([[1, 2]]) },
  'a key of 4,000 bytes': { publicKey: new Map([...P256(-7), [-4, new Uint8Array(4_000)]]) },
  'an id of 2,000 bytes': { credentialId: Buffer.alloc(2_000, 7) },
  'an id of none': { credentialId: Buffer.alloc(0) },
  'a statement with certificates': {
    format: 'packed',
    statement: new Map<string, unknown>([
      ['alg', -7],
      ['sig', new Uint8Array(70)],
      ['x5c', [new Uint8Array(500)]],
    ]),
  },
  'a statement of Android’s': { format: 'android-key' },
  'a statement of a TPM': { format: 'tpm' },
  'no statement’s format': { format: 'nonsense' },
}))
  byPasskey(`adds none with ${what}`, async ({ browser, authenticator, user }) => {
    const { status, body } = await add(browser, authenticator, 'a name', twist);
    assert.is(status, 401, JSON.stringify(body));
    assert.equal(await passkeysOf(user), []);
  });

byPasskey('adds one whose authenticator signs for itself with the new key, and no other', async (scene) => {
  const { browser, authenticator } = scene;
  assert.is((await add(browser, authenticator, 'forged', { attests: FOREIGN })).status, 401);
  assert.is((await add(browser, authenticator, 'own', { attests: true })).status, 200);
  assert.is((await enter(browserWith(scene), authenticator)).status, 200);
});

byPasskey('refuses one that was removed, and signs out whom it signed in', async (scene) => {
  const { authenticator, browser, other, user, id } = await prepared(scene);
  assert.is((await enter(other, authenticator)).status, 200);
  const remove = `mutation { removePasskey(input: { id: "${id}" }) { wasRemoved } }`;
  const stranger = await scene.server.newUser();
  assert.equal(await stranger.graphql(remove), { removePasskey: { wasRemoved: false } });
  assert.is(await who(other), user.email);
  assert.equal(await user.graphql(remove), { removePasskey: { wasRemoved: true } });
  assert.equal(await user.graphql(remove), { removePasskey: { wasRemoved: false } });
  assert.is(await who(other), 'expired');
  assert.is(await who(browser), user.email, 'a session that it did not make');
  const { status, body } = await enter(other, authenticator);
  assert.equal([status, body.reason], [401, 'unknown']);
  assert.match((await logOf(user)).join('\n'), /^PASSKEY_REMOVED a name$/m);
});

byPasskey('adds none twice, by the same challenge neither', async (scene) => {
  const { browser, authenticator, user } = scene;
  const credential = authenticator.create(await optionsFor(browser, 'registration/'));
  const kept = browser.cookies.get('__Host-kt-passkey')!;
  const { body } = await sendNew(browser, credential);
  const again = async () => {
    browser.cookies.set('__Host-kt-passkey', kept);
    return (await sendNew(browser, credential)).status;
  };
  assert.is(await again(), 409);
  await user.graphql(`mutation { removePasskey(input: { id: "${body.id}" }) { wasRemoved } }`);
  assert.is(await again(), 409, 'it is not put back by what was sent before');
  assert.equal(await passkeysOf(user), []);
  const { credentialId } = { credentialId: authenticator.passkeys[0]!.id };
  assert.is((await add(browser, authenticator, 'anew', { credentialId })).status, 200);
  const stranger = await scene.server.newUser();
  const theirs = browserWith(scene);
  await enterByKey(theirs, stranger);
  const taken = await add(theirs, makeAuthenticator(PUBLIC), 'theirs', { credentialId });
  assert.is(taken.status, 409, 'nor for another account');
  assert.equal(await passkeysOf(stranger), []);
});

byPasskey('adds one to the account alone whose session began it', async (scene) => {
  const { browser, authenticator, user, server } = scene;
  const credential = authenticator.create(await optionsFor(browser, 'registration/'));
  const stranger = await server.newUser();
  const theirs = browserWith(scene);
  await enterByKey(theirs, stranger);
  theirs.cookies.set('__Host-kt-passkey', browser.cookies.get('__Host-kt-passkey')!);
  assert.is((await sendNew(theirs, credential)).status, 403);
  const signing = authenticator.get(await optionsFor(theirs, ''));
  assert.is((await sendNew(theirs, signing)).status, 403, 'a challenge for signing in adds none');
  await optionsFor(browser, 'registration/');
  assert.is((await sendAnswer(browser, credential)).status, 401, 'one for adding signs nobody in');
  await user.graphql('mutation { revokeAllSessions(input: {}) { revoked } }');
  assert.is((await sendNew(browser, credential)).status, 401, 'a session that has ended');
  assert.equal([...(await passkeysOf(user)), ...(await passkeysOf(stranger))], []);
});

byPasskey('lets no session add one that may less, or ends with its key, and no key', async (scene) => {
  const { server, user, authenticator } = scene;
  const keyOf = async (more: object) =>
    server.resolvers.accounts.createKey({ email: user.email, name: 'k', ...more }) as Promise<{ key: string }>;
  for (const [key, says] of [
    [await keyOf({ scope: 'read' }), /scope "read"/],
    [await keyOf({ expiresAt: Date.now() + 86_400_000 }), /expires/],
  ] as const) {
    const browser = browserWith(scene);
    await enterByKey(browser, key);
    const { status, body } = await browser.ask('POST', '/auth/passkey/registration/options', {});
    assert.is(status, 403);
    assert.match(body.message, says);
  }
  const headers = { authorization: `Bearer ${user.key}`, 'sec-fetch-site': 'same-origin' };
  const byKey = await browserWith(scene).ask('POST', '/auth/passkey/registration/options', {}, headers);
  assert.is(byKey.status, 403, JSON.stringify(byKey.body));
  assert.is((await browserWith(scene).ask('POST', '/auth/passkey/registration/options', {})).status, 401);
  assert.is((await sendNew(browserWith(scene), authenticator.passkeys)).status, 401);
});

byPasskey('keeps twenty of an account, with names that are ordinary text', async (scene) => {
  const { browser, user } = scene;
  for (const name of ['', '  ', 'x'.repeat(101), 'a\u0000b', 'half \ud83d', 5, null])
    assert.ok([400, 422].includes((await sendNew(browser, await created(scene), name)).status), JSON.stringify(name));
  for (let n = 0; n < 20; n++) assert.is((await add(browser, makeAuthenticator(PUBLIC), `number ${n}`)).status, 200);
  const more = await browser.ask('POST', '/auth/passkey/registration/options', {});
  assert.is(more.status, 413, JSON.stringify(more.body));
  const shown = await passkeysOf(user);
  assert.equal(
    shown.map(({ name }) => name),
    Array.from({ length: 20 }, (_, n) => `number ${n}`),
  );
  const renaming = (id: string, name: string) =>
    user.graphql<any>('mutation ($input: RenamePasskeyInput!) { renamePasskey(input: $input) { passkey { name } } }', {
      input: { id, name },
    });
  assert.equal(await renaming(shown[3]!.id, ' anew '), { renamePasskey: { passkey: { name: 'anew' } } });
  for (const [id, name, says] of [
    ['no id', 'x', /no passkey/],
    [shown[3]!.id, ' ', /1 to 100/],
  ] as const) {
    let refused: Error | undefined;
    await renaming(id, name).catch((error: Error) => (refused = error));
    assert.match(refused?.message ?? '', says);
  }
});
const created = async ({ browser, authenticator }: Scene) =>
  authenticator.create(await optionsFor(browser, 'registration/'));

byPasskey('is offered where browsers can: by the public URL, or at localhost', async (scene) => {
  const offered = async (setting: Setting, origin: string) => {
    const browser = browserWith(scene, setting, origin);
    const { passkey } = (await browser.ask('GET', '/auth/ways')).body;
    const { status, body } = await browser.ask('POST', '/auth/passkey/options', {});
    assert.is(status, passkey === null ? 403 : 200, JSON.stringify(body));
    return [passkey?.origin ?? null, body.rpId ?? null];
  };
  const NONE = [null, null];
  assert.equal(await offered({}, PUBLIC), [PUBLIC, 'kt.example.org']);
  assert.equal(await offered({}, 'http://127.0.0.1:5700'), [PUBLIC, 'kt.example.org']);
  assert.equal(await offered({ publicUrl: 'https://example.org:8443/kt' }, 'https://example.org:8443'), [
    'https://example.org:8443',
    'example.org',
  ]);
  assert.equal(await offered({ localLogin: false }, PUBLIC), NONE);
  for (const publicUrl of [
    'https://192.0.2.7',
    'https://[2001:db8::1]',
    'http://kt.example.org',
    'http://127.0.0.1:5700',
  ])
    assert.equal(await offered({ publicUrl }, publicUrl), NONE, publicUrl);
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    assert.equal(await offered({ publicUrl: '' }, `http://${host}:5700`), ['http://localhost:5700', 'localhost']);
  for (const origin of ['http://nas:5700', 'http://192.0.2.7', 'http://127.0.0.1.evil.example'])
    assert.equal(await offered({ publicUrl: '' }, origin), NONE, origin);
});

byPasskey('with KT_SERVER_LOCAL_LOGIN=no neither signs in nor adds', async (scene) => {
  const { authenticator, browser } = await prepared(scene);
  const closed = browserWith(scene, { localLogin: false });
  for (const [name, value] of browser.cookies) closed.cookies.set(name, value);
  const credential = authenticator.get(await optionsFor(browserWith(scene), ''));
  for (const [path, body] of [
    ['options', {}],
    ['session', { credential }],
    ['registration/options', {}],
    ['registration', { name: 'x', credential }],
  ] as const) {
    const answer = await closed.ask('POST', `/auth/passkey/${path}`, body);
    assert.is(answer.status, 403, path);
    assert.match(answer.body.message, /KT_SERVER_LOCAL_LOGIN=no/);
  }
});

byPasskey('hears no page of another site, and keeps a browser that fails waiting', async (scene) => {
  const { authenticator, other } = await prepared(scene);
  const credential = authenticator.get(await optionsFor(other, ''));
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example' },
    { 'content-type': 'text/plain' },
  ] as Record<string, string>[])
    for (const [path, body] of [
      ['options', {}],
      ['session', { credential }],
      ['registration/options', {}],
      ['registration', { name: 'x', credential }],
    ] as const) {
      const { status } = await scene.browser.ask('POST', `/auth/passkey/${path}`, body, headers);
      assert.ok([403, 415].includes(status), `${path} ${status}`);
    }
  const from = { 'x-forwarded-for': '192.0.2.77' };
  for (let n = 0; n < 10; n++)
    assert.is(
      (await other.ask('POST', '/auth/passkey/session', { credential: { ...credential, id: `AAAA${n}` } }, from))
        .status,
      401,
    );
  const waits = await other.ask('POST', '/auth/passkey/session', { credential }, from);
  assert.is(waits.status, 429);
  assert.ok(Number(waits.headers.get('retry-after')) >= 1);
  assert.is((await other.ask('POST', '/auth/passkey/options', {}, from)).status, 429);
});

byPasskey(
  'has to wait after answers that do not hold, wherever they come from; nothing else of its owner does',
  async (scene) => {
    const clock = { ms: 0 };
    const failures = makeFailedSignIns(() => clock.ms);
    const { authenticator, browser, user } = await prepared(scene);
    const second = makeAuthenticator(PUBLIC);
    assert.is((await add(browser, second, 'another')).status, 200);
    const one = browserWith(scene, { failures });
    /** From an address of its own each. */
    const from = (n: number) => ({ 'x-forwarded-for': `198.51.100.${n}` });
    const answer = async (n: number, by: Authenticator, twist?: Twist) =>
      one.ask(
        'POST',
        '/auth/passkey/session',
        { credential: by.get((await one.ask('POST', '/auth/passkey/options', {}, from(n))).body, twist) },
        from(n),
      );
    const wrong = (n: number) => answer(n, authenticator, { challenge: 'of another sign-in' });
    for (let n = 0; n < 10; n++) assert.is((await wrong(n)).status, 401, String(n));
    const waits = await answer(50, authenticator);
    assert.equal([waits.status, waits.headers.get('retry-after')], [429, '1']);
    assert.match(waits.body.message, /answers with this passkey did not hold \(other ways in are open\): wait 1 s/);
    assert.is((await answer(50, second)).status, 200, 'another passkey of the account');
    assert.is((await one.ask('POST', '/auth/session', { key: user.key }, from(50))).status, 200, 'a key');
    assert.is((await answer(50, authenticator)).status, 429, 'what else worked takes nothing back');

    clock.ms += 1_000;
    assert.is((await wrong(51)).status, 401);
    assert.is((await wrong(52)).headers.get('retry-after'), '2', 'twice as long each time');
    clock.ms += 2_000;
    assert.is((await answer(50, authenticator)).status, 200, 'its owner has waited');
    for (let n = 60; n < 69; n++) assert.is((await wrong(n)).status, 401, 'and it begins anew');
    assert.is((await answer(50, authenticator)).status, 200);
  },
);

byPasskey('looks at ten answers of those that come at once', async (scene) => {
  const { authenticator, user } = await prepared(scene);
  const failures = makeFailedSignIns(() => 0);
  const app = appWith(scene, { failures });
  const asking = await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const browser = openBrowser(app, PUBLIC);
      const from = { 'x-forwarded-for': `198.51.100.${n}` };
      const { body } = await browser.ask('POST', '/auth/passkey/options', {}, from);
      const credential = authenticator.get(body, { challenge: 'of another sign-in' });
      return () => browser.ask('POST', '/auth/passkey/session', { credential }, from);
    }),
  );
  const statuses = (await Promise.all(asking.map((send) => send()))).map(({ status }) => status);
  assert.equal(statuses.sort(), [...Array<number>(10).fill(401), ...Array<number>(30).fill(429)]);
  await until('all ten are noted, and no more', async () => {
    const refused = (await logOf(user)).filter((line) => line.startsWith('REFUSED')).length;
    assert.ok(refused <= 10, 'nor does its log fill');
    return refused === 10;
  });
});

/** A clock by which whatever failed was long ago. */
const laterEachTime = () => {
  let ms = 0;
  return () => (ms += 24 * 60 * MINUTE);
};

const COUNTS = `
  select (select count(*)::int from passkeys) as passkeys, (select count(*)::int from sessions) as sessions`;
byPasskey(
  'answers whatever is sent with 400, 401, 409, 413 or 422, and adds nothing and lets nobody in',
  async (scene) => {
    const { authenticator, server } = await prepared(scene);
    const other = browserWith(scene, { failures: makeFailedSignIns(laterEachTime()) });
    const { rows } = driverOf(server.database);
    const good = authenticator.get(await optionsFor(other, ''));
    const made = await created(scene);
    const [before] = await rows(COUNTS);
    const text = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.base64String({ maxLength: 400 }),
      fc.constant('gICA'.repeat(300)),
    );
    const anything = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }));
    const paths = [
      ['id'],
      ['rawId'],
      ['type'],
      ['response'],
      ...['clientDataJSON', 'authenticatorData', 'signature', 'userHandle', 'attestationObject'].map((name) => [
        'response',
        name,
      ]),
    ];
    const changed = (credential: object, [first, second]: readonly string[], value: unknown): object => {
      const copy = structuredClone(credential) as any;
      if (second === undefined) copy[first!] = value;
      else copy[first!][second] = value;
      return copy;
    };
    const allowed = [400, 401, 409, 413, 422];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), anything, fc.boolean(), async (path, value, isNew) => {
        // What both have, signed or made, is the same whatever these say.
        const credential = changed(isNew ? made : good, path, value);
        if (JSON.stringify(credential) === JSON.stringify(isNew ? made : good)) return;
        if ((isNew ? ['userHandle', 'signature', 'authenticatorData'] : ['attestationObject']).includes(path.at(-1)!))
          return;
        const { status, body } = isNew ? await sendNew(scene.browser, credential) : await sendAnswer(other, credential);
        assert.ok(allowed.includes(status), `${status} ${JSON.stringify(body)} ${JSON.stringify(credential)}`);
      }),
      { numRuns: 150 },
    );
    for (const body of [
      [],
      null,
      5,
      {},
      { credential: null },
      { credential: [] },
      { credential: { id: 'AAAA' } },
      { credential: good.id },
    ])
      for (const path of ['session', 'registration']) {
        const { status } = await scene.browser.ask('POST', `/auth/passkey/${path}`, body);
        assert.ok(allowed.includes(status), `${path} ${JSON.stringify(body)} ${status}`);
      }
    const nested = Buffer.alloc(12_000, 0x81).toString('base64url');
    const huge = { ...made, response: { ...made.response, attestationObject: nested } };
    assert.is((await sendNew(scene.browser, huge)).status, 401, 'arrays in arrays, 12,000 deep');
    for (const path of ['session', 'registration']) {
      const { status } = await scene.browser.ask('POST', `/auth/passkey/${path}`, {
        name: 'x',
        credential: { ...good, more: 'x'.repeat(30_000) },
      });
      assert.is(status, 413);
    }
    assert.equal((await rows(COUNTS))[0], before);
  },
);

byPasskey('costs a server nothing that nobody asks for one', async () => {
  // What the library needs to be loaded adds to Reflect.
  const ask = `await import('./server/serve.ts'); const before = 'getMetadata' in Reflect;
    const { askToSignIn } = await import('./server/sign-in/passkeys/webauthn.ts');
    await askToSignIn({ id: 'localhost', origin: 'http://localhost' });
    process.stdout.write(JSON.stringify([before, 'getMetadata' in Reflect]));`;
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', ask],
    { cwd },
  );
  assert.equal(JSON.parse(stdout), [false, true]);
});

byPasskey('goes with its account', async (scene) => {
  const { authenticator, other, server, user } = await prepared(scene);
  await server.resolvers.accountRemoval.deleteAccount({ email: user.email, id: user.userId });
  assert.is((await enter(other, authenticator)).body.reason, 'unknown');
  const { rows } = driverOf(server.database);
  assert.equal(await rows(`select from passkeys where account = ${user.account}`), []);
});

byPasskey.run();
