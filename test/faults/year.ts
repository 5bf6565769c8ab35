/**
 * A year of one person (spec/product 8: 545,000 events in 12.5 months, 57 % of them of windows) through real processes
 * on a throwaway PostgreSQL: pushed by `kt-client sync` that is killed three times on the way, verified, and pulled
 * into an empty aw-server with three more kills. Run by hand, minutes long:
 *   node scripts/launch.js test/faults/year.ts [--events 545000] [--kind rust] [--peer rust]
 * Prints what each step took; ends with 1 at the first thing that is not as it should be. Figures:
 * test/faults/README.md.
 */
import { createHash, randomInt } from 'node:crypto';
import { inspect, parseArgs } from 'node:util';
import { recentYear } from '../bench/workloads/workloads.ts';
import { snapshotOf } from '../bench/workloads/wire.ts';
import { saveDatabase } from '../support/fake-aw/file.ts';
import { makeProcesses, peakMemory, type Ended, type Running } from '../support/processes.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { listing, textOf } from './reading.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '545000' },
    kind: { type: 'string', default: 'rust' },
    peer: { type: 'string', default: 'rust' },
  },
});
const EVENTS = Number(values.events);
const KILLS = 3;

const kindOf = (kind: string): 'rust' | 'python' => (kind === 'python' ? 'python' : 'rust');
/** Summing a listing takes this process longer than a server keeps an idle connection. */
const ALONE = { connection: 'close' };
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

/** A bucket's events as a count and a sum of hashes, so that two long listings can be compared as multisets. */
const summed = async (get: (path: string) => Promise<Response>, bucket: string): Promise<string> => {
  let sum = 0n;
  const events = await listing(get, bucket);
  for (const event of events)
    sum = BigInt.asUintN(
      128,
      sum + BigInt(`0x${createHash('sha256').update(textOf(event)).digest('hex').slice(0, 32)}`),
    );
  return `${events.length} ${sum.toString(16)}`;
};

const processes = makeProcesses();
const postgres = await startThrowawayPostgres();
if (!postgres) throw new Error('no PostgreSQL server is installed here');
try {
  const file = `${processes.folder()}/year.json`;
  const kind = kindOf(values.kind);
  const buckets = recentYear(EVENTS);
  saveDatabase(file, { kind, deviceId: 'aw-lap', snapshot: snapshotOf(kind, buckets) });
  const server = processes.server(['--data-dir', processes.folder(), '--port', '0', '--database-url', postgres.url]);
  const [, url = ''] = await server.says(/ready at (\S+)\n/);
  const [, key = ''] = await server.says(/API key +(kt_\S+)/);
  say(`kt-server on PostgreSQL ${postgres.version}: ${megabytes(peakMemory(server) ?? 0)} at rest`);

  const start = async (args: string[]) => {
    const aw = processes.aw(['--port', '0', ...args]);
    const [line] = await aw.says(/\{.*\}\n/);
    const { url: awUrl, port } = JSON.parse(line) as { url: string; port: number };
    const home = processes.folder();
    const env = {
      XDG_CONFIG_HOME: home,
      KT_CLIENT_STATE_DIR: `${home}/state`,
      KT_CLIENT_REMOTE_URL: url,
      KT_CLIENT_API_KEY: key,
      KT_CLIENT_LOCAL_PORT: String(port),
    };
    return {
      get: (path: string) => fetch(awUrl + path, { headers: ALONE }),
      client: (...more: string[]) => processes.client(more, env),
    };
  };
  type Computer = Awaited<ReturnType<typeof start>>;
  const onServer = (path: string) => fetch(url + path, { headers: { ...ALONE, authorization: `Bearer ${key}` } });
  const stored = async (): Promise<number> => {
    const body = JSON.stringify({ query: '{ buckets { eventCount } }' });
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
    return ((await response.json()) as { data: { buckets: { eventCount: number }[] } }).data.buckets.reduce(
      (sum, { eventCount }) => sum + eventCount,
      0,
    );
  };

  let clientPeak = 0;
  /** Runs a command to its end, or to its death, and watches its memory. */
  const watch = async (
    running: Running,
    killAfterMs: number | null = null,
  ): Promise<{ ended: Ended; ms: number; peak: number }> => {
    const begun = Date.now();
    let peak = 0;
    const timer = setInterval(() => (peak = Math.max(peak, peakMemory(running) ?? 0)), 100);
    const death = killAfterMs === null ? null : setTimeout(() => void running.kill('SIGKILL'), killAfterMs);
    const ended = await running.ended;
    clearInterval(timer);
    if (death) clearTimeout(death);
    clientPeak = Math.max(clientPeak, peak);
    return { ended, ms: Date.now() - begun, peak };
  };
  /** Passes that are killed somewhere, then one that comes to its end. `held` tells how far they came. */
  const killedAndWhole = async (name: string, { client }: Computer, held: () => Promise<number>): Promise<void> => {
    let ms = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const killed = await watch(client('sync', '--json'), randomInt(2000, 9000));
      ms += killed.ms;
      say(
        `${name}: ${killed.ended.signal ? 'killed' : 'done'} after ${seconds(killed.ms)}, ` +
          `${await held()} events are there`,
      );
    }
    const before = await held();
    const { ended, ms: last, peak } = await watch(client('sync', '--json'));
    must(ended.code === 0, `${name}: it ended with ${ended.code}: ${ended.stderr}`);
    const moved = (await held()) - before;
    say(
      `${name}: the rest, ${moved} events, in ${seconds(last)}: ` +
        `${Math.round(moved / (last / 1000))} events/s; ${seconds(ms + last)} in all; ` +
        `client ${megabytes(peak)}, server ${megabytes(peakMemory(server) ?? 0)}`,
    );
  };
  const written = (stdout: string): number => {
    const { pushed, pulled } = JSON.parse(stdout) as Record<'pushed' | 'pulled', Record<string, number>[]>;
    const sum = (list: Record<string, number>[], ...names: string[]) =>
      list.reduce((all, one) => all + names.reduce((part, name) => part + (one[name] ?? 0), 0), 0);
    return sum(pushed, 'inserted', 'updated', 'deleted') + sum(pulled, 'inserted', 'replaced', 'deleted');
  };
  const verified = async (name: string, { client }: Computer): Promise<void> => {
    const { ended, ms } = await watch(client('verify'));
    must(ended.code === 0, `${name}: verify ended with ${ended.code}: ${ended.stdout}${ended.stderr}`);
    say(`${name}: verify in ${seconds(ms)}: ${ended.stdout.trim().split('\n').at(-1)}`);
    const again = await watch(client('sync', '--json'));
    must(
      again.ended.code === 0 && written(again.ended.stdout) === 0,
      `${name}: a further pass: ${again.ended.stdout}${again.ended.stderr}`,
    );
    say(`${name}: a further pass wrote 0 rows, in ${seconds(again.ms)}`);
  };

  const lap = await start(['--kind', kind, '--hostname', 'lap', '--file', file]);
  await killedAndWhole('push', lap, stored);
  const origin = new Map<string, string>();
  for (const { id } of buckets) {
    origin.set(id, await summed(lap.get, id));
    must((await summed(onServer, id)) === origin.get(id), `${id} is not the same on the server`);
  }
  say(`push: both sides hold the same: ${[...origin.values()].map((sum) => sum.split(' ')[0]).join(' + ')} events`);
  await verified('push', lap);

  const desk = await start(['--kind', kindOf(values.peer), '--hostname', 'desk', '--device-id', 'aw-desk']);
  const copy = (id: string) => `${id}-synced-from-lap`;
  const pulled = async (): Promise<number> => {
    let all = 0;
    for (const { id } of buckets) {
      const response = await desk.get(`/api/0/buckets/${copy(id)}/events/count`);
      if (response.status === 200) all += Number(await response.text());
    }
    return all;
  };
  await killedAndWhole('pull', desk, pulled);
  for (const { id } of buckets)
    must((await summed(desk.get, copy(id))) === origin.get(id), `the copy of ${id} is not the same`);
  say('pull: the copies hold the same');
  await verified('pull', desk);
  say(`most memory: client ${megabytes(clientPeak)}, server ${megabytes(peakMemory(server) ?? 0)}`);
} catch (error) {
  say(`FAILED: ${inspect(error)}`);
  process.exitCode = 1;
} finally {
  await processes.close();
  await postgres.stop();
}
