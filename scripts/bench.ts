/**
 * Runs benchmarks: `npm run bench` all of test/bench/*.bench.ts, `npm run bench -- query` those with this text in their
 * name. Each runs in a process of its own, one after the other. Results worth keeping are in test/bench/README.md.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [wanted = ''] = process.argv.slice(2);
const files = readdirSync(`${root}/test/bench`)
  .filter((file) => file.endsWith('.bench.ts') && file.includes(wanted))
  .sort();
if (files.length === 0) process.stderr.write(`bench: there is no test/bench/*${wanted}*.bench.ts\n`);

let failed = files.length === 0;
for (const file of files) {
  process.stdout.write(`\n── ${file}\n`);
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', `test/bench/${file}`], {
    cwd: root,
    stdio: 'inherit',
  });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
