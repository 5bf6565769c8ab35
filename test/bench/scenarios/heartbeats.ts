import type { Bench, Scenario } from '../bench.ts';
import { inTurn, meanwhile, median, quantile, type Samples, type Side } from '../measure.ts';
import type { Http } from '../world/http.ts';
import type { Activity } from '../workloads/activity.ts';
import { beats, PULSETIME } from '../workloads/beats.ts';
import { toWire } from '../workloads/wire.ts';
import { workload } from '../workloads/workloads.ts';
import { empty, fill, makeBucket } from './filled.ts';

const WATCHERS = 32;
/** W6: 60 devices together, and how many beats a second they are tested at (of their own accord: 18). */
const DEVICES = 60;
const PACE = 200;

/** Beats that each server gets before anything is measured: a new process runs code that is not compiled yet. */
const WARM = 3_000;

const FACTS = { type: 'currentwindow', client: 'aw-watcher-window', hostname: 'bench' };
const YEAR = 'bench-year-';
const QUERY = {
  // A call a line: the Python server's parser takes no list behind a nested call.
  query: [
    `events = flood(query_bucket("${YEAR}aw-watcher-window_lap"));`,
    'RETURN = merge_events_by_keys(events, ["app", "title"]);',
  ],
  timeperiods: ['2024-01-01T00:00:00Z/2026-01-01T00:00:00Z'],
};

type Served = { readonly side: Side; readonly http: Http };
/** Watchers of one server, each with its bucket and its own clock, which goes on from round to round. */
type Watchers = { send(watcher: number): Promise<number> };

const bucketOf = (watcher: number): string => `bench-beats-${watcher}`;

const makeWatchers = async ({ http }: Served, count: number): Promise<Watchers> => {
  const streams: Iterator<{ event: Activity }>[] = [];
  for (let watcher = 0; watcher < count; watcher++) {
    await makeBucket(http, bucketOf(watcher), FACTS);
    streams.push(beats(1, watcher + 1));
  }
  return {
    send: async (watcher) => {
      const body = JSON.stringify(toWire(streams[watcher]!.next().value.event));
      const began = performance.now();
      await http.ask('POST', `/api/0/buckets/${bucketOf(watcher)}/heartbeat?pulsetime=${PULSETIME}`, body);
      return performance.now() - began;
    },
  };
};

/** How long each of the beats took, in ms, and how long all of them, when each watcher sends one after another. */
const together = async (watchers: Watchers, count: number, each: number): Promise<{ took: number[]; ms: number }> => {
  const took: number[] = [];
  const began = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, watcher) => {
      for (let i = 0; i < each; i++) took.push(await watchers.send(watcher));
    }),
  );
  return { took, ms: performance.now() - began };
};

/** The same at this many a second, whether the earlier ones are answered or not. */
const paced = async (watchers: Watchers, count: number, all: number): Promise<number[]> => {
  const began = performance.now();
  const sent: Promise<number>[] = [];
  for (let i = 0; i < all; i++) {
    const wait = began + (i / PACE) * 1000 - performance.now();
    if (wait > 0) await new Promise((later) => setTimeout(later, wait));
    sent.push(watchers.send(i % count));
  }
  return Promise.all(sent);
};

/** By turns: the rate of each side, and of each round the p50 and p99 of its beats. */
const beaten = async (
  bench: Bench,
  sides: readonly { side: Side; run: () => Promise<{ rate: number; took: number[] }> }[],
  rounds = bench.rounds,
): Promise<{ rate: Samples; p50: Samples; p99: Samples }> => {
  const [p50, p99]: Partial<Record<Side, number[]>>[] = [{}, {}];
  const rate = await inTurn(
    Object.fromEntries(
      sides.map(({ side, run }) => [
        side,
        async (round: number) => {
          const { rate: figure, took } = await run();
          if (round >= 0) {
            (p50![side] ??= []).push(quantile(took, 0.5));
            (p99![side] ??= []).push(quantile(took, 0.99));
          }
          return figure;
        },
      ]),
    ),
    { rounds },
  );
  return { rate, p50: p50!, p99: p99! };
};

export const heartbeats: Scenario = {
  name: 'heartbeats',
  about: 'heartbeats of one and of 32 watchers, beside a query of a year, of 60 devices; a one-row commit as a floor',
  async run(bench) {
    const world = await bench.open();
    const { served } = world;
    const floors = await world.floors();
    const all = new Map<Side, Watchers>();
    for (const one of served) all.set(one.side, await makeWatchers(one, DEVICES));
    const [alone, each] = [bench.size(1_000, 20), bench.size(64, 2)];

    const warm = Math.min(WARM, bench.size(10 * WARM, WATCHERS));
    for (const watchers of all.values()) await together(watchers, WATCHERS, Math.ceil(warm / WATCHERS));

    const run = (count: number, many: number) =>
      [...all].map(([side, watchers]) => ({
        side,
        run: async () => {
          const { took, ms } = await together(watchers, count, many);
          return { rate: (took.length / ms) * 1000, took };
        },
      }));
    const commits = [...floors].map(([side, floor]) => ({
      side: side === 'postgres' ? ('floorPostgres' as const) : ('floorEmbedded' as const),
      run: async () => {
        const began = performance.now();
        for (let i = 0; i < alone; i++) await floor.commit();
        return { rate: (alone / (performance.now() - began)) * 1000, took: [0] };
      },
    }));

    const one = await beaten(bench, [...run(1, alone), ...commits]);
    const what = 'heartbeats, one watcher';
    bench.row({ what, unit: '/s', samples: one.rate, floor: 'one-row commit', goal: '≥ 0.35 / 0.3 of the peer' });
    const many = await beaten(bench, run(WATCHERS, each));
    const watchers = `heartbeats, ${WATCHERS} watchers`;
    bench.row({ what: watchers, unit: '/s', samples: many.rate, goal: '≥ 0.45 / 0.3 of the peer' });
    bench.row({ what: `${watchers}, p50`, unit: 'ms', samples: many.p50 });
    bench.row({ what: `${watchers}, p99`, unit: 'ms', samples: many.p99, goal: '< 15' });

    const year = workload('W2', { events: bench.size(545_000) });
    await fill(served, year, (id) => YEAR + id);
    const after = await beaten(bench, run(WATCHERS, each));
    bench.row({
      what: `${watchers}: rate with ${bench.size(545_000)} events in the account to that without`,
      unit: 'times',
      samples: Object.fromEntries(
        served.map(({ side }) => [side, [median(after.rate[side]!) / median(many.rate[side]!)]]),
      ),
      goal: 'as fast',
    });

    const refused = new Map<Side, string>();
    const beside = await beaten(
      bench,
      run(WATCHERS, each).map(({ side, run: beat }) => ({
        side,
        run: async () => {
          const { http } = served.find((server) => server.side === side)!;
          return meanwhile(
            // One that takes longer than a server allows has kept it busy all the same.
            () => http.json('/api/0/query/', QUERY).catch(({ message }: Error) => refused.set(side, message)),
            () => beat(),
          );
        },
      })),
      bench.long,
    );
    for (const [side, message] of refused) bench.note(`${side}: a query beside heartbeats was refused: ${message}`);
    const busy = `${watchers} beside a query of a year`;
    bench.row({ what: busy, unit: '/s', samples: beside.rate });
    bench.row({ what: `${busy}, p99`, unit: 'ms', samples: beside.p99, goal: '< 50' });

    const count = bench.size(PACE * 3, 10);
    const steady = await beaten(
      bench,
      [...all].map(([side, of]) => ({
        side,
        run: async () => ({ rate: PACE, took: await paced(of, DEVICES, count) }),
      })),
      bench.long,
    );
    const devices = `${PACE} heartbeats a second of ${DEVICES} devices`;
    bench.row({ what: `${devices}, p50`, unit: 'ms', samples: steady.p50 });
    bench.row({ what: `${devices}, p99`, unit: 'ms', samples: steady.p99 });

    await empty(served, [
      ...year.map(({ id }) => YEAR + id),
      ...Array.from({ length: DEVICES }, (_, watcher) => bucketOf(watcher)),
    ]);
  },
};
