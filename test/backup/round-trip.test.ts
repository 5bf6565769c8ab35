/** A backup restored is the database it was made of, row by row, on the same engine and on the other one. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeBackups } from '../../server/backup/backup.ts';
import { checkBackup, readBackup, writeBackup } from '../../server/backup/file.ts';
import { partsOf } from '../../server/backup/parts.ts';
import { restore } from '../../server/backup/restore.ts';
import { asSeenBy, withSnapshot } from '../../server/storage/backup/snapshot.ts';
import { KINDS, VALUES } from '../../server/storage/backup/kinds.ts';
import { driverOf, run, type Database } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { openTestDatabase, testEngine } from '../support/test-database.ts';
import { serverOn } from '../support/test-server.ts';
import { bucketWith, register, sent, wireBucket } from '../support/pushing.ts';
import { contents, digestsOf, furnish, rowsOf, counters, type Furnished } from './furnished.ts';

type Scene = Furnished & { folder: string; source: Database; target: Database; opened: Database[]; file: string };
const trips = suite<Scene>('a backup and its way back');
const now = () => new Date();

trips.before(async (scene) => {
  scene.opened = [];
  scene.folder = mkdtempSync(join(tmpdir(), 'kt-backup-'));
  scene.source = await openTestDatabase();
  scene.opened.push(scene.source);
  scene.target = await empty(scene);
  Object.assign(scene, await furnish(scene.source));
  scene.file = join(scene.folder, 'kt.backup');
  await writeBackup(scene.file, () => makeBackups(scene.source, { now }).begin());
});
trips.after(async ({ opened, folder }) => {
  for (const database of opened) await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const empty = async (scene: Scene, url?: string): Promise<Database> => {
  const database = url === undefined ? await openTestDatabase() : await openDatabase(url);
  scene.opened.push(database);
  await migrate(database);
  return database;
};

trips('that was read to its end is over: another one may begin at once', async ({ source }) => {
  const backups = makeBackups(source, { now });
  for (let time = 0; time < 3; time++) {
    let bytes = 0;
    for await (const chunk of backups.begin()) bytes += chunk.length;
    assert.ok(bytes > 0);
  }
  await backups.close();
});

trips('has something of every kind to carry', async ({ source }) => {
  const kinds = new Set((await contents(source)).flatMap((part) => ('page' in part ? [part.page.kind.name] : [])));
  assert.equal(
    KINDS.map(({ name }) => name).filter((name) => !kinds.has(name)),
    [],
  );
  const tables = Object.keys(await rowsOf(source));
  assert.equal(
    tables,
    [...KINDS.map(({ table }) => table), VALUES].sort(),
    'a table of the schema is a kind, and the reverse',
  );
});

trips('is one file that only its owner may read, and nothing beside it', async ({ folder, file }) => {
  assert.equal(readdirSync(folder), ['kt.backup']);
  if (process.platform !== 'win32') assert.is(statSync(file).mode & 0o777, 0o600);
});

trips('does not count where what was stored is not what the backup holds', async (scene) => {
  const { target } = scene;
  const before = await rowsOf(target);
  // A disk, a driver or an engine that loses something on the way.
  await driverOf(target).script(`
    create function lose() returns trigger language plpgsql as $$
      begin new.duration_ns = new.duration_ns + 1; return new; end $$;
    create trigger lose before insert on trashed_events for each row execute function lose()`);
  let refused: Error | undefined;
  await restore(target, readBackup(scene.file)).catch((error: Error) => (refused = error));
  assert.match(refused?.message ?? '', /what was restored is not what the backup holds \(trash of the bucket/);
  assert.equal(await rowsOf(target), before);
  await driverOf(target).script('drop function lose() cascade');
});

trips('is the same rows again, and no number is given twice', async (scene) => {
  const { target } = scene;
  await serverOn(target).resolvers.accounts.firstKey();
  const digests = await restore(target, readBackup(scene.file));
  assert.equal(digests, (await checkBackup(scene.file)).digests);
  assert.equal(await rowsOf(target), await rowsOf(scene.source));
  assert.equal(await counters(target), await counters(scene.source));
  assert.equal(digestsOf(await contents(target)), digestsOf(await contents(scene.source)));
});

trips('is refused by a database that holds something, which stays as it is', async (scene) => {
  const { target } = scene;
  const before = await rowsOf(target);
  let refused: Error | undefined;
  await restore(target, readBackup(scene.file)).catch((error: Error) => (refused = error));
  assert.match(refused?.message ?? '', /is not empty \(users: 5, buckets: 4\)/);
  assert.equal(await rowsOf(target), before);
});

// On either run one end is the embedded engine: from it, or from PostgreSQL to it and back.
if (testEngine() === 'postgres')
  trips('goes to the embedded engine and back, and is the same', async (scene) => {
    const embedded = await empty(scene, 'pglite:memory');
    await restore(embedded, readBackup(scene.file));
    assert.equal(await rowsOf(embedded), await rowsOf(scene.source));
    const back = await empty(scene);
    await withSnapshot(embedded, (snapshot) => restore(back, partsOf(snapshot)));
    assert.equal(await rowsOf(back), await rowsOf(scene.source));
    assert.equal(await counters(back), await counters(scene.source));
  });

trips('lets a device go on where it was: same account, same cursors, and its next push is a change', async (scene) => {
  const { app } = serverOn(scene.target);
  const [anna] = scene.users;
  const again = {
    ...anna!,
    graphql: async (query: string, variables: object = {}) => {
      const response = await app.fetch('http://kt.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${anna!.key}` },
        body: JSON.stringify({ query, variables }),
      });
      return ((await response.json()) as { data: never }).data;
    },
  };
  const input = { deviceId: scene.laptop.id, hostname: 'laptop \u2028 "x"', pass: 2, nonce: 'second' };
  const there = await register(anna!, input);
  const here = await register(again, input);
  const facts = ({ accountId, revision, pushed }: typeof here) => ({ accountId, revision, pushed });
  assert.equal(facts(here), facts(there));
  assert.ok(here.pushed[0]!.witnesses.length > 0);
  const { pushEvents } = (await again.graphql(
    'mutation ($input: PushEventsInput!) { pushEvents(input: $input) { revision results { inserted unchanged } } }',
    { input: { deviceId: scene.laptop.id, pass: 2, buckets: [wireBucket(bucketWith([sent(9_000, 90_000)]))] } },
  )) as unknown as { pushEvents: { revision: string; results: { inserted: number }[] } };
  assert.is(pushEvents.results[0]!.inserted, 1);
  assert.ok(BigInt(pushEvents.revision) > BigInt(here.revision));
});

trips('says the same in pages of any size', async ({ source }) => {
  const whole = digestsOf(await contents(source));
  for (const pageRows of [1, 3]) {
    const pages: Awaited<ReturnType<typeof contents>> = [];
    await run(source, async (tx) => {
      for await (const part of partsOf(await asSeenBy(tx, pageRows))) pages.push(part);
    });
    assert.equal(digestsOf(pages), whole);
    assert.ok(pages.every((part) => !('page' in part) || part.page.rows <= pageRows));
  }
});

trips.run();
