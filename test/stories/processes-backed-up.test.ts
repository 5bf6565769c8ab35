/**
 * A backup under load, restored on the other engine, and both laptops prove that nothing is lost. With processes: the
 * backup is made while both sync, so it is older than what they sent by the end; the second is of the newest state, and
 * the clients notice nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Ended, type Running } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { until } from '../support/until.ts';

const EVENTS = 5_000;
type Laptop = { hostname: string; env: Record<string, string>; stateFile: string };

const stories = suite('backed up, through processes');
const processes = makeProcesses();
stories.after(() => processes.close());

const said = ({ code, signal, stdout, stderr }: Ended): string => `it ended with ${code ?? signal}: ${stderr}${stdout}`;
const done = async (running: Running): Promise<string> => {
  const ended = await running.ended;
  assert.is(ended.code, 0, said(ended));
  return ended.stdout;
};

const makeLaptop = async (hostname: string, kind: string, url: string, key: string): Promise<Laptop> => {
  const seed = ['--seed-events', String(EVENTS), '--seed-bucket', `aw-watcher-window_${hostname}`];
  const aw = processes.aw(['--kind', kind, '--port', '0', '--hostname', hostname, '--device-id', hostname, ...seed]);
  const { port } = JSON.parse((await aw.says(/\{.*\}\n/))[0]) as { port: number };
  const home = processes.folder();
  const env = { XDG_CONFIG_HOME: `${home}/config`, KT_CLIENT_STATE_DIR: `${home}/state` };
  await done(processes.client(['setup', '--url', url, '--api-key', key, '--local-port', String(port)], env));
  return { hostname, env, stateFile: `${home}/state/state.json` };
};

const sync = (laptop: Laptop): Running => processes.client(['sync', '--json'], laptop.env);
const syncOnce = async (laptop: Laptop): Promise<number> => {
  const { pushed, pulled } = JSON.parse(await done(sync(laptop))) as Record<
    'pushed' | 'pulled',
    Record<string, number>[]
  >;
  const sum = (rows: Record<string, number>[], ...names: string[]) =>
    rows.reduce((total, row) => total + names.reduce((part, name) => part + (row[name] ?? 0), 0), 0);
  return sum(pushed, 'inserted', 'updated') + sum(pulled, 'inserted', 'replaced', 'deleted');
};
const accountOf = ({ stateFile }: Laptop): unknown =>
  (JSON.parse(readFileSync(stateFile, 'utf8')) as { accountId?: unknown }).accountId;

const start = async (
  place: readonly string[],
  port: string,
): Promise<{ running: Running; url: string; key: string }> => {
  const running = processes.server([...place, '--port', port]);
  const url = (await running.says(/ready at (\S+)\n/))[1]!;
  const key = (await running.says(/API key +(kt_\S+)|Another key/))[1] ?? '';
  return { running, url, key };
};
const stop = async ({ running }: { running: Running }): Promise<void> =>
  assert.is((await running.kill('SIGTERM')).code, 0, running.output.stderr);

stories('while two laptops sync, restored on the other engine and back: verify is equal on both', async () => {
  const postgres = await startThrowawayPostgres();
  if (!postgres) return; // scripts/test.ts says that nothing runs on PostgreSQL, and fails under CI
  try {
    const first = ['--data-dir', processes.folder()];
    let server = await start(first, '0');
    const { key } = server;
    const [lap, desk] = await Promise.all([
      makeLaptop('lap', 'rust', server.url, key),
      makeLaptop('desk', 'python', server.url, key),
    ]);
    const { port } = new URL(server.url);

    const syncing = [sync(lap), sync(desk)];
    const stored = async (): Promise<number> => {
      const response = await fetch(`${server.url}/api/0/buckets/`, { headers: { authorization: `Bearer ${key}` } });
      return Object.keys((await response.json()) as object).length;
    };
    await until('something was pushed', async () => (await stored()) > 0);
    const early = join(processes.folder(), 'early.backup');
    assert.match(await done(processes.server(['backup', early, ...first])), /read back and proven/);
    for (const running of syncing) await done(running);
    for (const laptop of [lap, desk]) await syncOnce(laptop);
    await stop(server);

    // The other engine, an older state than the laptops know: they send again what it lacks.
    const second = ['--data-dir', processes.folder(), '--database-url', postgres.url];
    assert.match(await done(processes.server(['restore', early, ...second])), /Proven: every digest/);
    server = await start(second, port);
    for (const laptop of [lap, desk, lap]) await syncOnce(laptop);
    for (const laptop of [lap, desk])
      assert.match(await done(processes.client(['verify'], laptop.env)), /hold the same/);

    // And back, the newest state: nobody writes anything.
    const late = join(processes.folder(), 'late.backup');
    await done(processes.server(['backup', late, ...second]));
    const accounts = [lap, desk].map(accountOf);
    await stop(server);
    const third = ['--data-dir', processes.folder()];
    await done(processes.server(['restore', late, ...third]));
    server = await start(third, port);
    for (const laptop of [lap, desk]) assert.is(await syncOnce(laptop), 0, laptop.hostname);
    assert.equal([lap, desk].map(accountOf), accounts);
    await stop(server);
  } finally {
    await postgres.stop();
  }
});

stories.run();
