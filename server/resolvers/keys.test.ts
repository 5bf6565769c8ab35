import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failing, newDevice } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { driverOf } from '../storage/database.ts';

type Scene = { server: TestServer; user: TestUser };
const keys = suite<Scene>('a person’s API keys');
keys.before.each(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});

const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

const create = (user: TestUser, input: object, asked = 'key apiKey { id scope expiresAt device { deviceId } }') =>
  user.graphql<any>(`mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ${asked} } }`, { input });

/** The user with another key. */
const as = (user: TestUser, key: string): TestUser => {
  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${key}`);
    return user.fetch(path, { ...init, headers });
  };
  const graphql = async <T>(query: string, variables: object = {}): Promise<T> => {
    const response = await ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as any;
    if (errors) throw Object.assign(new Error(errors[0].message), { code: errors[0].extensions.code });
    return data;
  };
  return { ...user, key, fetch: ask, graphql };
};

keys('are made as wished, shown once, and let in at once', async ({ user }) => {
  const device = await newDevice(user);
  const expiresAt = inDays(1);
  const { createApiKey: made } = await create(user, { name: 'n', scope: 'PUSH', deviceId: device.id, expiresAt });
  assert.match(made.key, /^kt_[\w-]{43}$/);
  assert.equal([made.apiKey.scope, made.apiKey.device.deviceId], ['PUSH', device.id]);
  assert.is(Date.parse(made.apiKey.expiresAt), Date.parse(expiresAt));
  assert.is((await as(user, made.key).graphql<any>('{ viewer { access { scope } } }')).viewer.access.scope, 'PUSH');
  assert.not.match(JSON.stringify(await user.graphql('{ viewer { apiKeys { id name prefix } } }')), made.key);
});

keys('of which nothing can be made are refused, and nothing is made', async ({ user }) => {
  for (const [code, input] of [
    ['INVALID', { name: 'n'.repeat(101), scope: 'READ' }],
    ['INVALID', { name: 'a\u0000', scope: 'READ' }],
    ['INVALID', { name: 'n', scope: 'READ', expiresAt: inDays(-1) }],
    ['NOT_FOUND', { name: 'n', scope: 'PUSH', deviceId: 'nobody' }],
    ['FORBIDDEN', { name: 'n', scope: 'METRICS' }],
  ] as const)
    await failing(code, create(user, input));
  const { viewer } = await user.graphql<any>('{ viewer { apiKeys { id } } }');
  assert.is(viewer.apiKeys.length, 1);
});

keys('have no more than the key that makes them', async ({ server, user }) => {
  const { accounts } = server.resolvers;
  const [mine, other] = [await newDevice(user), await newDevice(user)];
  const ends = new Date(Date.now() + 10 * DAY);
  const ending = as(user, (await accounts.createKey({ email: user.email, name: '', expiresAt: ends.getTime() })).key);
  const bound = as(user, (await accounts.createKey({ email: user.email, name: '', deviceId: mine.id })).key);
  await failing('FORBIDDEN', create(ending, { name: 'n', scope: 'FULL', expiresAt: inDays(11) }));
  const inherited = (await create(ending, { name: 'n', scope: 'FULL' })).createApiKey.apiKey;
  assert.is(Date.parse(inherited.expiresAt), ends.getTime());
  await failing('FORBIDDEN', create(bound, { name: 'n', scope: 'FULL' }));
  await failing('FORBIDDEN', create(bound, { name: 'n', scope: 'PUSH', deviceId: other.id }));
  const same = (await create(bound, { name: 'n', scope: 'FULL', deviceId: mine.id })).createApiKey;
  const revoke = (who: TestUser, id: string) =>
    who.graphql(`mutation { revokeApiKey(input: { id: "${id}" }) { apiKey { revokedAt } } }`);
  await failing('FORBIDDEN', revoke(bound, inherited.id));
  await revoke(bound, same.apiKey.id);
  for (const scope of ['read', 'push'] as const) {
    const little = as(user, (await accounts.createKey({ email: user.email, name: '', scope })).key);
    await failing('FORBIDDEN', create(little, { name: 'n', scope: 'READ' }));
  }
});

keys('are revoked at once, and those of another account are not found', async ({ server, user }) => {
  const { createApiKey: made } = await create(user, { name: 'n', scope: 'READ' });
  const other = await server.newUser();
  const revoke = (who: TestUser, id: string) =>
    who.graphql<any>(`mutation { revokeApiKey(input: { id: "${id}" }) { apiKey { id revokedAt } } }`);
  for (const id of [made.apiKey.id, 'x', made.apiKey.id.toUpperCase()]) await failing('NOT_FOUND', revoke(other, id));
  const reader = as(user, made.key);
  assert.is((await reader.fetch('/api/0/buckets/')).status, 200);
  const first = (await revoke(user, made.apiKey.id)).revokeApiKey.apiKey.revokedAt;
  assert.is((await reader.fetch('/api/0/buckets/')).status, 401);
  await failing('UNAUTHENTICATED', reader.graphql('{ devices { id } }'));
  assert.is((await revoke(user, made.apiKey.id)).revokeApiKey.apiKey.revokedAt, first);
});

keys('are 1,000 at most: of those that let nobody in any more the oldest go', async ({ server, user }) => {
  const { script, rows } = driverOf(server.database);
  const fill = (count: number, revokedAt: string) =>
    script(`insert into api_keys (account, name, prefix, key_hash, created_at, revoked_at)
      select ${user.account}, 'filled', 'filled-' || n, decode(md5(random()::text || n), 'hex'),
        now() - interval '1 day' + n * interval '1 second', ${revokedAt} from generate_series(1, ${count}) n`);
  await fill(1_200, 'now()');
  await create(user, { name: 'n', scope: 'READ' });
  const count = async () =>
    (await rows<{ count: number }>(`select count(*)::int from api_keys where account = ${user.account}`))[0]!.count;
  assert.is(await count(), 1_000);
  assert.is((await user.fetch('/api/0/buckets/')).status, 200);
  await fill(1_000, 'null');
  await failing('TOO_LARGE', create(user, { name: 'n', scope: 'READ' }));
});

keys.run();
