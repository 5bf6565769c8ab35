/**
 * Writes what is generated and committed: schema.graphql from the code, from that the operations of kt-client and of
 * the dashboard, and the tables of docs/settings.md from the schemas of the settings. `npm run generate`.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printedSchema } from './print-schema.ts';
import { SETTINGS_PAGE, settingsPage } from './settings-tables.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
writeFileSync(`${root}/schema.graphql`, printedSchema());
writeFileSync(SETTINGS_PAGE, settingsPage());
const codegen = spawnSync(
  process.execPath,
  [`${root}/node_modules/@graphql-codegen/cli/cjs/bin.js`, '--config', 'codegen.ts'],
  { cwd: root, stdio: 'inherit' },
);
process.exit(codegen.status ?? 1);
