/**
 * `npm run check`: types, layers, and that everything generated is fresh and the migrations add up. Ends
 * with 1 when one does not.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { generatedFaults } from './check-generated.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (args: string[]) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;

const faults: string[] = [];
if (!node(['node_modules/typescript/bin/tsc', '--noEmit'])) faults.push('types: see above');
if (!node(['--import', 'tsx', 'test/layers.test.ts'])) faults.push('layers: see above');
if (!node(['--import', 'tsx', 'test/citations.test.ts'])) faults.push('citations: see above');
faults.push(...(await generatedFaults()));
for (const fault of faults) process.stderr.write(`check: ${fault}\n`);
process.stdout.write(faults.length === 0 ? 'check: types, layers, generated files and migrations are right\n' : '');
process.exitCode = faults.length === 0 ? 0 : 1;
