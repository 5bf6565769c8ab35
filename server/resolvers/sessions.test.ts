import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { inTheNameOf } from '../auth/viewer.ts';
import { driverOf } from '../storage/database.ts';

type Scene = { server: TestServer; clock: { now: Date }; user: TestUser };
const sessions = suite<Scene>('sessions');
sessions.before(async (scene) => {
  scene.clock = { now: new Date() };
  scene.server = await openTestServer(() => scene.clock.now);
});
sessions.before.each(async (scene) => {
  scene.clock.now = new Date('2030-01-01T00:00:00Z');
  scene.user = await scene.server.newUser();
});

const BROWSER = { name: 'Firefox 141 on Linux', address: '192.0.2.7' };
const enter = ({ server, user }: Scene) => server.resolvers.sessions.signIn(user.key, BROWSER);
const list = ({ server }: Scene, user: TestUser) => server.resolvers.sessions.list(inTheNameOf(user));
const count = async ({ server, user }: Scene, table: string): Promise<number> => {
  const rows = await driverOf(server.database).rows<{ n: number }>(
    `select count(*)::int as n from ${table} where account = ${user.account}`,
  );
  return rows[0]!.n;
};

sessions('are listed to their account as what a person recognizes, those seen last first', async (scene) => {
  await enter(scene);
  scene.clock.now = new Date('2030-01-01T00:00:01Z');
  await scene.server.resolvers.sessions.signIn(scene.user.key, { name: 'unknown', address: 'x'.repeat(500) });
  const [second, first] = await list(scene, scene.user);
  const { id, ...shown } = first!;
  assert.match(id, /^[\da-f-]{36}$/);
  assert.equal(shown, {
    createdAt: new Date('2030-01-01T00:00:00Z'),
    lastSeenAt: new Date('2030-01-01T00:00:00Z'),
    expiresAt: new Date('2030-01-31T00:00:00Z'),
    browser: 'Firefox 141 on Linux',
    address: '192.0.2.7',
  });
  assert.equal([second!.browser, second!.address.length], ['unknown', 64]);
});

sessions('are revoked by their account alone, and an id that is none says so', async (scene) => {
  const { server, user } = scene;
  const other = await server.newUser();
  await enter(scene);
  const { id } = (await list(scene, user))[0]!;
  const revoke = (by: TestUser, which: string) => server.resolvers.sessions.revoke(inTheNameOf(by), which);
  assert.is(await revoke(other, id), false);
  for (const wrong of ['', 'x', "' or true --", id.slice(1)]) assert.is(await revoke(user, wrong), false);
  assert.is((await list(scene, user)).length, 1);
  assert.equal([await revoke(user, id), await revoke(user, id)], [true, false]);
  assert.equal(await list(scene, user), []);
});

sessions('are all revoked at once, with the links that were not used, and no other account’s', async (scene) => {
  const { server, user } = scene;
  const { loginLinks, sessions: rules } = server.resolvers;
  const other = await server.newUser();
  const theirs = await rules.signIn(other.key, BROWSER);
  assert.ok(theirs.token);
  await enter(scene);
  await enter(scene);
  const { claim } = await loginLinks.loginLink({ email: user.email });
  assert.is(await rules.revokeAll(inTheNameOf(user)), 2);
  assert.equal(await list(scene, user), []);
  assert.is((await list(scene, other)).length, 1);
  const refused = await rules.claim(claim, BROWSER).catch((error: unknown) => error);
  assert.ok(isKtError(refused, 'unauthenticated'));
  assert.is(refused.details['reason'], 'unknown');
});

sessions(
  'are a thousand of an account at most: those that ended go first, then those not seen for longest',
  async (scene) => {
    const { server, user } = scene;
    await driverOf(server.database).script(`
    insert into sessions (account, token_hash, last_seen_at, expires_at, ended_at, browser, address)
    select ${user.account}, decode(md5(n || '-${user.userId}'), 'hex'),
      timestamptz '2029-12-01' + n * interval '1 minute', '2030-01-20',
      case when n = 900 then timestamptz '2029-12-31' end, n::text, '' from generate_series(1, 1000) n`);
    const seen = async () => (await list(scene, user)).map(({ browser }) => browser);
    await enter(scene);
    assert.is(await count(scene, 'sessions'), 1_000);
    const [once] = [await seen()];
    assert.equal([once.length, once.includes('900'), once.at(-1)], [1_000, false, '1']);
    await enter(scene);
    const twice = await seen();
    assert.equal([twice.length, twice.at(-1)], [1_000, '2']);
  },
);

sessions('of links: a hundred of an account at most, the newest', async (scene) => {
  const { server, user } = scene;
  await driverOf(server.database).script(`
    insert into claims (account, claim_hash, created_at, expires_at)
    select ${user.account}, decode(md5(n || '-${user.userId}'), 'hex'), '2029-12-31', '2030-01-20'
    from generate_series(1, 100) n`);
  const { claim } = await server.resolvers.loginLinks.loginLink({ email: user.email });
  assert.is(await count(scene, 'claims'), 100);
  assert.is((await server.resolvers.sessions.claim(claim, BROWSER)).user.id, user.userId);
});

sessions('are swept 30 days after they ended, with claims', async (scene) => {
  const { server, user, clock } = scene;
  await enter(scene);
  await server.resolvers.loginLinks.loginLink({ email: user.email });
  const left = async () => [await count(scene, 'sessions'), await count(scene, 'claims')];
  const sweepOn = async (day: string) => {
    clock.now = new Date(day);
    await server.resolvers.sessions.sweep();
    return left();
  };
  assert.equal(await sweepOn('2030-01-31T00:59:59Z'), [1, 1]);
  assert.equal(await sweepOn('2030-01-31T01:00:01Z'), [1, 0]);
  assert.equal(await sweepOn('2030-03-02T00:00:00Z'), [1, 0]);
  assert.equal(await sweepOn('2030-03-02T00:00:01Z'), [0, 0]);
});

sessions('end with their account', async (scene) => {
  const { server, user } = scene;
  const { claim } = await server.resolvers.loginLinks.loginLink({ email: user.email });
  await server.resolvers.sessions.claim(claim, BROWSER);
  await server.resolvers.accountRemoval.deleteAccount({ email: user.email, id: user.userId });
  assert.equal([await count(scene, 'sessions'), await count(scene, 'claims')], [0, 0]);
});

sessions('are of a link for the first user, and for no user that is not there', async (scene) => {
  const { loginLinks } = scene.server.resolvers;
  const first = await loginLinks.firstLoginLink();
  const rows = await driverOf(scene.server.database).rows<{ email: string }>(
    'select email from users order by created_at limit 1',
  );
  assert.is(first!.email, rows[0]!.email);
  assert.match(first!.claim, /^kt_claim_[\w-]{43}$/);
  const refused = await loginLinks.loginLink({ email: 'nobody@example.org' }).catch((error: unknown) => error);
  assert.ok(isKtError(refused, 'not_found'));
});

sessions.run();
