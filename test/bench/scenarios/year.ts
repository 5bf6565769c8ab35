import { fileURLToPath } from 'node:url';
import { peakMemory } from '../../support/processes.ts';
import type { Bench, Scenario } from '../bench.ts';
import { inTurn, timed, type Side } from '../measure.ts';
import { ANALYZE, SIZES } from '../tables.ts';
import { startAw, type Aw } from '../world/aw.ts';
import { awSync, heldMemory, openDevice, writtenIn, type Device } from '../world/device.ts';
import type { Ours } from '../world/ours.ts';
import { openRelay } from '../world/relay.ts';
import { recentYear } from '../workloads/workloads.ts';
import { fill } from './filled.ts';

/** How long a server is left alone before it counts as at rest, in ms: a burst's memory goes back after some 20 s. */
const REST = 30_000;
/** Requests that an idle pass may take. */
const REQUESTS = 3;

/** What the server's process tells of its memory on SIGUSR2. */
const DETAIL = {
  NODE_OPTIONS: `--require ${JSON.stringify(fileURLToPath(new URL('../world/memory-told.cjs', import.meta.url)))}`,
};

type Figures = Partial<Record<Side, number[]>>;
type Pushed = { readonly ours: Ours; readonly device: Device };

const MONTH = {
  query: ['events = flood(query_bucket("aw-watcher-window_lap"));', 'RETURN = merge_events_by_keys(events, ["app"]);'],
  timeperiods: [`${new Date(Date.now() - 30 * 86_400_000).toISOString()}/${new Date().toISOString()}`],
};

/** What a server's process holds of memory, in MB, from its first start on. */
const memoryOf = async (bench: Bench, { ours, device }: Pushed, events: number): Promise<Record<string, number>> => {
  const told: Record<string, number> = {};
  const rest = async (what: string): Promise<void> => {
    await new Promise((later) => setTimeout(later, Math.min(REST, bench.size(10 * REST, 100))));
    const bytes = heldMemory(ours.running);
    if (bytes !== null) told[what] = bytes / 1e6;
    if (!bench.detail) return;
    ours.running.output.stderr = '';
    ours.running.child.kill('SIGUSR2');
    bench.note(`${ours.side} ${what}: ${(await ours.running.says(/memory: .*\n/, 'stderr'))[0]}`);
  };
  await rest('at rest after the first start');
  const { stdout } = await device.run(['sync', '--json']);
  if (writtenIn(stdout) !== events) throw new Error(`the push did not write ${events} events: ${stdout}`);
  await rest(`at rest with ${events} events`);
  await ours.http.drain('GET', '/api/0/export');
  await Promise.all([1, 2, 3].map(() => ours.http.json('/api/0/query/', MONTH)));
  const peak = peakMemory(ours.running);
  if (peak !== null) told['at most, with an export and three queries over a month'] = peak / 1e6;
  await ours.stopped(async () => undefined);
  await rest('at rest when started again');
  return told;
};

const idlePasses = async (bench: Bench, aw: Aw, pushed: ReadonlyMap<Side, Pushed>): Promise<void> => {
  const { processes, programs, rounds } = bench;
  const [cpu, requests, bytes]: Figures[] = [{}, {}, {}];
  for (const [side, { ours, device }] of pushed) {
    const relay = await openRelay(Number(new URL(ours.url).port));
    await device.run(['sync', '--json'], relay.port);
    requests![side] = [relay.counted.requests];
    bytes![side] = [relay.counted.up + relay.counted.down];
    await relay.close();
    if (relay.counted.requests > REQUESTS) bench.note(`${side}: an idle pass took ${relay.counted.requests} requests`);
  }
  const works: Partial<Record<Side, (round: number) => Promise<number>>> = {};
  for (const [side, { device }] of pushed)
    works[side] = async (round) => {
      const { ms, cpuMs, stdout } = await device.run(['sync', '--json']);
      if (writtenIn(stdout) !== 0) throw new Error(`a pass without news wrote something: ${stdout}`);
      if (round >= 0) (cpu![side] ??= []).push(cpuMs! / 1000);
      return ms / 1000;
    };
  if (programs.awSync !== null) {
    const folder = processes.folder();
    await awSync(processes, programs.awSync, { aw, folder, mode: 'push' });
    works.peer = async () => (await awSync(processes, programs.awSync!, { aw, folder, mode: 'push' })).ms / 1000;
  }
  works.floor = async () => (await timed(() => processes.start(['-e', '0']).ended)) / 1000;
  const samples = await inTurn(works, { rounds });
  bench.row({ what: 'idle pass', unit: 's', samples, peer: 'aw-sync', floor: 'node -e 0', goal: '≤ 0.35' });
  bench.row({ what: 'idle pass: CPU', unit: 's', samples: cpu!, goal: '≤ 0.3' });
  bench.row({ what: 'idle pass: requests to the server', unit: 'requests', samples: requests!, goal: `${REQUESTS}` });
  bench.row({ what: 'idle pass: to the server and from it', unit: 'bytes', samples: bytes! });
};

/** One push of W2 serves all of this, because it takes the longest. */
export const year: Scenario = {
  name: 'year',
  words: ['memory', 'idle', 'verify', 'size'],
  about: 'a year of one person (W2): memory of the server, idle passes, verify, bytes an event',
  async run(bench) {
    const { processes, program, programs } = bench;
    const buckets = recentYear(bench.size(545_000));
    const all = buckets.reduce((sum, { count }) => sum + count, 0);
    const aw = await startAw(processes, programs, 'lap');
    await fill([aw], buckets);
    const pushed = new Map<Side, Pushed>();
    const memory = new Map<string, Figures>();
    for (const side of bench.sides) {
      const ours = await bench.startOurs(side, bench.detail ? DETAIL : {});
      pushed.set(side, { ours, device: openDevice(processes, program, ours, aw) });
      for (const [what, megabytes] of Object.entries(await memoryOf(bench, pushed.get(side)!, all)))
        memory.set(what, { ...memory.get(what), [side]: [megabytes] });
    }
    const goals: Record<string, string> = {
      [`at rest with ${all} events`]: '≤ 150 / 300',
      'at most, with an export and three queries over a month': '≤ 300 / 450',
    };
    for (const [what, samples] of memory)
      bench.row({ what: `server ${what}`, unit: 'MB', samples, ...(goals[what] && { goal: goals[what] }) });

    const verified = await inTurn(
      Object.fromEntries(
        [...pushed].map(([side, { device }]) => [side, async () => (await device.run(['verify'])).ms / 1000]),
      ),
      { rounds: bench.long, warm: 0 },
    );
    bench.row({ what: `verify of ${all} events`, unit: 's', samples: verified, goal: '≤ 3' });
    // After a proof: until everything was proven, a pass takes half a second to read on.
    await idlePasses(bench, aw, pushed);

    const [heap, indexes]: Figures[] = [{}, {}];
    for (const [side, { ours }] of pushed) {
      await ours.sql(ANALYZE);
      const [sizes] = await ours.sql<{ events: number; heap: number; indexes: number }>(SIZES);
      heap![side] = [sizes!.heap / sizes!.events];
      indexes![side] = [sizes!.indexes / sizes!.events];
    }
    bench.row({ what: 'an event: heap', unit: 'bytes', samples: heap! });
    bench.row({ what: 'an event: indexes', unit: 'bytes', samples: indexes! });
    bench.row({
      what: 'an event: both',
      unit: 'bytes',
      samples: Object.fromEntries([...pushed.keys()].map((side) => [side, [heap![side]![0]! + indexes![side]![0]!]])),
      goal: '≤ 200',
    });
    for (const { ours } of pushed.values()) await ours.close();
    await aw.close();
  },
};
