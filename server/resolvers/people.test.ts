import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allUsers } from '../../test/support/all-users.ts';
import { isKtError } from '../../domain/errors.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { serverOn, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { inTheNameOf, type Viewer } from '../auth/viewer.ts';
import { driverOf } from '../storage/database.ts';
import { migrate } from '../storage/migrate.ts';

/** A server of its own: who administers it, and that somebody is the last, counts over all of its accounts. */
type Scene = { server: TestServer; clock: { now: Date }; admin: TestUser; other: TestUser };
const people = suite<Scene>('people of a server');
people.before(async (scene) => {
  scene.clock = { now: new Date('2030-01-01T00:00:00Z') };
  const database = await openTestDatabase();
  await migrate(database);
  scene.server = serverOn(database, () => scene.clock.now);
});
people.after(({ server }) => server.database.close());
people.before.each(async (scene) => {
  scene.clock.now = new Date('2030-01-01T00:00:00Z');
  scene.admin = await scene.server.newUser();
  scene.other = await scene.server.newUser();
  await driverOf(scene.server.database).script('update users set admin_since = null');
  await scene.server.resolvers.people.markUser({ email: scene.admin.email, on: true });
});

const BROWSER = { name: 'Firefox', address: '192.0.2.7' };
const DAY = 86_400_000;
const NEW = () => `${crypto.randomUUID()}@example.org`;
const bySession = (user: TestUser): Viewer => ({ ...inTheNameOf(user), via: 'session', address: '192.0.2.1' });
const failing = async (code: string, words: RegExp, work: Promise<unknown>): Promise<void> => {
  const error: unknown = await work.then(
    () => null,
    (why: unknown) => why,
  );
  assert.ok(isKtError(error), `expected ${code}, got ${String(error)}`);
  assert.is(error.code, code, error.message);
  assert.match(error.message, words);
};
const personOf = async ({ server }: Scene, email: string) =>
  (await allUsers(server)).find((user) => user.email === email);
const logOf = async ({ server }: Scene, user: Pick<TestUser, 'account' | 'userId'>) =>
  (await server.resolvers.accountLog.list(inTheNameOf(user), 20, null)).map(({ kind, what }) => `${kind} ${what}`);
const claim = ({ server }: Scene, text: string) => server.resolvers.sessions.claim(text, BROWSER);

people('come by a link that works once, for seven days, and a newer one voids the former', async (scene) => {
  const { server, admin, clock } = scene;
  const email = NEW();
  const invite = () => server.resolvers.people.invite(bySession(admin), ` ${email.toUpperCase()} `, false);
  const [first, second] = [await invite(), await invite()];
  assert.equal([second.email, second.isAdmin, second.id], [email, false, first.id]);
  assert.is(second.expiresAt.getTime(), clock.now.getTime() + 7 * DAY);
  const invited = (await personOf(scene, email))!;
  assert.equal([invited.keys, invited.devices, invited.lastSeenAt], [0, 0, null]);
  assert.equal(invited.invitedUntil, second.expiresAt);
  await failing(
    'unauthenticated',
    /invitation has expired, or a newer one.*ask who invited/,
    claim(scene, first.claim),
  );
  const entered = await claim(scene, second.claim);
  assert.equal([entered.user.email, entered.invited], [email, true]);
  const came = (await personOf(scene, email))!;
  assert.equal([came.invitedAt, came.invitedUntil], [null, null]);
  await failing('unauthenticated', /invitation was used already/, claim(scene, second.claim));
  await failing('conflict', /has an account here already.*login-link --email/, invite());
  assert.equal(await logOf(scene, { account: came.account, userId: came.id }), [
    'signed_in Firefox',
    `invited ${email}, by ${admin.email}`,
    `invited ${email}, by ${admin.email}`,
  ]);
  assert.equal((await logOf(scene, admin)).slice(0, 2), Array(2).fill(`invited ${email}, by ${admin.email}`));
});

people('are not let in by an invitation that is too old, and can be invited anew', async (scene) => {
  const { server, clock } = scene;
  const email = NEW();
  const invite = () => server.resolvers.people.inviteUser({ email, admin: true });
  const late = await invite();
  clock.now = new Date(clock.now.getTime() + 7 * DAY);
  await failing('unauthenticated', /has expired/, claim(scene, late.claim));
  assert.is((await personOf(scene, email))!.invitedUntil, null);
  const again = await invite();
  assert.equal([again.id, again.isAdmin], [late.id, true]);
  await claim(scene, again.claim);
});

people('who came in by another way have the account to themselves: the link leads there no more', async (scene) => {
  const { server } = scene;
  const ways: ((email: string) => Promise<unknown>)[] = [
    (email) => server.resolvers.accounts.createKey({ email, name: 'n' }),
    (email) => server.resolvers.sessions.byTrustedProxy(email, BROWSER),
    async (email) => claim(scene, (await server.resolvers.loginLinks.loginLink({ email })).claim),
  ];
  for (const come of ways) {
    const email = NEW();
    const invited = await server.resolvers.people.inviteUser({ email, admin: false });
    await come(email);
    await failing('unauthenticated', /was used already/, claim(scene, invited.claim));
    await failing('conflict', /has an account/, server.resolvers.people.inviteUser({ email, admin: false }));
    await failing('conflict', /has come in/, server.resolvers.people.withdrawUser({ email }));
  }
});

people('are withdrawn with account and link while they have not come', async (scene) => {
  const { server, admin, other } = scene;
  const email = NEW();
  const { claim: text, id } = await server.resolvers.people.inviteUser({ email, admin: false });
  const { withdraw } = server.resolvers.people;
  assert.equal(await withdraw(bySession(admin), id), { id, email });
  assert.is(await personOf(scene, email), undefined);
  await failing('unauthenticated', /is not known here/, claim(scene, text));
  await failing('not_found', /no user/, withdraw(bySession(admin), id));
  await failing('not_found', /no user/, withdraw(bySession(admin), 'x'));
  await failing('conflict', /has come in/, withdraw(bySession(admin), other.userId));
  assert.is((await logOf(scene, admin))[0], `invitation_withdrawn ${email}`);
});

people('are nobody’s to be invited by a text that is no address', async ({ server }) => {
  for (const email of ['', 'x', 'a b@c', 'a@', `${'x'.repeat(260)}@y`, 'a\u0000@b', 'a\ud800@b'])
    await failing('invalid', /no e-mail address/, server.resolvers.people.inviteUser({ email, admin: false }));
});

people('administer the server by a session or a key that may do everything, with the mark alone', async (scene) => {
  const { server, admin, other } = scene;
  const { list, invite, withdraw, mark, remove, mustBeAdmin } = server.resolvers.people;
  const acts: ((viewer: Viewer) => Promise<unknown>)[] = [
    mustBeAdmin,
    (viewer) => list(viewer, 10, null),
    (viewer) => invite(viewer, NEW(), false),
    (viewer) => withdraw(viewer, other.userId),
    (viewer) => mark(viewer, other.userId, true),
    (viewer) => remove(viewer, other.userId, other.email),
  ];
  const before = await allUsers(server);
  const key: Viewer = { ...inTheNameOf(admin), via: 'key' };
  const refused: Viewer[] = [
    bySession(other),
    { ...key, scope: 'read' },
    { ...key, scope: 'push' },
    { ...key, boundTo: 'laptop' },
  ];
  for (const viewer of refused) for (const act of acts) await failing('forbidden', /./, act(viewer));
  assert.equal(await allUsers(server), before);
  assert.ok((await list(key, 1_000, null)).some(({ email }) => email === other.email));
  await failing('forbidden', /in a signed-in browser/, remove(key, other.userId, other.email));
});

people('see of others numbers alone, in pages', async (scene) => {
  const { server, admin } = scene;
  const { list } = server.resolvers.people;
  const all = await allUsers(server);
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await list(bySession(admin), 1, after);
    if (page.length === 0) break;
    seen.push(page[0]!.email);
    after = String(page[0]!.account);
  }
  assert.equal(
    seen,
    all.map(({ email }) => email),
  );
  assert.equal(Object.keys(all[0]!).sort(), [
    ...['account', 'adminSince', 'buckets', 'createdAt', 'devices', 'email', 'events', 'id', 'invitedAt'],
    ...['invitedUntil', 'keys', 'lastSeenAt', 'movedTo'],
  ]);
  await failing('invalid', /negative/, list(bySession(admin), -1, null));
  await failing('invalid', /cursor/, list(bySession(admin), 1, 'x'));
});

people('name further administrators, and never leave the server without one', async (scene) => {
  const { server, admin, other } = scene;
  const { mark, markUser, inviteUser } = server.resolvers.people;
  await failing('conflict', /the last who administers/, mark(bySession(admin), admin.userId, false));
  await inviteUser({ email: NEW(), admin: true });
  await failing('conflict', /the last who administers/, mark(bySession(admin), admin.userId, false));
  assert.ok((await mark(bySession(admin), other.userId, true)).adminSince);
  await mark(bySession(admin), other.userId, true);
  assert.is((await mark(bySession(other), admin.userId, false)).adminSince, null);
  await failing('forbidden', /who administers this server/, mark(bySession(admin), admin.userId, true));
  assert.equal((await logOf(scene, admin)).slice(0, 2), [
    `admin_unset ${admin.email}, by ${other.email}`,
    `admin_set ${other.email}, by ${admin.email}`,
  ]);
  assert.equal(await markUser({ email: other.email, on: false }), { email: other.email, any: false });
  assert.equal(await markUser({ email: other.email, on: true }), { email: other.email, any: true });
});

people('delete an account with all that is in it, once its address is typed, and not their own', async (scene) => {
  const { server, admin, other } = scene;
  const { remove } = server.resolvers.people;
  await other.fetch('/api/0/buckets/b', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client: 'c', type: 't', hostname: 'h' }),
  });
  await failing('invalid', /type .* to delete it/, remove(bySession(admin), other.userId, admin.email));
  await failing('invalid', /your own account/, remove(bySession(admin), admin.userId, admin.email));
  await failing('not_found', /no user/, remove(bySession(admin), crypto.randomUUID(), other.email));
  assert.is((await other.fetch('/api/0/buckets/')).status, 200);
  assert.equal(await remove(bySession(admin), other.userId, ` ${other.email.toUpperCase()}`), { events: 0 });
  assert.is((await other.fetch('/api/0/buckets/')).status, 401);
  assert.is(await personOf(scene, other.email), undefined);
  assert.is((await logOf(scene, admin))[0], `account_deleted ${other.email}, by ${admin.email}`);
});

people('are listed for the operator in pages, with where those are whose account was moved', async (scene) => {
  const { server, other } = scene;
  const { script } = driverOf(server.database);
  const { pageOfUsers } = server.resolvers.people;
  await script(`insert into users (email) select 'many-' || n || '@example.org' from generate_series(1, 1000) n`);
  await script(`update users set moved_to = 'https://cell2.example' where email = '${other.email}'`);
  const all = await allUsers(server);
  assert.is(new Set(all.map(({ account }) => account)).size, all.length, 'each once');
  assert.equal(
    all.filter(({ email }) => email.startsWith('many-')).map(({ email }) => email),
    Array.from({ length: 1_000 }, (_, n) => `many-${n + 1}@example.org`),
  );
  assert.equal(
    all.filter(({ movedTo }) => movedTo !== null).map(({ email, movedTo }) => [email, movedTo]),
    [[other.email, 'https://cell2.example']],
  );
  const first = await pageOfUsers({ after: 0 });
  assert.ok(first.users.length < all.length);
  assert.is(first.next, first.users.at(-1)!.account);
  assert.equal(await pageOfUsers({ after: all.at(-1)!.account }), { users: [], next: null });
  await script(`delete from users where email like 'many-%'`);
});

people('of a new server: the first administers it', async (scene) => {
  const { server } = scene;
  await driverOf(server.database).script('delete from users');
  const { email } = (await server.resolvers.accounts.firstKey())!;
  assert.equal((await personOf(scene, email))!.adminSince, scene.clock.now);
});

people.run();
