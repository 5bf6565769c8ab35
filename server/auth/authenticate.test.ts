import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { APP_URL, openTestServer, type TestServer } from '../../test/support/test-server.ts';
import { prismaOf } from '../storage/database.ts';
import { makeApiKey } from './api-key.ts';
import { makeAuthenticate, type Authenticate } from './authenticate.ts';

/** A clock that tests set, a user, and two of the user's keys. */
type Scene = {
  server: TestServer;
  clock: { now: Date };
  authenticate: Authenticate;
  userId: string;
  key: string;
  other: string;
};
const authentication = suite<Scene>('authentication');

authentication.before(async (scene) => {
  scene.server = await openTestServer();
  scene.clock = { now: new Date() };
  scene.authenticate = makeAuthenticate(scene.server.database, () => scene.clock.now);
});
authentication.before.each(async (scene) => {
  scene.clock.now = new Date('2030-01-01T00:00:00Z');
  const email = `${randomUUID()}@example.org`;
  scene.key = (await scene.server.resolvers.accounts.createKey({ email, name: 'one' })).key;
  scene.other = (await scene.server.resolvers.accounts.createKey({ email, name: 'other' })).key;
  scene.userId = (await prismaOf(scene.server.database).user.findUniqueOrThrow({ where: { email } })).id;
});

const asking = (headers: HeadersInit = {}) => new Request(APP_URL, { headers });
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
const refused = async (
  { authenticate }: Scene,
  headers: Record<string, string>,
  message = /not valid/,
): Promise<void> => {
  try {
    await authenticate(asking(headers));
  } catch (error) {
    assert.ok(isKtError(error, 'unauthenticated'), String(error));
    assert.match(error.message, message);
    return;
  }
  assert.unreachable(`let in with ${JSON.stringify(headers)}`);
};
const rowOf = ({ server }: Scene, key: string) =>
  prismaOf(server.database).apiKey.findFirstOrThrow({ where: { prefix: key.slice(0, 10) } });

authentication(
  'asks the database once a request, and a second time once a minute',
  async ({ authenticate, clock, key }) => {
    const asked = () => statementsOf(() => authenticate(asking({ 'x-api-key': key })));
    await asked();
    assert.equal([await asked(), await asked()], [1, 1]);
    clock.now = new Date(clock.now.getTime() + 60_000);
    assert.ok((await asked()) > 1);
    assert.is(await asked(), 1);
  },
);

authentication('takes a key as Bearer, as X-API-Key, and by Basic as password or as user alone', async (scene) => {
  const { authenticate, key, userId } = scene;
  const ways: Record<string, string>[] = [
    { authorization: `Bearer ${key}` },
    { authorization: `bearer   ${key} ` },
    { 'x-api-key': key },
    { 'x-api-key': ` ${key} ` },
    basic(`anybody:${key}`),
    basic(`:${key}`),
    basic(`${key}:`),
    basic(key),
    { authorization: `Bearer ${key}`, 'x-api-key': key },
  ];
  for (const headers of ways) assert.is((await authenticate(asking(headers)))?.userId, userId, JSON.stringify(headers));
  assert.is((await authenticate(asking(ways[0])))?.keyId, (await rowOf(scene, key)).id);
});

authentication('knows nobody where no key is shown', async ({ authenticate }) => {
  assert.is(await authenticate(asking()), null);
  // GraphiQL sends this before a key is typed.
  for (const authorization of ['Bearer', 'Bearer ']) assert.is(await authenticate(asking({ authorization })), null);
  assert.is(await authenticate(asking({ cookie: 'key=kt_', 'x-other': 'kt_' })), null);
});

authentication('refuses what is no key of ours, an unknown scheme and an empty one too', async (scene) => {
  const wrong: Record<string, string>[] = [
    { authorization: `Bearer ${makeApiKey().key}` },
    { authorization: `Bearer ${scene.key}x` },
    { authorization: scene.key },
    { authorization: `Digest ${scene.key}` },
    { 'x-api-key': '' },
    { 'x-api-key': scene.key.toUpperCase() },
    basic(`${scene.key}:wrong`),
    basic(':'),
    { authorization: 'Basic %%%' },
  ];
  for (const headers of wrong) await refused(scene, headers);
});

authentication('refuses a request that shows two different keys, however good they are', async (scene) => {
  await refused(scene, { authorization: `Bearer ${scene.key}`, 'x-api-key': scene.other }, /two different/);
  await refused(scene, { ...basic(`me:${scene.other}`), 'x-api-key': scene.key }, /two different/);
  await refused(scene, { authorization: `Bearer ${scene.key}`, 'x-api-key': '' }, /two different/);
});

authentication('refuses a revoked key at once, and no other', async (scene) => {
  await scene.authenticate(asking({ 'x-api-key': scene.key }));
  await scene.server.resolvers.accounts.revokeKey((await rowOf(scene, scene.key)).id);
  await refused(scene, { 'x-api-key': scene.key });
  assert.is((await scene.authenticate(asking({ 'x-api-key': scene.other })))?.userId, scene.userId);
});

authentication('refuses a key from the moment it expires, and says so', async (scene) => {
  const { id } = await rowOf(scene, scene.key);
  const expiresAt = new Date('2030-06-01T00:00:00Z');
  await prismaOf(scene.server.database).apiKey.updateMany({ where: { id }, data: { expiresAt } });
  scene.clock.now = new Date(expiresAt.getTime() - 1);
  assert.is((await scene.authenticate(asking({ 'x-api-key': scene.key })))?.userId, scene.userId);
  scene.clock.now = expiresAt;
  await refused(scene, { 'x-api-key': scene.key }, /expired/);
});

authentication(
  'refuses a key whose scope reaches no account, or is not known, and does not call it used',
  async (scene) => {
    const { id } = await rowOf(scene, scene.key);
    const become = (scope: string) =>
      prismaOf(scene.server.database).apiKey.updateMany({ where: { id }, data: { scope } });
    for (const scope of ['metrics', 'FULL', '', 'admin']) {
      await become(scope);
      try {
        await scene.authenticate(asking({ 'x-api-key': scene.key }));
        assert.unreachable(scope);
      } catch (error) {
        assert.ok(isKtError(error, 'forbidden'), String(error));
        assert.match(error.message, JSON.stringify(scope));
      }
    }
    assert.is((await rowOf(scene, scene.key)).lastUsedAt, null);
    for (const scope of ['read', 'push', 'full']) {
      await become(scope);
      assert.is((await scene.authenticate(asking({ 'x-api-key': scene.key })))?.scope, scope);
    }
    assert.is((await scene.authenticate(asking({ 'x-api-key': scene.key })))?.userId, scene.userId);
  },
);

authentication('notes when a key was last used, at most once a minute', async (scene) => {
  const use = async (now: string) => {
    scene.clock.now = new Date(now);
    await scene.authenticate(asking({ 'x-api-key': scene.key }));
    return (await rowOf(scene, scene.key)).lastUsedAt?.toISOString();
  };
  assert.is((await rowOf(scene, scene.key)).lastUsedAt, null);
  assert.is(await use('2030-01-01T00:00:00.000Z'), '2030-01-01T00:00:00.000Z');
  assert.is(await use('2030-01-01T00:00:59.999Z'), '2030-01-01T00:00:00.000Z');
  assert.is(await use('2030-01-01T00:01:00.000Z'), '2030-01-01T00:01:00.000Z');
  assert.is((await rowOf(scene, scene.other)).lastUsedAt, null);
});

authentication('never tells a key back in what it says', async (scene) => {
  const key = makeApiKey().key;
  await refused(scene, { 'x-api-key': key }, /^((?!kt_[A-Za-z0-9_-]{7}).)*$/);
});

authentication.run();
