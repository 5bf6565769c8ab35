import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openBrowser, type Browser } from '../../../test/support/browser.ts';
import { CLIENT, openProvider, type TestProvider } from '../../../test/support/oidc-provider.ts';
import { openTestServer, type TestServer, type TestUser } from '../../../test/support/test-server.ts';
import { makeApp } from '../../app.ts';
import { makeAuthenticate } from '../../auth/authenticate.ts';
import { makePlaces } from '../../auth/place.ts';
import { OF_ACCOUNTS } from '../../auth/scope.ts';
import { makeSessionCheck } from '../../auth/session.ts';
import { readConfig } from '../../config.ts';
import { makeLog } from '../../log.ts';
import { driverOf } from '../../storage/database.ts';
import { makeProvider } from './provider.ts';
import { oidcSettings } from './settings.ts';

const PUBLIC = 'https://kt.example.org';
const CALLBACK = `${PUBLIC}/auth/oidc/callback`;

type Scene = {
  provider: TestProvider;
  server: TestServer;
  user: TestUser;
  browser: Browser;
  log: string[];
  ahead: number;
};
const byOidc = suite<Scene>('signing in by OpenID Connect');

/** The server with these settings of a provider. */
const appWith = (scene: Scene, more: Record<string, string> = {}, issuer = scene.provider.issuer) => {
  const env = {
    KT_SERVER_PUBLIC_URL: PUBLIC,
    KT_SERVER_OIDC_ISSUER: issuer,
    KT_SERVER_OIDC_CLIENT_ID: 'kt',
    KT_SERVER_OIDC_CLIENT_SECRET: CLIENT.client_secret!,
    KT_SERVER_OIDC_NAME: 'the family’s',
    ...more,
  };
  const config = readConfig({ dataDir: '/nowhere' }, env);
  const { database, resolvers, deps } = scene.server;
  const places = makePlaces({ publicUrl: PUBLIC, trustProxy: true });
  const authenticate = makeAuthenticate(database, deps.now, OF_ACCOUNTS, makeSessionCheck(database, deps.now, places));
  const now = () => Date.now() + scene.ahead;
  const provider = makeProvider(oidcSettings(config)!, now, (line) => scene.log.push(line));
  const out = { write: (line: string) => scene.log.push(line) } as never;
  const ways = { localLogin: config.localLogin, provider, proxy: null, now };
  return makeApp({ database, resolvers, authenticate, places, ways, log: makeLog('debug', 'json', out) });
};
const browserWith = (scene: Scene, more: Record<string, string> = {}, issuer?: string): Browser =>
  openBrowser(appWith(scene, more, issuer), PUBLIC);

byOidc.before(async (scene) => {
  scene.log = [];
  scene.ahead = 0;
  scene.server = await openTestServer();
  scene.provider = await openProvider();
});
byOidc.after(({ provider }) => provider.close());
let people = 0;
byOidc.before.each(async (scene) => {
  scene.log.length = 0;
  scene.ahead = 0;
  scene.provider.broken = null;
  scene.provider.cookies.clear();
  scene.provider.account = person();
  scene.user = await scene.server.newUser();
  scene.browser = browserWith(scene);
});

const person = (more: Record<string, unknown> = {}) => {
  const sub = `person-${process.pid}-${++people}`;
  return { sub, email: `${sub}@example.org`, email_verified: true, ...more };
};

/** Comes back from the provider: as a browser does from another site. */
const comeBack = (browser: Browser, url: string) =>
  browser.ask('GET', url.slice(PUBLIC.length), undefined, { 'sec-fetch-site': 'cross-site' });
const leaveFor = async (browser: Browser): Promise<string> => {
  const { status, headers, body } = await browser.ask('GET', '/auth/oidc/start');
  assert.is(status, 303, JSON.stringify(body));
  return headers.get('location')!;
};
/** Signs in from the button on. */
const enter = async (browser: Browser, provider: TestProvider) =>
  comeBack(browser, await provider.visit(await leaveFor(browser)));
const connect = async (browser: Browser, provider: TestProvider) => {
  const { status, body } = await browser.ask('POST', '/auth/oidc/start', { connect: true });
  assert.is(status, 200, JSON.stringify(body));
  return comeBack(browser, await provider.visit(body.url));
};
const enterByKey = async (browser: Browser, { key }: TestUser) =>
  assert.is((await browser.ask('POST', '/auth/session', { key })).status, 200);
const who = async (browser: Browser) => {
  const { status, body } = await browser.ask('GET', '/auth/session');
  return status === 200 ? body.user.email : body.reason;
};
const accounts = async ({ server }: Scene): Promise<number> =>
  (await driverOf(server.database).rows<{ n: number }>('select count(*)::int as n from users'))[0]!.n;

byOidc('lets in who connected the provider with the account, in that browser and any other', async (scene) => {
  const { browser, provider, user } = scene;
  await enterByKey(browser, user);
  const connected = await connect(browser, provider);
  assert.equal([connected.status, connected.headers.get('location')], [303, `${PUBLIC}/account`], connected.body);
  const other = browserWith(scene);
  provider.cookies.clear();
  const entered = await enter(other, provider);
  assert.equal([entered.status, entered.headers.get('location')], [303, `${PUBLIC}/`], entered.body);
  assert.match(entered.cookies.join('\n'), /^__Host-kt=kt_session_.*HttpOnly; Secure; SameSite=Lax$/m);
  assert.match(entered.cookies.join('\n'), /^__Host-kt-oidc=; Max-Age=0/m);
  assert.is(await who(other), user.email);
  assert.is((await other.ask('POST', '/graphql', { query: '{ viewer { id } }' })).body.data.viewer.id, user.userId);
});

byOidc('asks for what it needs: code, PKCE, nonce, state, the redirect URI', async ({ browser }) => {
  const url = new URL(await leaveFor(browser));
  const { code_challenge, nonce, state, ...rest } = Object.fromEntries(url.searchParams);
  assert.equal(rest, {
    client_id: 'kt',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid email profile',
    code_challenge_method: 'S256',
  });
  for (const text of [code_challenge, nonce, state]) assert.match(text!, /^[\w-]{43}$/);
  assert.not.match(browser.cookies.get('__Host-kt-oidc')!, state!);
});

byOidc('never takes an address for an account, verified or not', async (scene) => {
  const { provider, user } = scene;
  for (const verified of [true, false])
    for (const signup of ['invite', 'open']) {
      const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: signup });
      provider.cookies.clear();
      provider.account = person({ email: user.email, email_verified: verified });
      const before = await accounts(scene);
      const { status, body, cookies } = await enter(browser, provider);
      assert.is(status, 403, `${verified} ${signup}`);
      assert.not.match(cookies.join(), /kt_session_/);
      assert.is(await who(browser), 'none');
      assert.is(await accounts(scene), before);
      if (verified) assert.match(body, new RegExp(`${user.email}.*connect the family’s under Account`, 's'));
    }
});

byOidc('tells whom nobody knows what to do, and the operator’s command lets them in', async (scene) => {
  const { browser, provider, server, user } = scene;
  provider.account = person({ email: undefined, email_verified: undefined });
  const { status, body } = await enter(browser, provider);
  assert.is(status, 403);
  const { sub } = provider.account;
  assert.match(body, `kt-server users connect E-MAIL --subject &quot;${sub}&quot;`);
  const whom = { email: user.email, issuer: provider.issuer, subject: sub };
  await server.resolvers.identities.connectUser(whom);
  provider.cookies.clear();
  assert.is((await enter(browser, provider)).status, 303);
  assert.is(await who(browser), user.email);
  await server.resolvers.identities.disconnectUser(whom);
  assert.is.not(await who(browser), user.email);
  provider.cookies.clear();
  assert.is((await enter(browser, provider)).status, 403);
});

const SIGN_UPS: [signup: string, claims: Record<string, unknown>, status: number, says: RegExp][] = [
  ['invite', {}, 403, /nobody here is connected with you/],
  ['open', {}, 303, /^$/],
  ['open', { email_verified: false }, 403, /does not say that your e-mail address is yours/],
  ['open', { email: undefined }, 403, /does not say/],
  ['open', { email_verified: 'true' }, 403, /does not say/],
  ['claim', {}, 403, /does not list you/],
  ['claim', { groups: ['others'] }, 403, /does not list you/],
  ['claim', { groups: ['others', 'kt users'] }, 403, /does not list you/],
  ['claim', { groups: ['others', 'kt'] }, 303, /^$/],
  ['claim', { groups: 'family' }, 303, /^$/],
  ['claim', { groups: { kt: true } }, 403, /does not list you/],
];
for (const [signup, claims, status, says] of SIGN_UPS)
  byOidc(`with ${signup} answers ${status} to a stranger with ${JSON.stringify(claims)}`, async (scene) => {
    const { provider } = scene;
    const claim = { KT_SERVER_OIDC_CLAIM: 'groups', KT_SERVER_OIDC_CLAIM_VALUES: 'kt, family' };
    const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: signup, ...(signup === 'claim' ? claim : {}) });
    provider.account = person(claims);
    const before = await accounts(scene);
    const answer = await enter(browser, provider);
    assert.is(answer.status, status, answer.body);
    assert.match(answer.body ?? '', says);
    assert.is(await accounts(scene), before + (status === 303 ? 1 : 0));
    assert.is(await who(browser), status === 303 ? provider.account.email : 'none');
    if (status !== 303) return;
    provider.cookies.clear();
    assert.is((await enter(browserWith(scene, { KT_SERVER_OIDC_SIGNUP: 'invite' }), provider)).status, 303);
    assert.is(await accounts(scene), before + 1, 'who comes again has one account');
  });

byOidc('with a claim keeps out an account that has lost it, and finds it deep inside', async (scene) => {
  const { provider } = scene;
  const env = {
    KT_SERVER_OIDC_SIGNUP: 'claim',
    KT_SERVER_OIDC_CLAIM: 'realm_access.roles',
    KT_SERVER_OIDC_CLAIM_VALUES: 'kt',
  };
  const browser = browserWith(scene, env);
  provider.account = person({ realm_access: { roles: ['kt'] } });
  assert.is((await enter(browser, provider)).status, 303);
  provider.cookies.clear();
  provider.account = { ...provider.account, realm_access: { roles: [] } };
  assert.is((await enter(browser, provider)).status, 403);
});

byOidc('takes nothing back that this browser did not begin', async (scene) => {
  const { browser, provider } = scene;
  const open = { KT_SERVER_OIDC_SIGNUP: 'open' };
  const attacker = browserWith(scene, open);
  const theirs = await provider.visit(await leaveFor(attacker));
  const altered = (url: string, change: (query: URLSearchParams) => void): string => {
    const other = new URL(url);
    change(other.searchParams);
    return other.href;
  };
  // Of another browser; without a cookie, or one that was forged.
  assert.is((await comeBack(browser, theirs)).status, 401);
  await leaveFor(browser);
  assert.is((await comeBack(browser, theirs)).status, 401);
  browser.cookies.set('__Host-kt-oidc', 'x'.repeat(200));
  assert.is((await comeBack(browser, theirs)).status, 401);
  assert.is(await who(browser), 'none');
  // A wrong state, none, another issuer's: mixed up.
  for (const change of [
    (query: URLSearchParams) => query.set('state', 'x'.repeat(43)),
    (query: URLSearchParams) => query.delete('state'),
    (query: URLSearchParams) => query.set('iss', 'https://evil.example'),
    (query: URLSearchParams) => query.append('state', 'twice'),
  ]) {
    const mine = await provider.visit(await leaveFor(browser));
    assert.is((await comeBack(browser, altered(mine, change))).status, 401);
    assert.is(await who(browser), 'none');
  }
});

byOidc('takes a code once, and no code with the verifier or nonce of another sign-in', async (scene) => {
  const { provider } = scene;
  const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: 'open' });
  const url = await provider.visit(await leaveFor(browser));
  const begun = browser.cookies.get('__Host-kt-oidc')!;
  assert.is((await comeBack(browser, url)).status, 303);
  browser.cookies.clear();
  browser.cookies.set('__Host-kt-oidc', begun);
  const again = await comeBack(browser, url);
  assert.is(again.status, 401);
  assert.match(
    again.body,
    /register exactly this redirect URI there: https:\/\/kt\.example\.org\/auth\/oidc\/callback/,
  );
  assert.is(await who(browser), 'none');

  const first = await provider.visit(await leaveFor(browser));
  await leaveFor(browser); // another state, verifier and nonce from here on
  const state = new URL(await provider.visit(await leaveFor(browser))).searchParams.get('state')!;
  const mixed = new URL(first);
  mixed.searchParams.set('state', state);
  assert.is((await comeBack(browser, mixed.href)).status, 401);
  assert.is(await who(browser), 'none');
});

byOidc('refuses an ID token with another nonce', async (scene) => {
  const { provider } = scene;
  const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: 'open' });
  const away = new URL(await leaveFor(browser));
  away.searchParams.set('nonce', 'another');
  assert.is((await comeBack(browser, await provider.visit(away.href))).status, 401);
  assert.is(await who(browser), 'none');
});

byOidc('takes ten minutes at most', async (scene) => {
  const { provider } = scene;
  const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: 'open' });
  const url = await provider.visit(await leaveFor(browser));
  scene.ahead = 600_000;
  const late = await comeBack(browser, url);
  assert.is(late.status, 401);
  assert.match(late.body, /in the last ten minutes/);
});

byOidc('connects nothing with the account of another browser, or of a session that has ended', async (scene) => {
  const { browser, provider, user, server } = scene;
  assert.is((await browser.ask('POST', '/auth/oidc/start', { connect: true })).status, 401);
  const byKey = await browser.ask('POST', '/auth/oidc/start', { connect: true }, { 'x-api-key': user.key });
  assert.is(byKey.status, 403);
  await enterByKey(browser, user);
  const forged = await browser.ask('POST', '/auth/oidc/start', { connect: true }, { 'sec-fetch-site': 'cross-site' });
  assert.is(forged.status, 403);
  const { body } = await browser.ask('POST', '/auth/oidc/start', { connect: true });
  const url = await provider.visit(body.url);
  await server.resolvers.sessions.revokeAll({ account: user.account, sessionId: null } as never);
  const late = await comeBack(browser, url);
  assert.is(late.status, 401);
  assert.match(late.body, /session that began this has ended/);
  assert.equal(await server.resolvers.identities.list({ account: user.account } as never), []);
});

byOidc('connects nothing by a session that may less, or ends with its key', async (scene) => {
  const { user, server } = scene;
  const keyOf = (more: { scope?: 'read'; expiresAt?: number }) =>
    server.resolvers.accounts.createKey({ email: user.email, name: 'k', ...more });
  const reading = browserWith(scene);
  await enterByKey(reading, { ...user, key: (await keyOf({ scope: 'read' })).key });
  assert.is((await reading.ask('POST', '/auth/oidc/start', { connect: true })).status, 403);
  const ending = browserWith(scene);
  await enterByKey(ending, { ...user, key: (await keyOf({ expiresAt: Date.now() + 86_400_000 })).key });
  const refused = await connect(ending, scene.provider);
  assert.is(refused.status, 403);
  assert.match(refused.body, /signed in with expires/);
  assert.equal(await server.resolvers.identities.identitiesOf({ email: user.email }), []);
});

byOidc('connects one person with one account', async (scene) => {
  const { browser, provider, server, user } = scene;
  await enterByKey(browser, user);
  assert.is((await connect(browser, provider)).status, 303);
  assert.is((await connect(browser, provider)).status, 303, 'again is as well');
  const other = await server.newUser();
  const theirs = browserWith(scene);
  await enterByKey(theirs, other);
  const refused = await connect(theirs, provider);
  assert.is(refused.status, 409);
  assert.match(refused.body, /connected with another account/);
  assert.is(await who(theirs), other.email);
  const [mine] = await server.resolvers.identities.list({ account: user.account } as never);
  assert.equal([mine!.subject, mine!.email], [provider.account!.sub, provider.account!.email]);
});

byOidc('that is declined there says so', async (scene) => {
  const { browser, provider } = scene;
  provider.account = null;
  const { status, body, headers } = await enter(browser, provider);
  assert.is(status, 403);
  assert.match(body, /you said no there/);
  assert.match(headers.get('content-security-policy')!, /default-src 'none'.*frame-ancestors 'none'/);
});

byOidc('shows no page what a provider or an attacker wrote', async ({ browser }) => {
  await leaveFor(browser);
  const hostile = '<script>alert(1)</script>';
  const state = 'x';
  const queries: Record<string, string>[] = [
    { error: hostile, state },
    { error: 'x', error_description: hostile, state },
    { code: hostile },
  ];
  for (const query of queries) {
    const { body } = await comeBack(browser, `${CALLBACK}?${new URLSearchParams(query)}`);
    const [own, ...more] = body.match(/<script.*?<\/script>/gs);
    assert.match(own, "<script>let k=null;try{k=localStorage.getItem('kt-language')");
    assert.equal([more, body.includes('alert')], [[], false]);
  }
});

byOidc('ends here when it ends at the provider, for all that began before', async (scene) => {
  const { server } = scene;
  const backchannel_logout_uri = 'http://127.0.0.1:9/auth/oidc/backchannel';
  const told: string[] = [];
  const provider = await openProvider(
    [{ ...CLIENT, backchannel_logout_uri, backchannel_logout_session_required: true }],
    {
      fetch: (async (url: URL, init: RequestInit) => {
        if (String(url) !== backchannel_logout_uri) throw new Error(`asked for ${url}`);
        told.push(String(init.body));
        return new Response(null, { status: 200 });
      }) as never,
    },
  );
  try {
    provider.account = person();
    const app = appWith(scene, { KT_SERVER_OIDC_SIGNUP: 'open' }, provider.issuer);
    const [browser, other] = [openBrowser(app, PUBLIC), openBrowser(app, PUBLIC)];
    const entered = await enter(browser, provider);
    assert.is(entered.status, 303, entered.body);
    provider.cookies.clear(); // another computer: another session there
    assert.is((await enter(other, provider)).status, 303);
    const third = openBrowser(app, PUBLIC); // of that other session, too
    assert.is((await enter(third, provider)).status, 303);
    const id = server.resolvers.identities;
    assert.is(await who(browser), provider.account.email);

    // Signing out of the second there, from this server's page on.
    const left = await other.ask('DELETE', '/auth/session');
    assert.is(left.body.provider.name, 'the family’s');
    const out = new URL(left.body.provider.url);
    assert.is(out.searchParams.get('post_logout_redirect_uri'), `${PUBLIC}/sign-in`);
    assert.is(await who(other), 'none');
    const page = await fetch(out, {
      headers: { cookie: [...provider.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    const html = await page.text();
    for (const set of page.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      provider.cookies.set(name, value);
    }
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const back = await provider.submit(`${provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    assert.is(back, `${PUBLIC}/sign-in`);
    assert.is(told.length, 1);

    // It names that other session there: the third browser's ends, the first one's goes on.
    const send = (body: string, type = 'application/x-www-form-urlencoded') =>
      app.fetch(`${PUBLIC}/auth/oidc/backchannel`, { method: 'POST', body, headers: { 'content-type': type } });
    assert.is(await who(third), provider.account.email);
    assert.is((await send(told[0]!)).status, 200);
    assert.is(await who(third), 'revoked');
    assert.is(await who(browser), provider.account.email);
    assert.is((await send(told[0]!)).status, 400, 'once');

    // An ID token is none, nor is anything else.
    const idToken = out.searchParams.get('id_token_hint')!;
    for (const body of [
      '',
      'logout_token=',
      'logout_token=a.b.c',
      `logout_token=${idToken}`,
      `logout_token=${'x'.repeat(9_000)}`,
    ])
      assert.is((await send(body)).status, 400, body.slice(0, 40));
    assert.is((await send('{}', 'application/json')).status, 415);
    assert.is((await send(`logout_token=${'x'.repeat(20_000)}`)).status, 413);
    assert.is(await who(browser), provider.account.email);
    const issuer = provider.issuer;
    const subject = provider.account.sub;
    assert.is(await id.signedOutThere({ issuer, subject, providerSession: null, before: new Date(0) }), 0);
    assert.is(
      await id.signedOutThere({ issuer: 'https://other', subject, providerSession: null, before: new Date() }),
      0,
    );
    assert.is(await id.signedOutThere({ issuer, subject, providerSession: null, before: new Date() }), 1);
    assert.is(await who(browser), 'revoked');
  } finally {
    await provider.close();
  }
});

const BREAKS: [what: string, broken: NonNullable<TestProvider['broken']>][] = [
  ['answers 500', (_request, response) => response.writeHead(500).end('no')],
  ['cuts connections', (request) => request.socket.destroy()],
  ['answers with a page', (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
  [
    'never ends',
    (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(1_100_000)}"`),
  ],
];
for (const [what, broken] of BREAKS)
  byOidc(`waits for a provider that ${what}, keeps nobody else out, and comes back by itself`, async (scene) => {
    const { browser, provider, user } = scene;
    provider.broken = broken;
    provider.asked.length = 0;
    const { status, body } = await browser.ask('GET', '/auth/oidc/start');
    assert.is(status, 503);
    assert.match(body, /the family’s does not answer as it should/);
    assert.is((await browser.ask('GET', '/auth/oidc/start')).status, 503);
    assert.is(provider.asked.length, 1, 'it is not asked again at once');
    await enterByKey(browser, user);
    assert.is(await who(browser), user.email);
    assert.equal((await browser.ask('GET', '/auth/ways')).body, {
      key: true,
      passkey: { origin: PUBLIC },
      oidc: { name: 'the family’s', issuer: provider.issuer },
      proxy: null,
    });
    provider.broken = null;
    scene.ahead = 5_001;
    assert.is((await browser.ask('GET', '/auth/oidc/start')).status, 303);
    assert.match(scene.log.join('\n'), /can not be used for signing in/);
  });

byOidc('that breaks off half-way signs nobody in, and counts against nobody', async (scene) => {
  const { provider } = scene;
  const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: 'open' });
  const url = await provider.visit(await leaveFor(browser));
  provider.broken = (request) => request.socket.destroy();
  assert.is((await comeBack(browser, url)).status, 503);
  provider.broken = null;
  const again = await provider.visit(await leaveFor(browser));
  assert.is((await comeBack(browser, again)).status, 303);
});

const CLIENTS: [what: string, client: Record<string, unknown>, env: Record<string, string>, status: number][] = [
  ['the secret in a header', {}, {}, 303],
  [
    'the secret in the body',
    { token_endpoint_auth_method: 'client_secret_post' },
    { KT_SERVER_OIDC_AUTH_METHOD: 'client_secret_post' },
    303,
  ],
  [
    'the secret in a token',
    { token_endpoint_auth_method: 'client_secret_jwt' },
    { KT_SERVER_OIDC_AUTH_METHOD: 'client_secret_jwt' },
    303,
  ],
  [
    'no secret',
    { token_endpoint_auth_method: 'none', client_secret: undefined },
    { KT_SERVER_OIDC_CLIENT_SECRET: '' },
    303,
  ],
  ['ES256', { id_token_signed_response_alg: 'ES256' }, {}, 303],
  ['ES256, and it alone', { id_token_signed_response_alg: 'ES256' }, { KT_SERVER_OIDC_ALGORITHM: 'ES256' }, 303],
  ['HS256', { id_token_signed_response_alg: 'HS256' }, { KT_SERVER_OIDC_ALGORITHM: 'HS256' }, 303],
  ['another algorithm than is set', {}, { KT_SERVER_OIDC_ALGORITHM: 'PS256' }, 401],
  ['a wrong secret', {}, { KT_SERVER_OIDC_CLIENT_SECRET: 'wrong' }, 503],
];
byOidc('works with every way to prove oneself, and to sign', async (scene) => {
  for (const [what, client, env, status] of CLIENTS) {
    const { generateKeyPair, exportJWK } = await import('jose');
    const jwk = async (alg: string) => ({
      ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)),
      alg,
      use: 'sig',
    });
    const provider = await openProvider([{ ...CLIENT, ...client }], {
      jwks: { keys: [await jwk('RS256'), await jwk('ES256')] },
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'HS256', 'PS256'] },
      clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'none'],
    } as never);
    try {
      provider.account = person();
      const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: 'open', ...env }, provider.issuer);
      const answer = await enter(browser, provider);
      assert.is(answer.status, status, `${what}: ${answer.body} ${scene.log.join('\n')}`);
      assert.is(await who(browser), status === 303 ? provider.account.email : 'none', what);
      if (what === 'a wrong secret') assert.match(answer.body, /\(invalid_client\).*KT_SERVER_OIDC_\*.*callback/s);
    } finally {
      await provider.close();
    }
  }
});

byOidc('finds the provider with or without its document’s path, and a slash', async (scene) => {
  const { provider } = scene;
  for (const end of ['', '/', '/.well-known/openid-configuration'])
    assert.is(
      (await browserWith(scene, {}, `${provider.issuer}${end}`).ask('GET', '/auth/oidc/start')).status,
      303,
      end,
    );
  const other = browserWith(scene, {}, provider.issuer.replace('127.0.0.1', 'localhost'));
  assert.is((await other.ask('GET', '/auth/oidc/start')).status, 503);
  assert.match(scene.log.join('\n'), /it calls itself .*set KT_SERVER_OIDC_ISSUER to that/);
});

byOidc('alone leaves keys to programs, and links as the way back in', async (scene) => {
  const { user, server } = scene;
  const browser = browserWith(scene, { KT_SERVER_LOCAL_LOGIN: 'no' });
  assert.equal((await browser.ask('GET', '/auth/ways')).body, {
    key: false,
    passkey: null,
    oidc: { name: 'the family’s', issuer: scene.provider.issuer },
    proxy: null,
  });
  const { status, body } = await browser.ask('POST', '/auth/session', { key: user.key });
  assert.is(status, 403);
  assert.match(body.message, /KT_SERVER_LOCAL_LOGIN=no.*with the family’s, or by a link/);
  assert.is((await user.fetch('/api/0/buckets/')).status, 200);
  const { claim } = await server.resolvers.loginLinks.loginLink({ email: user.email });
  assert.is((await browser.ask('POST', '/auth/claim', { claim })).status, 200);
  assert.is(await who(browser), user.email);
});

byOidc('leaves no code, token or secret in the log', async (scene) => {
  const { provider, log } = scene;
  const browser = browserWith(scene, { KT_SERVER_OIDC_SIGNUP: 'open' });
  const url = await provider.visit(await leaveFor(browser));
  const code = new URL(url).searchParams.get('code')!;
  await comeBack(browser, url);
  await comeBack(browser, url);
  const text = log.join('');
  assert.match(text, /\/auth\/oidc\/callback"/);
  for (const secret of [code, CLIENT.client_secret!, 'eyJ', 'kt_session_']) assert.not.match(text, secret);
});

byOidc('is nowhere where no provider is set', async ({ user }) => {
  for (const path of ['start', 'callback', 'backchannel'])
    assert.is((await user.fetch(`/auth/oidc/${path}`)).status, 404);
});

byOidc.run();
