/** One account is moved from one database to another, whole, and nothing else. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { cancelMove, forgetMoved, moveAccount } from '../../server/moving/move-account.ts';
import { driverOf, type Database } from '../../server/storage/database.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { furnish } from '../backup/furnished.ts';
import { openTestDatabase } from '../support/test-database.ts';
import { serverOn, type TestServer, type TestUser } from '../support/test-server.ts';
import { knownTables, rowsOf, tablesWithAccounts } from './both-sides.ts';

const URL_THERE = 'https://cell2.example/';

type Scene = { source: Database; target: Database; here: TestServer; there: TestServer; anna: TestUser; ben: TestUser };
const moves = suite<Scene>('an account that is moved');
moves.before(async (scene) => {
  // From the embedded engine to the one under test; states.test.ts has both sides of one.
  [scene.source, scene.target] = [await openDatabase('pglite:memory'), await openTestDatabase()];
  const { server, users } = await furnish(scene.source);
  [scene.here, scene.anna, scene.ben] = [server, users[0]!, users[1]!];
  await migrate(scene.target);
  scene.there = serverOn(scene.target);
});
moves.after(async ({ here, there, source, target }) => {
  await here.deps.feed.close();
  await there.deps.feed.close();
  await source.close();
  await target.close();
});

/** Asks a server with a user's key, whose account may be at another. */
const asks = (server: TestServer, { key }: TestUser, path: string, init: RequestInit = {}): Promise<Response> =>
  Promise.resolve(
    server.app.fetch(`http://kt.test${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    }),
  );
const query = (server: TestServer, user: TestUser, text: string): Promise<Response> =>
  asks(server, user, '/graphql', { method: 'POST', body: JSON.stringify({ query: text }) });

const fails = async (work: Promise<unknown>, code: string, why: RegExp): Promise<void> => {
  const error = await work.then(
    () => assert.unreachable('it was done'),
    (fault: unknown) => fault,
  );
  assert.ok(isKtError(error, code as never), String(error));
  assert.match(error.message, why);
};

moves('has each table with accounts in it either moved or left behind, for a reason', async ({ source }) => {
  assert.equal(await tablesWithAccounts(source), knownTables());
});

moves('stays where it is while a file is imported into it, and is not left half there', async (scene) => {
  const { source, target, here, ben } = scene;
  const before = await rowsOf(source, ben.userId);
  await fails(
    moveAccount(source, target, { email: ben.email, url: URL_THERE }),
    'conflict',
    /a file is being imported/,
  );
  assert.is((await query(scene.there, ben, '{ viewer { id } }')).status, 503, 'nobody is served where it arrives');
  assert.is(
    (await asks(here, ben, '/api/0/settings/after', { method: 'POST', body: '1' })).status,
    201,
    'takes writes',
  );
  await cancelMove(source, target, ben.email);
  assert.is((await query(scene.there, ben, '{ viewer { id } }')).status, 401);
  const after = await rowsOf(source, ben.userId);
  assert.equal(before['buckets'], after['buckets']);
});

moves(
  'is there whole, with its numbers, and clients are sent on',
  async ({ source, target, here, there, anna, ben }) => {
    const asked =
      '{ viewer { id } devices { id label } buckets { id bucketId eventCount digest { day eventCount hash } } }';
    const answered = await (await query(here, anna, asked)).json();
    const exported = await (await asks(here, anna, '/api/0/export')).text();

    const beside = await there.newUser();
    const [ours, others, besides] = [
      await rowsOf(source, anna.userId),
      await rowsOf(source, ben.userId),
      await rowsOf(target, beside.userId),
    ];
    for (const table of ['events', 'deleted_events', 'trashed_events', 'device_proofs', 'identities', 'account_log'])
      assert.ok(ours[table]!.length > 0, `nothing of ${table} to move`);
    const { rows, id } = await moveAccount(source, target, { email: anna.email.toUpperCase(), url: URL_THERE });
    assert.is(id, anna.userId);
    assert.is(rows['events'], ours['events']!.length);

    assert.equal(await rowsOf(target, anna.userId), ours);
    assert.equal(await (await query(there, anna, asked)).json(), answered);
    assert.is(await (await asks(there, anna, '/api/0/export')).text(), exported);
    assert.equal(await rowsOf(source, ben.userId), others, 'another account here');
    assert.equal(await rowsOf(target, beside.userId), besides, 'another account there');

    const moved = await query(here, anna, '{ viewer { id } }');
    const [error] = ((await moved.json()) as any).errors;
    assert.equal([moved.status, error.extensions.code, error.extensions.url], [410, 'MOVED', URL_THERE]);
    assert.match(error.message, /was moved to https:\/\/cell2\.example\//);
    for (const [path, method] of [
      ['/api/0/buckets/', 'GET'],
      ['/api/0/buckets/a%20b/heartbeat?pulsetime=5', 'POST'],
    ] as const) {
      const sent = await asks(here, anna, path, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
      assert.equal([sent.status, sent.headers.get('location')], [308, `https://cell2.example${path}`]);
      assert.match(((await sent.json()) as any).message, /was moved to/);
    }
  },
);

moves(
  'is not moved twice, and is forgotten here when somebody says so',
  async ({ source, target, here, there, anna }) => {
    await fails(moveAccount(source, target, { email: anna.email, url: URL_THERE }), 'conflict', /was moved to/);
    await fails(cancelMove(source, target, anna.email), 'conflict', /was moved to/);
    await fails(moveAccount(target, source, { email: anna.email, url: URL_THERE }), 'conflict', /already/);
    await fails(forgetMoved(target, anna.email), 'conflict', /is served here/);
    const there1 = await rowsOf(target, anna.userId);
    assert.is(await forgetMoved(source, anna.email), there1['events']!.length);
    const left = await rowsOf(source, anna.userId);
    assert.equal(
      Object.entries(left).flatMap(([table, rows]) => (rows.length > 0 ? [table] : [])),
      ['devices', 'api_keys', 'users'],
    );
    assert.is((await query(here, anna, '{ viewer { id } }')).status, 410, 'is sent on as before');
    assert.equal(await rowsOf(target, anna.userId), there1);
    assert.is((await query(there, anna, '{ viewer { id } }')).status, 200);
    await here.resolvers.accountRemoval.deleteAccount({ email: anna.email, id: anna.userId });
    assert.is((await query(here, anna, '{ viewer { id } }')).status, 401);
    const [left2] = await driverOf(source).rows(`select 1 from users where id = '${anna.userId}'`);
    assert.is(left2, undefined);
  },
);

moves.run();
