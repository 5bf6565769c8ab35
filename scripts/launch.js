#!/usr/bin/env node
/**
 * Runs a TypeScript entry from a fresh clone: `node scripts/launch.js server/main.ts [args]`. Installs what is missing
 * or stale, generates the Prisma client, then imports the entry in this same process. It is plain JavaScript because
 * Node 20 does not run .ts; it is not a `prestart` script because npm skips those for people with
 * `ignore-scripts=true`.
 */
import '../cli/check-node.js';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, win32 } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => join(root, ...parts);
const hashOf = (...files) =>
  files.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');

/**
 * Runs `work` unless the hash of `files` is still the one recorded when it last succeeded. The record lies in
 * node_modules, and goes away with it.
 */
const unlessFresh = (name, files, sign, work) => {
  const note = at('node_modules', '.kt', name);
  const hash = hashOf(...files);
  if (existsSync(sign) && existsSync(note) && readFileSync(note, 'utf8') === hash) return;
  work();
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, hash);
};

/**
 * Runs a program to its end. Its output goes to stderr, since stdout belongs to the entry. Ends this process if it
 * fails.
 */
const run = (what, command, args, env = {}) => {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
  if (done.status === 0) return;
  process.stderr.write(
    `${what} failed${done.error ? `: ${done.error.message}` : ''}. See the lines above; then run this again.\n`,
  );
  process.exit(done.status || 1);
};

/**
 * How npm is run: by Node, where npm runs us. On Windows `npm` is a script of cmd, which Node does not start: there it
 * is the one that came with Node.
 */
export const npm = (args, { env, execPath, platform } = process) => {
  const own = env['npm_execpath'];
  if (own?.endsWith('.js')) return [execPath, [own, ...args]];
  const beside = win32.join(win32.dirname(execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return platform === 'win32' ? [execPath, [beside, ...args]] : ['npm', args];
};

export const prepare = () => {
  unlessFresh('installed', [at('package-lock.json')], at('node_modules', 'tsx'), () => {
    process.stderr.write('Installing what package-lock.json names (once, and when it changes) …\n');
    run('npm ci', ...npm(['ci', '--include=dev', '--ignore-scripts']));
  });
  unlessFresh(
    'generated',
    [at('prisma', 'schema.prisma'), at('package-lock.json')],
    at('prisma', 'generated', 'client'),
    () =>
      run('prisma generate', process.execPath, [at('node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
        // Prisma looks for an engine that it does not use here, and would go to the network for it: any existing file
        // in its place, together with this flag, prevents both.
        PRISMA_SCHEMA_ENGINE_BINARY: at('package.json'),
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        PATH: `${at('node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env['PATH'] ?? ''}`,
      }),
  );
};

/** What the dashboard is made of: its workspace, the rules that it shares with the server, the versions of packages. */
const dashboardSources = () => [
  at('package-lock.json'),
  ...['web', 'domain'].flatMap((folder) =>
    readdirSync(at(folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && !/\.test\.ts$/.test(entry.name))
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((file) => !file.startsWith(at('web', 'node_modules')))
      .sort(),
  ),
];

/** Entries that serve the dashboard, or look at it. */
const WITH_DASHBOARD = ['server/main.ts', 'scripts/test.ts'];

/** Builds the dashboard where it is missing or stale. The server starts without it too, and says so at its address. */
export const prepareDashboard = () =>
  unlessFresh('dashboard', dashboardSources(), at('dist', 'web', 'index.html'), () =>
    run('building the dashboard', process.execPath, ['--import', 'tsx', at('scripts', 'build-dashboard.ts')]),
  );

/**
 * Prepares, then imports `entry` (a path in the clone). `process.argv` is as if Node had been started with the entry.
 */
export const launch = async (entry, args) => {
  prepare();
  if (WITH_DASHBOARD.includes(entry)) prepareDashboard();
  const { register } = await import('tsx/esm/api');
  register();
  process.argv = [process.argv[0], at(entry), ...args];
  await import(pathToFileURL(at(entry)).href);
};

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [entry, ...args] = process.argv.slice(2);
  if (!entry) {
    process.stderr.write('usage: node scripts/launch.js ENTRY.ts [args]\n');
    process.exit(2);
  }
  await launch(entry, args);
}
