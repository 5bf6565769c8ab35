/**
 * What backing up, restoring and moving a year of one person takes, in seconds of wall clock and in the largest
 * resident memory of the process that does it: `npm run bench -- backup`. Each step is a process of its own.
 */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../server/storage/open.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { makeAccount, makeBucket, upsert } from '../support/make-bucket.ts';
import { makeProcesses, peakMemory } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { year } from './year.ts';

const EVENTS = Number(process.env['EVENTS'] ?? 545_000);
const BATCH = 5_000;

const processes = makeProcesses();
const tell = (line: string) => process.stdout.write(`${line}\n`);

const fill = async (folder: string): Promise<void> => {
  const database = await openDatabase(`pglite:${join(folder, 'database')}`);
  await migrate(database);
  const account = await makeAccount(database);
  for (const { events } of year('rust', EVENTS).buckets) {
    const bucket = await makeBucket({ database, account });
    for (let from = 0; from < events.length; from += BATCH)
      await upsert(
        database,
        account,
        bucket,
        events.slice(from, from + BATCH).map(({ id, start, end, data }) => ({
          sourceId: id,
          startUs: start / 1000n,
          durationNs: end - start,
          data: data as Record<string, unknown>,
        })),
      );
  }
  await database.close();
};

const step = async (name: string, ...args: readonly string[]): Promise<void> => {
  const began = performance.now();
  const running = processes.server(args);
  let peak = 0;
  const watching = setInterval(() => (peak = Math.max(peak, peakMemory(running) ?? 0)), 50);
  const { code, stderr } = await running.ended;
  clearInterval(watching);
  if (code !== 0) throw new Error(`${name}: ${stderr}`);
  tell(`${name.padEnd(34)} ${((performance.now() - began) / 1000).toFixed(1)} s, ${Math.round(peak / 2 ** 20)} MB`);
};

try {
  const source = processes.folder();
  await fill(source);
  const file = join(processes.folder(), 'kt.backup');
  await step('backup, embedded', 'backup', file, '--data-dir', source);
  tell(`${EVENTS} events in ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  await step('restore, embedded', 'restore', file, '--data-dir', processes.folder());
  const postgres = await startThrowawayPostgres();
  if (postgres) {
    const other = ['--data-dir', processes.folder(), '--database-url', postgres.url];
    await step('restore, PostgreSQL', 'restore', file, ...other);
    rmSync(file);
    await step('backup, PostgreSQL', 'backup', file, ...other);
    await step('move, PostgreSQL to embedded', 'move', '--to', processes.folder(), ...other);
    await postgres.stop();
    const third = await startThrowawayPostgres();
    await step('move, embedded to PostgreSQL', 'move', '--to', third!.url, '--data-dir', source);
    await third!.stop();
  }
} finally {
  await processes.close();
}
