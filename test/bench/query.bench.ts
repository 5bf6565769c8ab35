/**
 * The query language compared to listing the same events: flood, categorize by three rules, merge by app and title,
 * over 4 k, 30 k and 100 k events; and the queries of aw-webui and aw-client over a year of two devices.
 */
import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../domain/data.ts';
import { someActivity, windows } from './activity.ts';
import { measure, onEachEngine, type BenchServer } from './bench-server.ts';

const SIZES = [4_000, 30_000, 100_000] as const;
const ALWAYS = '2024-01-01T00:00:00Z/2025-01-01T00:00:00Z';

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

const say = (line: string) => process.stdout.write(`${line}\n`);
const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`.padStart(9);

/** The time of a query, by the number of events it reads, next to our own GET of them. */
const perEvent = async (server: BenchServer): Promise<void> => {
  for (const size of SIZES)
    await server.fill(
      { id: `w${size}`, type: 'currentwindow', hostname: 'bench' },
      someActivity(size, { perDay: 1_500, pool: windows }),
    );
  await server.analyze();
  const largest = SIZES.at(-1)!;
  const query = (size: number) => () =>
    server.ask('/api/0/query/', { query: standard(`w${size}`), timeperiods: [ALWAYS] });
  // Equally many events in each round, so that load on the machine affects small and large ones alike; and the median
  // of the rounds, because the minimum would compare one large query with the mean of many small ones.
  const repeated = (size: number) => async () => {
    for (let i = 0; i < largest / size; i++) await query(size)();
  };
  const sizes = await measure(Object.fromEntries(SIZES.map((size) => [`${size}`, repeated(size)])), {
    rounds: 12,
    warm: 3,
  });
  const times = await measure({
    query: query(largest),
    read: () =>
      server.ask('/api/0/query/', { query: [`e = query_bucket("w${largest}"); RETURN = 1;`], timeperiods: [ALWAYS] }),
    all: () => server.ask('/api/0/query/', { query: [`RETURN = query_bucket("w${largest}");`], timeperiods: [ALWAYS] }),
    get: () => server.ask(`/api/0/buckets/w${largest}/events`),
  });
  const each = SIZES.map((size) => (sizes[`${size}`]!.median / Math.ceil(largest / size) / size) * 1000);
  for (const [i, size] of SIZES.entries())
    say(
      `  flood, categorize, merge  ${String(size).padStart(7)} events  ${ms((each[i]! * size) / 1000)}  ` +
        `${each[i]!.toFixed(2)} µs each`,
    );
  say(`  query_bucket alone        ${largest} events  ${ms(times.read.median)}`);
  say(`  RETURN = query_bucket     ${largest} events  ${ms(times.all.median)}`);
  say(`  GET events                ${largest} events  ${ms(times.get.median)}`);
  say(`  per event, slowest to fastest: ${(Math.max(...each) / Math.min(...each)).toFixed(2)} (goal ≤ 1.5)`);
  say(`  query to GET of ${largest}: ${(times.query.median / times.get.median).toFixed(2)} (goal ≤ 1)`);
};

type Vectors = {
  fixtures: Record<string, { id: string; type: string; hostname: string; events: { data: JsonObject }[] }[]>;
  vectors: { name: string; query: string[] }[];
};
const { fixtures, vectors } = JSON.parse(
  readFileSync(new URL('../query/aw-query-vectors.json', import.meta.url), 'utf8'),
) as Vectors;

/** A year of each bucket that these queries read, of the data that its day in the vectors has. */
const YEAR: Record<string, number> = {
  'aw-watcher-window_ws1': 850,
  'aw-watcher-afk_ws1': 80,
  'aw-watcher-web-firefox': 150,
  'aw-watcher-web-chrome': 100,
  'aw-stopwatch': 3,
  'aw-watcher-window_laptop.local': 300,
  'aw-watcher-afk_laptop.local': 30,
};
const CANONICAL = [
  'real-ui-desktop',
  'real-ui-desktop-full-options',
  'real-client-desktop',
  'real-multidevice',
  'real-work-report',
  'real-explorer',
];

const canonical = async (server: BenchServer): Promise<void> => {
  const buckets = new Map(
    Object.values(fixtures)
      .flat()
      .map((bucket) => [bucket.id, bucket]),
  );
  let seed = 0;
  let total = 0;
  for (const [id, perDay] of Object.entries(YEAR)) {
    const { type, hostname, events } = buckets.get(id)!;
    total += 366 * perDay;
    await server.fill(
      { id, type, hostname },
      someActivity(366 * perDay, { perDay, pool: events.map((event) => event.data), seed: ++seed }),
    );
  }
  await server.analyze();
  say(`  a year of two devices, ${total} events`);
  for (const name of CANONICAL) {
    const { query } = vectors.find((vector) => vector.name === name)!;
    let bytes = 0;
    const { year, month } = await measure(
      {
        year: async () => (bytes = (await server.ask('/api/0/query/', { query, timeperiods: [ALWAYS] })).length),
        month: () =>
          server.ask('/api/0/query/', { query, timeperiods: ['2024-05-01T00:00:00+02:00/2024-06-01T00:00:00+02:00'] }),
      },
      { rounds: 3, warm: 1 },
    );
    say(
      `  ${name.padEnd(29)} year ${ms(year.median)}  month ${ms(month.median)}  (${(bytes / 1e6).toFixed(1)} ` +
        'MB a year)',
    );
  }
};

await onEachEngine(async (server) => {
  await perEvent(server);
  await canonical(server);
});
