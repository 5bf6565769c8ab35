/**
 * A backup under load, restored on the other engine, and both laptops prove that nothing is lost. With processes: the
 * backup is made while both sync, so it is older than what they sent by the end; the second is of the newest state, and
 * the clients notice nothing.
 */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Running } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { until } from '../support/until.ts';
import { done, makeLaptop } from './laptops.ts';

const EVENTS = 5_000;
const stories = suite('backed up, through processes');
const processes = makeProcesses();
stories.after(() => processes.close());

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
      makeLaptop(processes, { hostname: 'lap', kind: 'rust', events: EVENTS }, server),
      makeLaptop(processes, { hostname: 'desk', kind: 'python', events: EVENTS }, server),
    ]);
    const { port } = new URL(server.url);

    const syncing = [lap.sync(), desk.sync()];
    const stored = async (): Promise<number> => {
      const response = await fetch(`${server.url}/api/0/buckets/`, { headers: { authorization: `Bearer ${key}` } });
      return Object.keys((await response.json()) as object).length;
    };
    await until('something was pushed', async () => (await stored()) > 0);
    const early = join(processes.folder(), 'early.backup');
    assert.match(await done(processes.server(['backup', early, ...first])), /read back and proven/);
    for (const running of syncing) await done(running);
    for (const laptop of [lap, desk]) await laptop.syncOnce();
    await stop(server);

    // The other engine, an older state than the laptops know: they send again what it lacks.
    const second = ['--data-dir', processes.folder(), '--database-url', postgres.url];
    assert.match(await done(processes.server(['restore', early, ...second])), /Proven: every digest/);
    server = await start(second, port);
    for (const laptop of [lap, desk, lap]) await laptop.syncOnce();
    for (const laptop of [lap, desk]) assert.match(await laptop.verify(), /hold the same/);

    // And back, the newest state: nobody writes anything.
    const late = join(processes.folder(), 'late.backup');
    await done(processes.server(['backup', late, ...second]));
    const accounts = [lap, desk].map((laptop) => laptop.account());
    await stop(server);
    const third = ['--data-dir', processes.folder()];
    await done(processes.server(['restore', late, ...third]));
    server = await start(third, port);
    for (const laptop of [lap, desk]) assert.is(await laptop.syncOnce(), 0);
    assert.equal(
      [lap, desk].map((laptop) => laptop.account()),
      accounts,
    );
    await stop(server);
  } finally {
    await postgres.stop();
  }
});

stories.run();
