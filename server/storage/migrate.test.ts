import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { migrationList, openSchemaEngine } from '../../scripts/schema-engine.ts';
import { newPostgresUrl, openTestDatabase, testEngine } from '../../test/support/test-database.ts';
import { driverOf, type Database } from './database.ts';
import { migrate, readMigrations, type Migration } from './migrate.ts';
import { openDatabase } from './open.ts';

const migrations = suite<{ database: Database }>('migrations');
migrations.before(async (scene) => {
  scene.database = await openTestDatabase();
});
migrations.before.each(async ({ database }) =>
  driverOf(database).script('drop schema public cascade; create schema public'),
);
migrations.after(({ database }) => database.close());

const migration = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
});
const ONE = migration('20260101000000_one', 'create table one (n int); insert into one values (1)');
const TWO = migration('20260102000000_two', 'alter table one add column two int; update one set two = 2');
const THREE = migration('20260103000000_three', 'create table three ()');

/** Everything that migrations leave: tables with their columns, and the records of what was applied. */
const state = async (database: Database) => ({
  columns: await driverOf(database).rows(
    `select table_name, column_name from information_schema.columns where table_schema = 'public'
      and table_name <> '_prisma_migrations' order by 1, 2`,
  ),
  tables: await driverOf(database).rows(
    `select table_name from information_schema.tables where table_schema = 'public' order by 1`,
  ),
  recorded: await driverOf(database).rows(
    'select id, migration_name, checksum, finished_at::text, ' +
      'applied_steps_count from _prisma_migrations order by migration_name',
  ),
});

const refused = async (work: Promise<unknown>): Promise<Error & { code: string }> => {
  try {
    await work;
  } catch (error) {
    assert.ok(isKtError(error), String(error));
    return error;
  }
  return assert.unreachable() as never;
};

migrations('are applied in order, and a second run applies none', async ({ database }) => {
  assert.equal(await migrate(database, [ONE, TWO]), [ONE.name, TWO.name]);
  assert.equal(await driverOf(database).rows('select * from one'), [{ n: 1, two: 2 }]);
  const after = await state(database);
  assert.equal(
    after.recorded.map((row: any) => [
      row.migration_name,
      row.checksum,
      row.applied_steps_count,
      row.finished_at !== null,
    ]),
    [
      [ONE.name, ONE.checksum, 1, true],
      [TWO.name, TWO.checksum, 1, true],
    ],
  );
  assert.equal(await migrate(database, [ONE, TWO]), []);
  assert.equal(await state(database), after);
  assert.equal(await migrate(database, [ONE, TWO, THREE]), [THREE.name]);
});

migrations(
  'that were edited after they were applied stop the start by name, and nothing changes',
  async ({ database }) => {
    await migrate(database, [ONE, TWO]);
    const before = await state(database);
    const error = await refused(migrate(database, [{ ...migration(ONE.name, `${ONE.sql} `) }, TWO, THREE]));
    assert.is(error.code, 'conflict');
    assert.match(error.message, /20260101000000_one was edited.*put .*migration\.sql back/);
    assert.equal(await state(database), before);
  },
);

migrations('that this version does not know stop the start by name, and nothing changes', async ({ database }) => {
  await migrate(database, [ONE, TWO]);
  const before = await state(database);
  const error = await refused(migrate(database, [ONE], { version: '0.1.0' }));
  assert.is(error.code, 'conflict');
  assert.match(
    error.message,
    /of a newer kt-server: .*20260102000000_two, which this version \(0\.1\.0\) does not know; nothing was changed/,
  );
  assert.equal(await state(database), before);
});

migrations('say which version applied them, which an older one then names', async ({ database }) => {
  await migrate(database, [ONE], { version: '0.1.0' });
  await migrate(database, [ONE, TWO], { version: '0.2.0-beta.1' });
  const error = await refused(migrate(database, [ONE], { version: '0.1.0' }));
  assert.match(
    error.message,
    /^the database is of kt-server 0\.2\.0-beta\.1: .* Run kt-server 0\.2\.0-beta\.1 or newer/,
  );
  assert.match(error.message, /or restore a backup from before the upgrade into an empty database$/);
});

migrations(
  'that come late, between applied ones, stop the start by name, and nothing changes',
  async ({ database }) => {
    await migrate(database, [ONE, THREE]);
    const before = await state(database);
    const error = await refused(migrate(database, [ONE, TWO, THREE]));
    assert.is(error.code, 'conflict');
    assert.match(error.message, /20260102000000_two is older than 20260103000000_three/);
    assert.equal(await state(database), before);
  },
);

migrations(
  'that fail leave nothing of themselves behind, keep those before, and can be mended and run again',
  async ({ database }) => {
    const broken = migration(
      TWO.name,
      'create table half (n int); insert into one values (5); select 1 / 0; create table never ()',
    );
    const error = await refused(migrate(database, [ONE, broken, THREE]));
    assert.match(error.message, /20260102000000_two failed and left nothing behind: division by zero/);
    const after = await state(database);
    assert.equal(
      after.tables.map((row: any) => row.table_name),
      ['_prisma_migrations', 'one'],
    );
    assert.equal(
      after.recorded.map((row: any) => row.migration_name),
      [ONE.name],
    );
    assert.equal(await driverOf(database).rows('select n from one'), [{ n: 1 }]);
    assert.equal(await migrate(database, [ONE, TWO, THREE]), [TWO.name, THREE.name]);
  },
);

migrations('may end in a comment or without a semicolon', async ({ database }) => {
  assert.equal(
    await migrate(database, [
      migration('20260101000000_a', 'create table a () -- the end'),
      migration('20260102000000_b', 'create table b ();\n\n-- the end\n'),
    ]),
    ['20260101000000_a', '20260102000000_b'],
  );
});

migrations('that another tool began and did not finish stop the start', async ({ database }) => {
  await migrate(database, [ONE]);
  await driverOf(database).script(`update _prisma_migrations set finished_at = null`);
  assert.match(
    (await refused(migrate(database, [ONE, TWO]))).message,
    /began and did not finish.*prisma migrate resolve/,
  );
  await driverOf(database).script(`update _prisma_migrations set rolled_back_at = now(); drop table one`);
  assert.equal(await migrate(database, [ONE]), [ONE.name], 'one that was rolled back is applied anew');
});

migrations('of this project make every table, and draw the server’s identity once', async ({ database }) => {
  const names = (await readMigrations()).map(({ name }) => name);
  assert.equal(await migrate(database), names);
  assert.equal(names, [...names].sort());
  const tables = (await state(database)).tables.map((row: any) => row.table_name);
  assert.equal(tables, [
    '_prisma_migrations',
    'account_log',
    'api_keys',
    'buckets',
    'claims',
    'day_facts',
    'deleted_events',
    'device_grants',
    'device_proofs',
    'devices',
    'event_values',
    'events',
    'fact_marks',
    'identities',
    'import_buckets',
    'import_events',
    'imports',
    'instance',
    'passkeys',
    'report_days',
    'report_totals',
    'sessions',
    'settings',
    'sql_roles',
    'trashed_events',
    'users',
    'value_categories',
  ]);
  assert.is((await driverOf(database).rows('select * from instance')).length, 1);
});

migrations('leave nothing to do for prisma’s own schema engine, which names one that was edited', async () => {
  const folder = testEngine() === 'pglite' ? mkdtempSync(join(tmpdir(), 'kt-migrate-')) : null;
  const url = folder ? `pglite:${folder}` : await newPostgresUrl();
  const database = await openDatabase(url);
  await migrate(database);
  await database.close();
  // Prisma's engine needs the database for itself, through an adapter of its own.
  const pglite = folder ? await PGlite.create(folder) : null;
  const engine = await openSchemaEngine(pglite ? new PrismaPGlite(pglite) : new PrismaPg({ connectionString: url }));
  try {
    const ask = async (list = migrationList()) =>
      engine.diagnoseMigrationHistory({
        migrationsList: await list,
        optInToShadowDatabase: false,
        filters: { externalTables: [], externalEnums: [] },
      });
    const found = await ask();
    assert.equal(
      [found.editedMigrationNames, found.failedMigrationNames, found.hasMigrationsTable, found.history ?? null],
      [[], [], true, null],
    );
    const list = await migrationList();
    const [first] = list.migrationDirectories;
    first!.migrationFile.content = { tag: 'ok', value: '-- edited' };
    assert.equal((await ask(Promise.resolve(list))).editedMigrationNames, [first!.path]);
  } finally {
    engine.free();
    await pglite?.close();
    if (folder) rmSync(folder, { recursive: true });
  }
});

migrations.run();
