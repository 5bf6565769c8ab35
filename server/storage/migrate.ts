import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { KtError } from '../../domain/errors.ts';
import { carryOver, rowsToCarry, type Carrying } from './carry-over.ts';
import { driverOf, type Database, type Driver } from './database.ts';
import { dropViews, renewViews } from './report/schema.ts';

const FOLDER = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/**
 * A migration as it lies in prisma/migrations: its folder's name, its SQL, and the SHA-256 (hex) that Prisma records.
 * `pages`: the statement that carries rows over, page by page, before it is applied (carry-over.ts).
 */
export type Migration = {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  readonly pages?: string;
};

/** The migrations in `folder`, oldest first. */
export const readMigrations = async (folder = FOLDER): Promise<Migration[]> => {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(`${folder}/${name}/migration.sql`, 'utf8');
      const pages = await readIfThere(`${folder}/${name}/pages.sql`);
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name, sql, checksum, ...(pages === null ? {} : { pages }) };
    }),
  );
};

const readIfThere = (path: string): Promise<string | null> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });

// Prisma's own table, column by column, so that `prisma migrate deploy` finds what it would have written itself.
const TABLE = `create table if not exists _prisma_migrations (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

/**
 * Brings the database up to the newest of `migrations`: in order, each in a transaction together with its row in
 * `_prisma_migrations`, under the lock that `prisma migrate` takes; before it, in pages, what it carries over. Returns
 * the names it applied; a second call applies none; `stop` ends it between two, or two pages. `version` is this
 * kt-server's: each row says who applied it, so that an older one can name what it needs. Fails with `conflict`, before
 * it changes anything, when an applied migration was edited since, is unknown here (the database is of a newer
 * version), or comes after one that is missing.
 */
export const migrate = async (
  database: Database,
  migrations?: readonly Migration[],
  { version, ...carrying }: Carrying & { readonly version?: string } = {},
): Promise<string[]> => {
  const known = migrations ?? (await readMigrations());
  return driverOf(database).exclusively(async (driver) => {
    // Skipped if the table exists, so that a start that needs no writing works on a full disk.
    const [table] = await driver.rows<{ there: boolean }>(HAS_TABLE);
    if (!table!.there) await driver.script(TABLE);
    const pending = pendingMigrations(known, await appliedMigrations(driver), version);
    if (database.engine === 'postgres' && pending.length > 0) await dropViews(driver);
    for (const migration of pending) {
      carrying.stop?.throwIfAborted();
      if (migration.pages !== undefined) await carryOver(driver, migration.name, migration.pages, carrying);
      await apply(driver, migration, version);
    }
    if (database.engine === 'postgres' && migrations === undefined) await renewViews(driver, carrying.tell);
    return pending.map((migration) => migration.name);
  });
};

/** A migration that was started in a database, with the checksum it had then. */
export type Applied = { migration_name: string; checksum: string; finished: boolean; logs: string | null };

const HAS_TABLE = `select to_regclass('_prisma_migrations') is not null as there`;

/** The migrations of a database, oldest first; none if it was never migrated. Changes nothing. */
export const migrationsOf = async (database: Database): Promise<Applied[]> => {
  const driver = driverOf(database);
  const [table] = await driver.rows<{ there: boolean }>(HAS_TABLE);
  return table!.there ? appliedMigrations(driver) : [];
};

/** How many rows `migrate` has to carry over in pages, in a database that has these migrations. Counts them. */
export const rowsToCarryAfter = async (database: Database, applied: readonly Applied[]): Promise<number> => {
  const done = new Set(applied.map((row) => row.migration_name));
  let rows = 0;
  for (const { name, pages } of await readMigrations())
    if (pages !== undefined && !done.has(name)) rows += await rowsToCarry(driverOf(database), pages);
  return rows;
};

/** What `migrate` would run in a database that has these. Fails as `migrate` does. */
export const pendingAfter = async (applied: readonly Applied[], version?: string): Promise<Migration[]> =>
  pendingMigrations(await readMigrations(), applied, version);

const appliedMigrations = (driver: Driver): Promise<Applied[]> =>
  driver.rows<Applied>(
    `select migration_name, checksum, finished_at is not null as finished, logs
     from _prisma_migrations where rolled_back_at is null order by migration_name`,
  );

/** What a row's `logs` says: Prisma writes there only what went wrong, and looks only at rows that did not finish. */
const APPLIED_BY = /^kt-server ([\w.+-]{1,40})$/;

const newer = (applied: readonly Applied[], unknown: string, version: string | undefined): KtError => {
  const since = applied.slice(applied.findIndex((row) => row.migration_name === unknown));
  const by = since.map(({ logs }) => APPLIED_BY.exec(logs ?? '')?.[1]).findLast((name) => name !== undefined);
  const [made, needed] =
    by === undefined ? ['a newer kt-server', 'it'] : [`kt-server ${by}`, `kt-server ${by} or newer`];
  return new KtError(
    'conflict',
    `the database is of ${made}: it has the migration ${unknown}, which this version` +
      `${version === undefined ? '' : ` (${version})`} does not know; nothing was changed. Run ${needed}, or ` +
      'restore a backup from before the upgrade into an empty database',
  );
};

const pendingMigrations = (
  known: readonly Migration[],
  applied: readonly Applied[],
  version: string | undefined,
): Migration[] => {
  const byName = new Map(known.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const migration = byName.get(row.migration_name);
    if (!migration) throw newer(applied, row.migration_name, version);
    if (migration.checksum !== row.checksum) {
      throw new KtError(
        'conflict',
        `the migration ${row.migration_name} was edited after it was applied: ` +
          `put prisma/migrations/${row.migration_name}/migration.sql back as it was`,
      );
    }
    if (!row.finished) {
      throw new KtError(
        'conflict',
        `the migration ${row.migration_name} began and did not finish: mend the database, ` +
          'then "prisma migrate resolve" it',
      );
    }
  }
  const last = applied.at(-1)?.migration_name ?? '';
  const done = new Set(applied.map((row) => row.migration_name));
  const pending = known.filter((migration) => !done.has(migration.name));
  const late = pending.find((migration) => migration.name < last);
  if (late) {
    throw new KtError(
      'conflict',
      `the migration ${late.name} is older than ${last}, which was applied already: give it a newer time`,
    );
  }
  return pending;
};

const apply = async (driver: Driver, migration: Migration, version: string | undefined): Promise<void> => {
  // Names, checksums and versions are letters, digits and punctuation without quotes, so they are safe as literals.
  const record = `insert into _prisma_migrations (id, checksum, finished_at, migration_name, started_at,
    applied_steps_count, logs)
    values ('${randomUUID()}', '${migration.checksum}', now(), '${migration.name}', now(), 1,
      ${version === undefined ? 'null' : `'kt-server ${version}'`})`;
  try {
    await driver.script(`begin;\n${migration.sql}\n;${record};\ncommit`);
  } catch (error) {
    await driver.script('rollback').catch(() => {});
    throw new KtError(
      'internal',
      `the migration ${migration.name} failed and left nothing behind: ${(error as Error).message}`,
      {},
      { cause: error },
    );
  }
};
