/**
 * A backup is the database as it was at one moment, whatever is written while it is read: everything that writes runs
 * between any two pages, and nothing of it is in the backup, nor missing from the database.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { partsOf, type Part } from '../../server/backup/parts.ts';
import { withSnapshot } from '../../server/storage/backup/snapshot.ts';
import { driverOf, type Database } from '../../server/storage/database.ts';
import { bucketWith, sent } from '../support/pushing.ts';
import { openTestDatabase, testEngine } from '../support/test-database.ts';
import { contents, deleteAll, digestsOf, furnish, rowsOf, type Furnished } from './furnished.ts';

const live = suite<Furnished & { database: Database }>('a backup while others write');
live.before(async (scene) => {
  scene.database = await openTestDatabase();
  Object.assign(scene, await furnish(scene.database));
});
live.after(({ database }) => database.close());

const send = (user: Furnished['users'][number], method: string, path: string, body?: unknown) =>
  user.fetch(`/api/0${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** Everything that changes rows, one after the other, again and again. */
const writers = ({ server, users, laptop }: Furnished): ((n: number) => Promise<unknown>)[] => {
  const [anna, ben] = [users[0]!, users[1]!];
  const event = (n: number) => ({
    timestamp: new Date(Date.UTC(2024, 0, 1) + n * 1000).toISOString(),
    duration: 1,
    data: { n },
  });
  return [
    (n) => laptop.push(bucketWith([sent(1000 + n, n * 60), sent(1 + (n % 40), 5, n, { grew: n })])),
    () => deleteAll(anna, laptop, 1, ['2024-05-31']),
    (n) => send(anna, 'POST', '/buckets/by hand/events', [event(n)]),
    () => send(anna, 'POST', '/buckets/by hand/heartbeat?pulsetime=1000', { ...event(0), timestamp: new Date() }),
    (n) => send(ben, 'POST', `/buckets/new ${n}`, { client: 'c', type: 't', hostname: 'h' }),
    (n) => send(ben, 'POST', `/buckets/new ${n - 1}/events`, [event(n), event(n + 1)]),
    () => send(ben, 'DELETE', '/buckets/empty?force=1'),
    (n) => send(ben, 'POST', '/settings/text', n),
    (n) => send(ben, 'POST', `/settings/new${n}`, n),
    () => send(ben, 'DELETE', '/settings/number'),
    () => server.newUser(),
    () => server.resolvers.trashKeeping.restoreTrash({ email: anna.email }),
    (n) =>
      send(ben, 'POST', '/import', {
        buckets: { i: { id: `in${n}`, type: 't', client: 'c', hostname: 'h', events: [event(n)] } },
      }),
    () => server.resolvers.imports.resume(testEngine() === 'pglite'),
    // A new epoch takes the source ids off all rows; then the whole bucket goes.
    (n) => laptop.push(bucketWith([sent(5_000, n)], { epoch: 2 })),
    () => send(anna, 'DELETE', '/buckets/window?force=1'),
  ];
};

live('holds what was there when it began, all of it and nothing else', async (scene) => {
  const { database } = scene;
  const before = digestsOf(await contents(database));
  const rowsBefore = await rowsOf(database);
  const works = writers(scene);
  const parts: Part[] = [];
  let n = 0;
  await withSnapshot(
    database,
    async (snapshot) => {
      for await (const part of partsOf(snapshot)) {
        parts.push(part);
        await works[n++ % works.length]!(n);
      }
    },
    4,
  );
  assert.ok(n > works.length, 'everything had its turn');
  assert.equal(digestsOf(parts), before);
  const rowsAfter = await rowsOf(database);
  for (const table of ['users', 'events', 'buckets', 'deleted_events', 'trashed_events', 'settings'])
    assert.not.equal(rowsAfter[table], rowsBefore[table], `${table} was written to meanwhile`);
});

live('leaves nothing behind in the database, also where it fails', async ({ database }) => {
  const failed = withSnapshot(database, async (snapshot) => {
    for await (const _ of partsOf(snapshot)) throw new Error('the disk is full');
  });
  assert.is(await failed.catch((error: Error) => error.message), 'the disk is full');
  const left = await driverOf(database).rows(`
    select nspname::text as name from pg_namespace where nspname = 'kt_snapshot'
    union all select tgname::text from pg_trigger where tgname like 'kt_snapshot%'`);
  assert.equal(left, []);
});

live('is one at a time, and the next may begin when it ends', async ({ database }) => {
  const second = await withSnapshot(database, () =>
    withSnapshot(database, async () => 'both').catch((error: Error) => error.message),
  );
  assert.match(second, /a backup is being made already/);
  assert.is(await withSnapshot(database, async () => 'another'), 'another');
});

live.run();
