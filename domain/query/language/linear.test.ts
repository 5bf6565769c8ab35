import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask } from '../../../test/query/ask.ts';
import { spanOf } from '../transform/span.ts';

/** 1,800 distinct data, shared as a dataset had better do. */
const pool = Array.from({ length: 1_800 }, (_, i) => ({
  app: `app ${i % 20}`,
  title: `(${i % 9}) title ${i % 200}`,
  url: `https://www.example.org/${i % 200}?q`,
}));

/** Half of the events overlap the next. */
const events = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    spanOf({
      id: i,
      startUs: 1_705_276_800_000_000n + BigInt(i * 500_000),
      durationNs: BigInt(i % 2 ? 400_000_000 : 700_000_000),
      data: pool[i % pool.length]!,
    }),
  ).reverse();

const datasetOf = (list: ReturnType<typeof events>) => ({
  buckets: async () => [{ id: 'b', type: '', client: '', hostname: '', ordinal: 0 }],
  events: async () => list,
  count: async () => list.length,
});

const functions = [
  'flood(e)',
  'filter_period_intersect(e, f)',
  'period_union(e, f)',
  'union_no_overlap(e, f)',
  'union_no_overlap(f, e)',
  'merge_events_by_keys(e, ["app", "title"])',
  'chunk_events_by_key(e, "app")',
  'sort_by_duration(e)',
  'sort_by_timestamp(e)',
  'concat(e, f)',
  'filter_keyvals(e, "app", ["app 1", "app 2"])',
  'exclude_keyvals(e, "app", ["app 1", "app 2"])',
  'filter_keyvals_regex(e, "title", "(?i)TITLE 1\\b")',
  'split_url_events(e)',
  'simplify_window_titles(e, "title")',
  'categorize(e, [[["A"], {"type": "regex", "regex": "title 7"}], [["A", "B"], {"type": "regex", "regex": ' +
    '"^app (?=1)"}]])',
  'tag(e, [["A", {"type": "regex", "regex": "title 7"}]])',
];

const linear = suite('time per event');

const small = datasetOf(events(4_000));
const large = datasetOf(events(100_000));

for (const call of functions) {
  linear(`of ${call} does not grow from 4,000 to 100,000 events`, async () => {
    const program = `e = query_bucket("b"); f = limit_events(e, 1000000); x = ${call}; RETURN = 1;`;
    const fastest = async (dataset: typeof small): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < 3; i++) {
        const began = process.cpuUsage();
        await ask(program, { dataset });
        const { user, system } = process.cpuUsage(began);
        times.push(user + system);
      }
      return Math.min(...times);
    };
    const ratio = (await fastest(large)) / 100_000 / ((await fastest(small)) / 4_000);
    // Quadratic would be 25. Of the processor's time: by the clock the long ones wait for others of a busy machine, and
    // of three short ones hardly any.
    assert.ok(ratio < 8, `${ratio.toFixed(1)} times as long per event`);
  });
}

linear.run();
