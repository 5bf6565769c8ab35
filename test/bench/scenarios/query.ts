import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../../domain/data.ts';
import type { Scenario } from '../bench.ts';
import { inTurn, timed, type Side } from '../measure.ts';
import type { Http } from '../world/http.ts';
import { activity, DAY_US, FIRST_DAY_US } from '../workloads/activity.ts';
import { workload, type WorkloadBucket } from '../workloads/workloads.ts';
import { empty, fill, first } from './filled.ts';

const RULES = [
  [['Work'], { type: 'regex', regex: 'Application [1-9]$' }],
  [['Work', 'Writing'], { type: 'regex', regex: 'document [0-4]\\b', ignore_case: true }],
  [['Media'], { type: 'regex', regex: 'Application (1\\d|20)$' }],
];
const standard = (bucket: string) => [
  `e = flood(query_bucket("${bucket}"));`,
  `e = categorize(e, ${JSON.stringify(RULES).replaceAll('\\\\', '\\')});`,
  'RETURN = merge_events_by_keys(e, ["app", "title"]);',
];
const ALWAYS = '2024-01-01T00:00:00Z/2027-01-01T00:00:00Z';

type Served = { readonly side: Side; readonly http: Http };
const msOf = (served: readonly Served[], method: string, path: string, body?: unknown) =>
  Object.fromEntries(
    served.map(({ side, http }) => [
      side,
      () => timed(() => http.drain(method, path, body === undefined ? undefined : JSON.stringify(body))),
    ]),
  ) as Partial<Record<Side, () => Promise<number>>>;

export const query: Scenario = {
  name: 'query',
  about: 'flood, categorize by 3 rules and merge by app and title, beside GET of the same events',
  async run(bench) {
    const { served } = await bench.open();
    const sizes = [4_000, 30_000, 100_000].map((size) => bench.size(size, 40));
    const id = (size: number): string => `bench-query-${size}`;
    for (const size of sizes) await fill(served, [first(workload('W5', { events: size }))], () => id(size));
    for (const size of sizes) {
      const asked = { query: standard(id(size)), timeperiods: [ALWAYS] };
      const samples = await inTurn(msOf(served, 'POST', '/api/0/query/', asked), bench);
      const goal = size === sizes.at(-1) ? { goal: '≤ 0.67 of the peer' } : {};
      bench.row({ what: `query of ${size} events`, unit: 'ms', samples, ...goal });
    }
    const largest = sizes.at(-1)!;
    const samples = await inTurn(msOf(served, 'GET', `/api/0/buckets/${id(largest)}/events`), bench);
    bench.row({ what: `GET of the same ${largest} events`, unit: 'ms', samples });
    await empty(served, sizes.map(id));
  },
};

type Vectors = {
  fixtures: Record<string, { id: string; type: string; hostname: string; events: { data: JsonObject }[] }[]>;
  vectors: { name: string; query: string[] }[];
};

/** Events a day of each bucket that these queries read, of the data that its day in the vectors has. */
const YEAR: Record<string, number> = {
  'aw-watcher-window_ws1': 850,
  'aw-watcher-afk_ws1': 80,
  'aw-watcher-web-firefox': 150,
  'aw-watcher-web-chrome': 100,
  'aw-stopwatch': 3,
  'aw-watcher-window_laptop.local': 300,
  'aw-watcher-afk_laptop.local': 30,
};
export const DAYS = 366;
const CANONICAL = [
  'real-ui-desktop',
  'real-ui-desktop-full-options',
  'real-client-desktop',
  'real-multidevice',
  'real-work-report',
  'real-explorer',
];

const { fixtures, vectors } = JSON.parse(
  readFileSync(new URL('../../query/aw-query-vectors.json', import.meta.url), 'utf8'),
) as Vectors;

/** A year (or so many days) of two computers and two browsers. */
export const yearOfTwo = (days: number): WorkloadBucket[] => {
  const known = new Map(
    Object.values(fixtures)
      .flat()
      .map((bucket) => [bucket.id, bucket]),
  );
  return Object.entries(YEAR).map(([id, perDay], place): WorkloadBucket => {
    const { type, hostname, events } = known.get(id)!;
    const shape = {
      seed: 900 + place,
      perDay: () => perDay,
      pool: { size: events.length, fresh: 0 },
      data: (number: number) => events[number]!.data,
      instant: 0.1,
      twins: 0,
    };
    const count = perDay * days;
    return { id, type, hostname, client: 'bench', count, events: () => activity(shape, count) };
  });
};

/** The queries of aw-webui and aw-client. Not asked of the peer, which does not know all of their functions. */
export const canonical: Scenario = {
  name: 'canonical',
  about: 'the queries of aw-webui and aw-client over a year and a month of two devices',
  async run(bench) {
    const { ours } = await bench.open();
    const days = bench.size(DAYS);
    const buckets = yearOfTwo(days);
    await fill(ours, buckets);
    const from = new Date(FIRST_DAY_US / 1000).toISOString();
    const to = (after: number) => new Date((FIRST_DAY_US + after * DAY_US) / 1000).toISOString();
    for (const name of CANONICAL) {
      const { query: text } = vectors.find((vector) => vector.name === name)!;
      for (const [what, length] of [
        ['a year', days],
        ['a month', Math.min(days, 31)],
      ] as const) {
        const asked = { query: text, timeperiods: [`${from}/${to(length)}`] };
        const samples = await inTurn(msOf(ours, 'POST', '/api/0/query/', asked), { rounds: bench.long });
        bench.row({ what: `${name}, ${what}`, unit: 'ms', samples });
      }
    }
    await empty(ours, Object.keys(YEAR));
  },
};
