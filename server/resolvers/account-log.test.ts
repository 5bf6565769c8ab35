import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { failing, newDevice } from '../../test/support/pushing.ts';
import { until } from '../../test/support/until.ts';
import { inTheNameOf } from '../auth/viewer.ts';
import { driverOf } from '../storage/database.ts';

type Scene = { server: TestServer; user: TestUser; clock: { now: Date } };
const log = suite<Scene>('an account’s log');
log.before.each(async (scene) => {
  scene.clock = { now: new Date() };
  scene.server = await openTestServer(() => scene.clock.now);
  scene.user = await scene.server.newUser();
});

type Entry = { kind: string; what: string; address: string | null };
const entries = async (user: TestUser, first = 50): Promise<Entry[]> => {
  const { viewer } = await user.graphql<any>(
    `{ viewer { log(first: ${first}) { edges { node { at happened what address } } } } }`,
  );
  return viewer.log.edges.map(({ node: { happened, ...more } }: any) => ({ kind: happened, ...more }));
};
const kinds = async (user: TestUser) => (await entries(user)).map(({ kind, what }) => `${kind} ${what}`);

/** A request as it comes from this address. */
const from = ({ app }: TestServer, address: string, path: string, init: RequestInit): Promise<Response> =>
  Promise.resolve(
    app.fetch(new Request(`${APP_URL}${path}`, init), {
      req: { url: path, socket: { remoteAddress: address } },
    } as never),
  );

log(
  'has sign-ins, keys, devices and exports, newest first, and nothing of another account',
  async ({ server, user }) => {
    const other = await server.newUser();
    await newDevice(user, 'laptop');
    const BUCKET = 'input: { bucketId: "b", type: "t", client: "c", hostname: "h" }';
    await user.graphql(`mutation { createBucket(${BUCKET}) { wasCreated } }`);
    assert.is((await user.fetch('/api/0/export')).status, 200);
    assert.is((await user.fetch('/api/0/buckets/b/export')).status, 200);
    await user.fetch('/api/0/buckets/b', { method: 'DELETE' });
    const { createApiKey } = await user.graphql<any>(
      'mutation { createApiKey(input: { name: "reader", scope: READ }) { key apiKey { id prefix } } }',
    );
    const { prefix, id } = createApiKey.apiKey;
    await server.resolvers.sessions.signIn(createApiKey.key, { name: 'Firefox', address: '192.0.2.7' });
    await user.graphql('mutation { revokeAllSessions(input: {}) { revoked } }');
    await server.resolvers.loginLinks.loginLink({ email: user.email });
    for (let again = 0; again < 2; again++)
      await user.graphql(`mutation { revokeApiKey(input: { id: "${id}" }) { apiKey { id } } }`);
    const expected = [
      `KEY_REVOKED ${prefix}… (reader)`,
      'LINK_MADE ',
      'SIGNED_OUT a browser',
      'SIGNED_IN Firefox',
      `KEY_MADE ${prefix}… (reader)`,
      'BUCKET_DELETED b',
      'EXPORTED b',
      'EXPORTED all buckets',
      'DEVICE_REGISTERED laptop',
      `KEY_MADE ${user.key.slice(0, 10)}… (test)`,
    ];
    assert.equal(await kinds(user), expected);
    assert.is((await entries(user)).find(({ kind }) => kind === 'SIGNED_IN')!.address, '192.0.2.7');
    assert.is((await kinds(other)).length, 1);
  },
);

log('tells of each sign-in how it was', async ({ server, user }) => {
  const { sessions, loginLinks, identities, deviceGrants } = server.resolvers;
  const browser = { name: 'Firefox', address: '192.0.2.7' };
  await sessions.signIn(user.key, browser);
  await sessions.claim((await loginLinks.loginLink({ email: user.email })).claim, browser);
  await sessions.byTrustedProxy(user.email, browser);
  const named = { issuer: 'https://id.example.org', subject: randomUUID() };
  await identities.connectUser({ email: user.email, ...named });
  const said = { email: null, emailVerified: false, isAdmitted: true, providerSession: null, idToken: null };
  await identities.enter({ ...named, ...said }, { name: 'it', signup: 'invite', localLogin: true }, browser);
  const asked = await deviceGrants.ask({ hostname: 'laptop', deviceId: null, address: '192.0.2.8' }, null);
  await deviceGrants.decide(inTheNameOf(user), asked.userCode, true);
  assert.is((await deviceGrants.poll(asked.deviceCode)).state, 'granted');
  const { viewer } = await user.graphql<any>('{ viewer { log { edges { node { happened way } } } } }');
  assert.equal(
    viewer.log.edges.map(({ node: { happened, way } }: any) => `${happened} ${way}`),
    [
      'KEY_MADE DEVICE',
      'SIGNED_IN PROVIDER',
      'CONNECTED null',
      'SIGNED_IN PROXY',
      'SIGNED_IN LINK',
      'LINK_MADE null',
      'SIGNED_IN KEY',
      'KEY_MADE null',
    ],
  );
});

log('says who was refused with a key of the account, from where, and the same but once an hour', async (scene) => {
  const { server, user, clock } = scene;
  const { createApiKey: made } = await user.graphql<any>(
    'mutation { createApiKey(input: { name: "reader", scope: READ }) { key apiKey { id prefix } } }',
  );
  const headers = { authorization: `Bearer ${made.key}`, 'content-type': 'application/json' };
  const write = () => from(server, '192.0.2.9', '/api/0/settings/k', { method: 'POST', headers, body: '1' });
  const refusals = async () => (await entries(user)).filter(({ kind }) => kind === 'REFUSED');
  for (let again = 0; again < 3; again++) assert.is((await write()).status, 403);
  await until('the refusal is noted', async () => (await refusals()).length === 1);
  assert.is((await refusals())[0]!.address, '192.0.2.9');
  assert.match((await refusals())[0]!.what, /scope "read"/);
  await user.graphql(`mutation { revokeApiKey(input: { id: "${made.apiKey.id}" }) { apiKey { id } } }`);
  const body = JSON.stringify({ query: '{ devices { id } }' });
  // No answer waits for a note: two at once may be in either order.
  for (const [address, noted] of [
    ['192.0.2.9', 2],
    ['192.0.2.9', 2],
    ['::ffff:192.0.2.10', 3],
  ] as const) {
    assert.is((await from(server, address, '/graphql', { method: 'POST', headers, body })).status, 401);
    await until('the refusal is noted', async () => (await refusals()).length === noted);
  }
  assert.equal(
    (await refusals()).slice(0, 2).map(({ what, address }) => `${address} ${what}`),
    [
      `192.0.2.10 the API key ${made.apiKey.prefix}…: it was revoked`,
      `192.0.2.9 the API key ${made.apiKey.prefix}…: it was revoked`,
    ],
  );
  clock.now = new Date(clock.now.getTime() + 3_700_000);
  await from(server, '192.0.2.9', '/graphql', { method: 'POST', headers, body });
  await until('the refusal is noted', async () => (await refusals()).length === 4);
});

log('knows from where a key was last used', async ({ server, user }) => {
  const headers = {
    authorization: `Bearer ${(await server.resolvers.accounts.createKey({ email: user.email, name: 'n' })).key}`,
  };
  await from(server, '192.0.2.8', '/api/0/buckets/', { headers });
  const { viewer } = await user.graphql<any>('{ viewer { apiKeys { name lastUsedAddress } } }');
  assert.is(viewer.apiKeys.find(({ name }: any) => name === 'n').lastUsedAddress, '192.0.2.8');
});

log('goes by one clock: keys are in it when the server made them', async ({ server, user, clock }) => {
  clock.now = new Date('2031-01-01T00:00:00Z');
  await user.graphql('mutation { createApiKey(input: { name: "n", scope: READ }) { key } }');
  const { key } = await server.resolvers.accounts.createKey({ email: user.email, name: 'old' });
  await server.resolvers.keyRotation.rotateKey({ name: key, graceSeconds: 3_600 });
  await server.resolvers.loginLinks.loginLink({ email: user.email });
  const { viewer } = await user.graphql<any>(
    '{ viewer { log(first: 4) { edges { node { at } } } apiKeys { name createdAt } } }',
  );
  assert.equal(new Set(viewer.log.edges.map(({ node }: any) => node.at)), new Set(['2031-01-01T00:00:00Z']));
  const made = viewer.apiKeys.filter(({ name }: any) => name !== 'test');
  assert.equal(new Set(made.map(({ createdAt }: any) => createdAt)), new Set(['2031-01-01T00:00:00Z']));
});

log('is read in pages, and refuses a place that is none', async ({ user }) => {
  for (let n = 0; n < 5; n++)
    await user.graphql(`mutation { createApiKey(input: { name: "${n}", scope: READ }) { key } }`);
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const { viewer }: any = await user.graphql(
      `query ($after: String) {
        viewer { log(first: 2, after: $after) { edges { node { what } } pageInfo { hasNextPage endCursor } } } }`,
      { after },
    );
    seen.push(...viewer.log.edges.map(({ node }: any) => node.what));
    if (!viewer.log.pageInfo.hasNextPage) break;
    after = viewer.log.pageInfo.endCursor;
  }
  assert.is(seen.length, 6);
  assert.is(new Set(seen).size, 6);
  await failing('INVALID', user.graphql('{ viewer { log(after: "x") { edges { cursor } } } }'));
  await failing('INVALID', user.graphql('{ viewer { log(first: -1) { edges { cursor } } } }'));
});

log('is kept for 180 days, and to 5,000 entries', async ({ server, user, clock }) => {
  await driverOf(server.database).script(`insert into account_log (account, at, kind, what)
    select ${user.account}, now() - interval '181 days', 'exported', n::text from generate_series(1, 5100) n`);
  await user.graphql('mutation { createApiKey(input: { name: "n", scope: READ }) { key } }');
  const count = async () =>
    (
      await driverOf(server.database).rows<{ count: number }>(
        `select count(*)::int as count from account_log where account = ${user.account}`,
      )
    )[0]!.count;
  assert.is(await count(), 5_000);
  clock.now = new Date();
  await server.resolvers.accountLog.sweep();
  assert.is(await count(), 1);
});

log.run();
