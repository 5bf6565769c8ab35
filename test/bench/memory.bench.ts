/**
 * What kt-server's process holds of memory: at rest after its first start, at rest with a year in it, and at most
 * meanwhile. A server of its own as people start it, on each engine; a year (545,000 events, workload W2) by
 * `POST …/events`, then an export, queries over a month and GraphiQL's page. Linux alone tells what a process holds.
 *   node --import tsx test/bench/memory.bench.ts [--events 545000] [--start server/bin.js] [--detail]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeProcesses, peakMemory, type Running } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { year } from './year.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '545000' },
    start: { type: 'string', default: 'server/bin.js' },
    detail: { type: 'boolean', default: false },
  },
});
const EVENTS = Number(values.events);
/** Events in a request. */
const BATCH = 5_000;
/** How long a server is left alone before it counts as at rest, in ms: longer than its chores are apart. */
const REST = 12_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const held = ({ child }: Running): number =>
  Number(/^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8'))![1]) * 1024;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Where it goes, as the process itself tells on SIGUSR2 (memory-told.cjs), and the largest maps of the kernel. */
const detail = async (running: Running): Promise<void> => {
  if (!values.detail) return;
  running.output.stderr = '';
  running.child.kill('SIGUSR2');
  const [told] = await running.says(/memory: .*\n/, 'stderr');
  say(`    ${told.trim()}`);
};

const preload = fileURLToPath(new URL('memory-told.cjs', import.meta.url));
const measure = async (name: string, database: readonly string[]): Promise<void> => {
  const processes = makeProcesses();
  try {
    const args = [values.start, '--data-dir', processes.folder(), '--port', '0', ...database];
    const env: Record<string, string> = values.detail ? { NODE_OPTIONS: `--require ${preload}` } : {};
    const server = processes.start(args, env);
    const [, url = ''] = await server.says(/ready at (\S+)\n/);
    const [, key = ''] = await server.says(/API key +(kt_\S+)/);
    const tell = async (what: string, wait = 0): Promise<void> => {
      await pause(wait);
      say(`${name}: ${mb(held(server))} ${what}, ${mb(peakMemory(server)!)} at most so far`);
      await detail(server);
    };
    const ask = async (path: string, init: RequestInit = {}): Promise<number> => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const response = await fetch(url + path, { ...init, headers });
      let bytes = 0;
      for await (const chunk of response.body ?? []) bytes += chunk.length;
      if (!response.ok && response.status !== 304) throw new Error(`${path}: ${response.status}`);
      return bytes;
    };
    await tell('at rest after the first start', REST);
    for (const { id, type, hostname, events } of year('rust', EVENTS).buckets) {
      await ask(`/api/0/buckets/${id}`, { method: 'POST', body: JSON.stringify({ type, client: 'bench', hostname }) });
      for (let at = 0; at < events.length; at += BATCH) {
        const batch = events.slice(at, at + BATCH).map(({ start, end, data }) => ({
          timestamp: new Date(Number(start / 1_000_000n)).toISOString(),
          duration: Number(end - start) / 1e9,
          data,
        }));
        await ask(`/api/0/buckets/${id}/events`, { method: 'POST', body: JSON.stringify(batch) });
      }
    }
    await tell(`once ${EVENTS} events are in`);
    await tell('at rest then', REST);
    await ask('/api/0/export');
    await tell('after an export');
    const end = new Date();
    const timeperiods = [`${new Date(end.getTime() - 30 * 86_400_000).toISOString()}/${end.toISOString()}`];
    const query = [
      'events = flood(query_bucket("aw-watcher-window_lap"));',
      'RETURN = merge_events_by_keys(events, ["app"]);',
    ];
    const body = JSON.stringify({ query, timeperiods });
    await Promise.all([1, 2, 3].map(() => ask('/api/0/query/', { method: 'POST', body })));
    await tell('after three queries over a month');
    await ask('/graphql', { headers: { accept: 'text/html' } });
    await tell('after GraphiQL’s page');
    await tell('at rest then', REST);
    await server.kill('SIGTERM');
    const again = processes.start(args, env);
    await again.says(/ready at (\S+)\n/);
    await pause(REST);
    say(`${name}: ${mb(held(again))} at rest when it is started again, ${mb(peakMemory(again)!)} at most`);
    await detail(again);
    await again.kill('SIGTERM');
  } finally {
    await processes.close();
  }
};

say(`Node ${process.versions.node}, ${values.start}, ${EVENTS} events`);
await measure('embedded', []);
const postgres = await startThrowawayPostgres();
if (postgres) {
  try {
    await measure('PostgreSQL', ['--database-url', postgres.url]);
  } finally {
    await postgres.stop();
  }
}
