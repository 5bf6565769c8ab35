/**
 * `npm run check`: types, format, lint, floating promises, what nobody uses, what is there twice, layers, citations,
 * lines, and that everything generated is fresh and the migrations add up. Ends with 1 when one does not, having said
 * which. The programs run one after the other: most use all cores by themselves.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { generatedFaults } from './check-generated.ts';
import { lineFaults } from './check-lines.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Biome colours each letter by itself, in a file too, unless told not to: a log of that can't be read. */
const COLOURS = process.stdout.isTTY ? [] : ['--colors=off'];

/** What each program holds, and how to run it by Node: without a shell, also where node_modules/.bin is none. */
const PROGRAMS: readonly [what: string, ...args: string[]][] = [
  ['types', 'node_modules/typescript/bin/tsc', '--noEmit'],
  [
    'format and lint (npm run format mends what it can)',
    'node_modules/@biomejs/biome/bin/biome',
    'ci',
    ...COLOURS,
    '--error-on-warnings',
    '.',
  ],
  ['promises', 'node_modules/oxlint/bin/oxlint'],
  ['unused files, exports or dependencies', 'node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'],
  ['duplicated code', 'node_modules/jscpd/run-jscpd.js', '.'],
  ['layers', '--import', 'tsx', 'test/layers.test.ts'],
  ['citations', '--import', 'tsx', 'test/citations.test.ts'],
];

const faults: string[] = [];
for (const [what, ...args] of PROGRAMS)
  if (spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status !== 0)
    faults.push(`${what}: see above`);
faults.push(...lineFaults(), ...(await generatedFaults()));
for (const fault of faults) process.stderr.write(`check: ${fault}\n`);
if (faults.length === 0) process.stdout.write('check: all is well\n');
process.exitCode = faults.length === 0 ? 0 : 1;
