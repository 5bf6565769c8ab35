/**
 * `npm run check`: types, format, lint, floating promises, unused exports and dependencies, duplicated code, layers,
 * citations, line lengths, the Dockerfile and the compose files; and that everything generated is fresh and the
 * migrations match the schema. Exits with 1 and names the checks that failed. The programs run one after the other,
 * because most of them use all cores by themselves.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { dockerfileFaults } from './check-dockerfile.ts';
import { generatedFaults } from './check-generated.ts';
import { lineFaults } from './check-lines.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/**
 * Biome colours every letter separately, even when it writes to a file, unless told not to: such a log can't be read.
 */
const COLOURS = process.stdout.isTTY ? [] : ['--colors=off'];

/**
 * What each program checks, and its arguments for Node. Run by path, without a shell, so that it also works where
 * node_modules/.bin does not exist.
 */
const PROGRAMS: readonly [what: string, ...args: string[]][] = [
  ['types', 'node_modules/typescript/bin/tsc', '--noEmit'],
  [
    'types of the dashboard',
    'web/node_modules/svelte-check/bin/svelte-check',
    '--workspace',
    'web',
    '--fail-on-warnings',
    '--output',
    'human',
  ],
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
  [
    'compose files',
    'node_modules/dclint/bin/dclint.cjs',
    '--no-color',
    '--max-warnings=0',
    'compose.yaml',
    'compose.embedded.yaml',
  ],
  ['layers', '--import', 'tsx', 'test/layers.test.ts'],
  ['citations', '--import', 'tsx', 'test/citations.test.ts'],
];

const faults: string[] = [];
for (const [what, ...args] of PROGRAMS)
  if (spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status !== 0)
    faults.push(`${what}: see above`);
faults.push(...lineFaults(), ...dockerfileFaults(), ...(await generatedFaults()));
for (const fault of faults) process.stderr.write(`check: ${fault}\n`);
if (faults.length === 0) process.stdout.write('check: all is well\n');
process.exitCode = faults.length === 0 ? 0 : 1;
