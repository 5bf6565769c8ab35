/**
 * Prisma's schema engine in WebAssembly: it compares schemas and reads migration histories without a download. Its own
 * entry does not load on Node, so it is instantiated here by hand.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { DiffTarget, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { readMigrations } from '../server/storage/migrate.ts';

const SCHEMA = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url));
const NO_FILTERS = { externalTables: [], externalEnums: [] };

let loaded: Promise<typeof SchemaEngine> | undefined;
const load = () =>
  (loaded ??= (async () => {
    const name = '@prisma/schema-engine-wasm/schema_engine_bg';
    const glue = await import(name);
    const bytes = await readFile(fileURLToPath(import.meta.resolve(name)).replace(/\.js$/, '.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue });
    glue.__wbg_set_wasm(instance.exports);
    (instance.exports['__wbindgen_start'] as () => void)();
    return glue.SchemaEngine as typeof SchemaEngine;
  })());

/** A schema engine over an adapter; `free()` it. */
export const openSchemaEngine = async (adapter: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> => {
  const files = [await schemaFile()];
  const Engine = await load();
  return Engine.new(
    { datamodels: files.map((file) => [file.path, file.content]) },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
};

const schemaFile = async () => ({ path: SCHEMA, content: await readFile(SCHEMA, 'utf8') });

/** prisma/migrations in the engine's own form. */
export const migrationList = async (): Promise<MigrationList> => ({
  baseDir: 'prisma/migrations',
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: (await readMigrations()).map((migration) => ({
    path: migration.name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: migration.sql } },
  })),
});

/** The SQL that leads from what `pglite` holds to schema.prisma; empty when they agree. */
export const drift = async (pglite: PGlite): Promise<string> => {
  const engine = await openSchemaEngine(new PrismaPGlite(pglite));
  try {
    const file = await schemaFile();
    const from: DiffTarget = { tag: 'schemaDatasource', files: [file], configDir: '.' };
    const result = await engine.diff({
      from,
      to: { tag: 'schemaDatamodel', files: [file] },
      script: true,
      exitCode: null,
      filters: NO_FILTERS,
    });
    const sql = (result.stdout ?? '').trim();
    return sql.includes('This is an empty migration') ? '' : sql;
  } finally {
    engine.free();
  }
};
