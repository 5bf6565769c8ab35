/**
 * Writes the SQL that leads from the existing migrations to prisma/schema.prisma, offline: `npm run migration --
 * add_something`. Read it before you commit it: moving data has to be written by hand, and partial indexes are not
 * supported.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { readMigrations } from '../server/storage/migrate.ts';
import { drift } from './schema-engine.ts';

const name = process.argv[2];
if (!name || !/^[a-z0-9_]+$/.test(name)) {
  process.stderr.write('usage: npm run migration -- NAME (lower-case letters, digits, underscores)\n');
  process.exit(2);
}
const pglite = await PGlite.create();
for (const migration of await readMigrations()) await pglite.exec(migration.sql);
const sql = await drift(pglite);
await pglite.close();
if (sql === '') {
  process.stdout.write('The migrations already lead to prisma/schema.prisma: nothing to draw.\n');
} else {
  const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = fileURLToPath(new URL(`../prisma/migrations/${time}_${name}`, import.meta.url));
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/migration.sql`, `${sql}\n`);
  process.stdout.write(`Wrote prisma/migrations/${time}_${name}/migration.sql. Read it, then commit it.\n`);
}
