/**
 * What a machine wrote and is committed must be what it would write now: schema.graphql, the client's
 * operations, the tables of settings, the migrations.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { readMigrations } from '../server/storage/migrate.ts';
import { printedSchema } from './print-schema.ts';
import { drift } from './schema-engine.ts';
import { SETTINGS_PAGE, settingsPage } from './settings-tables.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const CODEGEN = join(root, 'node_modules/@graphql-codegen/cli/cjs/bin.js');

/** Faults in words; none when all is fresh. */
export const generatedFaults = async (): Promise<string[]> => {
  const faults: string[] = [];
  if (readFileSync(join(root, 'schema.graphql'), 'utf8') !== printedSchema())
    faults.push('schema.graphql is not what the code prints: run "npm run generate" and commit it');
  if (readFileSync(SETTINGS_PAGE, 'utf8') !== settingsPage())
    faults.push('the tables of docs/settings.md are not what the schemas print: run "npm run generate" and commit it');

  const codegen = spawnSync(process.execPath, [CODEGEN, '--config', 'codegen.ts', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (codegen.status !== 0) {
    faults.push(
      'a generated.ts is not what schema.graphql and its operations.graphql give: ' +
        `run "npm run generate" and commit it\n${codegen.stderr}`,
    );
  }

  const pglite = await PGlite.create();
  for (const migration of await readMigrations()) await pglite.exec(migration.sql);
  const missing = await drift(pglite);
  await pglite.close();
  if (missing !== '')
    faults.push(
      'the migrations do not lead to prisma/schema.prisma: run "npm run migration -- NAME". What is missing:\n' +
        `${missing}`,
    );
  return faults;
};
