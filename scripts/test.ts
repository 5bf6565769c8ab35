/**
 * Runs the whole suite and reports at the end how many tests ran: `npm test [-- PATTERN]`. Tests that need a database
 * run on both engines, the others once, in parts. Two of these runs go on at a time, for two cores; each is a
 * process of its own, and its output is printed file by file.
 *
 * uvu passes a suite whose `before` threw (it just counts fewer passed than total), so the counts are read from its
 * output, and tests that are missing count as failed. All failures are printed again at the end, where a truncated log
 * still has them.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildForTests } from './build/for-tests.ts';
import { startThrowawayPostgres } from '../test/support/throwaway-postgres.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/**
 * Tests of kt-client's processes, of what is packed, of the network between client and server, and of the server's
 * pages and bodies: the engine that stores the rows makes no difference to them.
 */
const ENGINE_FREE = [
  'server/(http|owner)',
  'test/attacks/(bodies|documents|large-file)',
  'test/bench/workloads',
  'test/dashboard/',
  'test/citations',
  'test/(docker|docs|ha|packed|proxies)/',
  'test/systemd',
  'test/faults/(bad-network|full-disk|killed-client)',
  'test/server-cli/(probes|usage|web-ui)',
  'test/stories/(live|processes-|real-processes)',
];
/** Those that run once, in parts: two runs go on at a time, and one that is left alone at the end must be short. */
const ONCE = ['(?=test/(stories|proxies|faults)/)', '(?=client/)', '(?!test/(ha|stories|proxies|faults)/|client/)'];
/** What runs beside those two, because it mostly waits: for the lease of a leader that is gone. */
const WAITING = '(?=test/ha/)';
/** Whether a file's suites use a database, and so run on each engine; all others run once. */
const NEEDS_DATABASE = `(?!${ENGINE_FREE.join('|')})(?:server|test)/`;
const pattern = process.argv[2] ?? '';
/** The files for uvu to run: those matching PATTERN of which this is true besides. */
const filesWith = (condition: string) => String.raw`^(?=.*(?:${pattern}))${condition}.*\.test\.ts$`;
const WITH_DATABASE = filesWith(`(?=${NEEDS_DATABASE})`);
/** How long after its last test a run may take to end, in ms. */
const LINGER = 60_000;

type Outcome = { passed: number; failed: number; skipped: number; told: string[] };

/**
 * uvu's failures, each with the lines below it; and the file and name of every suite in which not every test passed.
 */
const failuresIn = (output: string): string[] => {
  const told: string[] = [];
  let file = '';
  let inFailure = false;
  for (const line of output.split('\n')) {
    const suite = /^ ?(.*?) {2}.*\((\d+) \/ (\d+)\)$/.exec(line);
    if (/^\S+\.test\.ts$/.test(line)) file = line;
    if (suite && suite[2] !== suite[3]) told.push(`${file}: ${suite[1]!.trim()}: ${suite[2]} of ${suite[3]} passed`);
    inFailure = line.startsWith('   FAIL ') || (inFailure && !suite && !/^(\S+\.test\.ts$| {2}Total:)/.test(line));
    if (inFailure) told.push(line);
  }
  return told;
};

/** Prints a run's output one whole file at a time, so that the output of two parallel runs does not mix. */
const byFile = (name: string) => {
  let open = '';
  const tell = (text: string) => process.stdout.write(text.replace(/^(?=\S+\.test\.ts$)/gm, `${name}: `));
  return {
    write(text: string): void {
      open += text;
      const next = open.search(/\n\S+\.test\.ts\n(?![\s\S]*\n\S+\.test\.ts\n)/);
      if (next <= 0) return;
      tell(open.slice(0, next));
      open = open.slice(next);
    },
    end: () => tell(`${open}\n`),
  };
};

const run = (name: string, files: string, env: Record<string, string>): Promise<Outcome> =>
  new Promise((resolve) => {
    const args = ['--import', 'tsx', 'node_modules/uvu/bin.js', '--no-color', '.', files];
    args.push('-i', 'node_modules', '-i', '^data/');
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told = byFile(name);
    let output = '';
    let lingering: NodeJS.Timeout | undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      told.write(text);
      // Its last lines may come in pieces.
      if (/^ {2}Duration: /m.test(output.slice(-100 - text.length)))
        lingering ??= setTimeout(() => child.kill('SIGKILL'), LINGER);
    });
    // 'exit' and not 'close': a process that a test left behind may keep the output open.
    child.on('exit', () => setTimeout(() => child.stdout.destroy(), 1_000).unref());
    child.on('close', (code, signal) => {
      clearTimeout(lingering);
      told.end();
      if (signal === 'SIGKILL')
        process.stdout.write(
          `\n${name}: the tests were done, and the process did not end: a suite left something open\n`,
        );
      const count = (word: string) => {
        const found = [...output.matchAll(new RegExp(`^ *${word}: +(\\d+)`, 'gm'))].at(-1)?.[1];
        return found === undefined ? null : Number(found);
      };
      const total = count('Total');
      const passed = count('Passed') ?? 0;
      const skipped = count('Skipped') ?? 0;
      // No total at all: a file did not load, or the process was killed. A bad exit code with full counts: an error
      // outside of any test.
      const missing = total === null ? 1 : total - passed;
      const failed = missing === 0 && code !== 0 ? 1 : missing;
      if (failed > 0 && missing === 0)
        process.stdout.write(
          `\n${name}: every test passed, but the run ended with ${code}: an error outside the tests\n`,
        );
      if (total === null) process.stdout.write(`\n${name}: no result; see above\n`);
      resolve({ passed, failed, skipped, told: failed > 0 ? failuresIn(output) : [] });
    });
  });

const programs = join(root, 'node_modules', '.kt', 'programs');
await rm(programs, { recursive: true, force: true });
await buildForTests(programs);
process.env['KT_TEST_PROGRAMS'] = programs;

const given = process.env['KT_TEST_DATABASE_URL'];
const postgres = given
  ? { url: given, version: 'at KT_TEST_DATABASE_URL', stop: async () => {} }
  : await startThrowawayPostgres();
const pglite = { KT_TEST_ENGINE: 'pglite' };
const runs: (readonly [name: string, files: string, env: Record<string, string>])[] = [
  ['PGlite', WITH_DATABASE, pglite],
];
if (postgres) {
  process.stdout.write(`PostgreSQL is ${postgres.version}\n`);
  runs.push(['PostgreSQL', WITH_DATABASE, { KT_TEST_ENGINE: 'postgres', KT_TEST_DATABASE_URL: postgres.url }]);
}
for (const [i, part] of ONCE.entries())
  runs.push([`once (${i + 1})`, filesWith(`(?!${NEEDS_DATABASE})${part}`), pglite]);

const outcomes: { name: string; outcome: Outcome }[] = [];
/** One run after the other, until none is left. */
const lane = async (): Promise<void> => {
  for (let next = runs.shift(); next !== undefined; next = runs.shift())
    outcomes.push({ name: next[0], outcome: await run(...next) });
};
try {
  const name = 'once (beside)';
  const beside = async () => outcomes.push({ name, outcome: await run(name, filesWith(WAITING), pglite) });
  await Promise.all([lane(), lane(), beside()]);
} finally {
  await postgres?.stop();
}

process.stdout.write('\n');
for (const { name, outcome } of outcomes)
  if (outcome.told.length > 0) process.stdout.write(`Failed on ${name}:\n${outcome.told.join('\n')}\n\n`);
for (const { name, outcome } of outcomes)
  process.stdout.write(`${name}: ${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped\n`);
const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, { outcome }) => total + outcome[key], 0);
let failed = sum('failed');
if (!postgres) {
  process.stdout.write(
    'No PostgreSQL server was found, so nothing ran on it: install one, or set KT_TEST_DATABASE_URL.\n',
  );
  if (process.env['CI'] === 'true') failed += 1;
}
if (sum('passed') === 0) failed += 1;
const skipped = sum('skipped');
process.stdout.write(`${sum('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
