/** The oracle: facts of a day are what ActivityWatch's own query says of it. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeMemoryDataset } from '../../test/query/memory-dataset.ts';
import { inListingOrder, type StoredEvent } from '../event.ts';
import type { JsonObject } from '../data.ts';
import { runQuery } from '../query/run-query.ts';
import { spanOf, type Span } from '../query/transform/span.ts';
import { PULSETIME_US } from '../query/transform/flood.ts';
import { factsOf, type Facts, type RecordingDevice } from './day-facts.ts';
import { dayNumbered } from './flooded-day.ts';
import { atOnce } from '../steps.ts';
import { timelineOf, type Machine } from './machine.ts';
import { packShares, readShares } from './shares.ts';
import { packSlots, SLOT_MS, SLOTS, sumSlots, valuesIn, type SlotsOfValues } from './slots.ts';
import { unionOf } from './union.ts';

const facts = suite('facts of a day');

/** A whole day as one part, and each of its slots as one. */
const ONE_PART = new Int32Array(SLOTS);
const EACH_SLOT = Int32Array.from({ length: SLOTS }, (_, slot) => slot);

const DAY = 20_000;
const day = dayNumbered(DAY);
const HOUR = 3_600_000_000;

/** Events around the day: dense at its borders, in odd µs, overlapping, without length, or days long. */
const someEvents = (data: readonly JsonObject[], firstId: number): fc.Arbitrary<StoredEvent[]> =>
  fc
    .array(
      fc.record({
        place: fc.oneof(
          fc.integer({ min: -12_000_000, max: 12_000_000 }),
          fc.integer({ min: 24 * HOUR - 12_000_000, max: 24 * HOUR + 12_000_000 }),
          fc.integer({ min: -2 * HOUR, max: 26 * HOUR }),
          fc.integer({ min: 100, max: 112 }).map((seconds) => seconds * 1_000_000),
        ),
        length: fc.oneof(
          fc.constant(0),
          fc.integer({ min: 1, max: 9_000_000 }),
          fc.integer({ min: 1, max: 9 }).map((seconds) => seconds * 1_000_000),
          fc.integer({ min: 0, max: 30 * HOUR }),
        ),
        data: fc.constantFrom(...data),
      }),
      { maxLength: 14 },
    )
    .map((list) =>
      list.map(({ place, length, data: what }, i) => ({
        id: firstId + i,
        startUs: BigInt(day.from + place),
        durationNs: BigInt(length) * 1000n,
        data: what,
      })),
    );

const APPS = [
  { app: 'vim', title: 'a' },
  { app: 'Firefox', title: 'b' },
  { app: 'Firefox', title: 'c' },
  { app: 'Google Chrome', title: 'd' },
];
const AFK = [{ status: 'not-afk' }, { status: 'afk' }];
const TABS = [
  { url: 'https://a.org/', audible: false },
  { url: 'https://b.org/', audible: true },
];

type History = { windows: StoredEvent[]; afk: StoredEvent[]; firefox: StoredEvent[]; chrome: StoredEvent[] };
const someHistory = fc.record<History>({
  windows: someEvents(APPS, 1),
  afk: someEvents(AFK, 1000),
  firefox: someEvents(TABS, 2000),
  chrome: someEvents(TABS, 3000),
});

const recorded = (events: readonly StoredEvent[]): Span[] => [...events].sort(inListingOrder).map(spanOf);
const machineOf = ({ windows, afk, firefox, chrome }: History): Machine => ({
  windows: [recorded(windows)],
  afk: [recorded(afk)],
  web: [
    { bucketId: 'aw-watcher-web-firefox', events: recorded(firefox) },
    { bucketId: 'aw-watcher-web-chrome_host', events: recorded(chrome) },
  ],
});

/** Values of data, by number. */
const VALUES = [...APPS, ...TABS].map((data) => JSON.stringify(data));
const valueOf = ({ data }: Span): number => VALUES.indexOf(JSON.stringify(data)) + 1;

const totals = (packed: Uint8Array): Map<number, number> => {
  const sums = new Map<number, number>();
  let current = 0;
  const enter = (value: number): boolean => {
    current = value;
    return true;
  };
  sumSlots(packed, ONE_PART, 0, enter, (_part, ms) => void sums.set(current, (sums.get(current) ?? 0) + ms));
  return sums;
};
const total = (packed: Uint8Array): number => [...totals(packed).values()].reduce((sum, ms) => sum + ms, 0);

const standard = (audible: boolean): string => `
  ev = flood(query_bucket("window"));
  active = filter_keyvals(flood(query_bucket("afk")), "status", ["not-afk"]);
  fox = filter_period_intersect(flood(query_bucket("firefox")), filter_keyvals_regex(ev, "app", "(?i)firefox"));
  chrome = filter_period_intersect(flood(query_bucket("chrome")), filter_keyvals_regex(ev, "app", "(?i)^google"));
  web = sort_by_timestamp(concat(fox, chrome));
  ${audible ? 'active = period_union(active, filter_keyvals(web, "audible", [true]));' : ''}
  RETURN = {
    "window": merge_events_by_keys(filter_period_intersect(ev, active), ["app", "title"]),
    "web": merge_events_by_keys(web, ["url"]), "presence": sum_durations(active)
  };`;

type Merged = { duration: number; data: JsonObject }[];
const asked = async (history: History, audible: boolean) => {
  const dataset = makeMemoryDataset([
    { id: 'window', events: history.windows },
    { id: 'afk', events: history.afk },
    { id: 'firefox', events: history.firefox },
    { id: 'chrome', events: history.chrome },
  ]);
  const iso = (us: number) => new Date(us / 1000).toISOString();
  const request = { query: [standard(audible)], timeperiods: [`${iso(day.from)}/${iso(day.to)}`] };
  const { json } = await runQuery(request, { dataset, now: () => 0 });
  return (JSON.parse(new TextDecoder().decode(json)) as { window: Merged; web: Merged; presence: number }[])[0]!;
};

/** Within a ms where nothing lies across a border; else by what may lie in the gaps there. */
const isNear = (ms: number, seconds: number, slackUs: number): boolean =>
  Math.abs(ms - seconds * 1000) <= 1.001 + slackUs / 1000;

/** Whether an event lies outside of the day, but so near that a gap across the border may be closed. */
const isOutside = ({ startUs, durationNs }: StoredEvent): boolean => {
  const [start, end] = [Number(startUs), Number(startUs + durationNs / 1000n)];
  return end < day.from ? end >= day.from - PULSETIME_US : start > day.to && start <= day.to + PULSETIME_US;
};
const withoutOutside = (history: History): History => ({
  windows: history.windows.filter((event) => !isOutside(event)),
  afk: history.afk.filter((event) => !isOutside(event)),
  firefox: history.firefox.filter((event) => !isOutside(event)),
  chrome: history.chrome.filter((event) => !isOutside(event)),
});

facts('are those of the standard query, but for gaps across the borders', async () => {
  await fc.assert(
    fc.asyncProperty(someHistory, fc.boolean(), fc.boolean(), async (given, audible, isExact) => {
      const history = isExact ? withoutOutside(given) : given;
      const made = atOnce(factsOf([{ id: 'x', machines: [machineOf(history)] }], day, { audible }, valueOf));
      const { window, web, presence } = made.devices[0]!.facts;
      const expected = await asked(history, audible);
      // Each event just outside may move a border by a pulsetime.
      const slack = isExact ? 0 : Object.values(history).flat().filter(isOutside).length * PULSETIME_US;
      for (const [packed, list] of [
        [window, expected.window],
        [web, expected.web],
      ] as const) {
        const sums = totals(packed);
        for (const [i, text] of VALUES.entries()) {
          const { app, title, url } = JSON.parse(text) as JsonObject;
          const seconds = list
            .filter(({ data }) => data['url'] === url && data['app'] === app && data['title'] === title)
            .reduce((sum, { duration }) => sum + duration, 0);
          // A url has two values here, told apart by `audible`; each url has one.
          const ms = sums.get(i + 1) ?? 0;
          if (packed === (url === undefined ? window : web))
            assert.ok(isNear(ms, seconds, slack), `${text}: ${ms} ms for ${seconds} s`);
        }
      }
      assert.ok(isNear(total(presence), expected.presence, slack), `${total(presence)} for ${expected.presence}`);
    }),
    { numRuns: 150 },
  );
});

/** The same history with other ids, and without input where it is of a phone. */
const someDevices = fc.array(fc.tuple(someHistory, fc.boolean()), { minLength: 1, maxLength: 4 }).map((list) =>
  list.map(([history, isPhone], i): RecordingDevice => {
    const machine = machineOf(history);
    return {
      id: `00000000-0000-4000-8000-00000000000${i}`,
      machines: [isPhone ? { ...machine, afk: [], web: [] } : machine],
    };
  }),
);

facts('of a union are never more than the clock, and what was dropped is counted', () => {
  fc.assert(
    fc.property(someDevices, fc.boolean(), (devices, audible) => {
      const { devices: alone, union, overlap } = atOnce(factsOf(devices, day, { audible }, valueOf));
      for (const kind of ['presence', 'window', 'web'] as const) {
        const bySlot = new Map<number, number>();
        for (const { facts: share } of union)
          sumSlots(
            share[kind],
            EACH_SLOT,
            0,
            () => true,
            (slot, ms) => void bySlot.set(slot, (bySlot.get(slot) ?? 0) + ms),
          );
        // What is carried into a slot is below a ms for each value and device.
        for (const ms of bySlot.values()) assert.ok(ms <= SLOT_MS + union.length * VALUES.length, `${kind}: ${ms}`);
        const sum = (list: readonly { facts: Facts }[]) => list.reduce((ms, each) => ms + total(each.facts[kind]), 0);
        assert.ok(sum(union) <= 86_400_000);
        assert.ok(sum(union) <= sum(alone) + 1);
      }
      const present = (list: readonly { facts: Facts }[]) =>
        list.reduce((ms, each) => ms + total(each.facts.presence), 0);
      assert.ok(Math.abs(present(alone) - present(union) - total(overlap)) <= 2 * devices.length + 1);
    }),
    { numRuns: 100 },
  );
});

facts('of a union with one device are those of the device', () => {
  fc.assert(
    fc.property(someHistory, fc.boolean(), (history, isPhone) => {
      const machine = machineOf(history);
      const idle: Machine = { windows: [], afk: [], web: [] };
      const one = { id: 'a', machines: [isPhone ? { ...machine, afk: [] } : machine] };
      const { devices, union } = atOnce(factsOf([one, { id: 'b', machines: [idle] }], day, { audible: true }, valueOf));
      assert.equal(union[0]!.facts, devices[0]!.facts);
      assert.is(total(union[1]!.facts.presence), 0);
    }),
    { numRuns: 100 },
  );
});

const seconds = (n: number): number => day.from + n * 1_000_000;
const span = (id: number, from: number, to: number, data: JsonObject): Span => ({
  id,
  start: seconds(from),
  end: seconds(to),
  data,
});
const shown = (spans: readonly Span[]): unknown[] =>
  spans.map(({ start, end, data }) => [(start - day.from) / 1e6, (end - day.from) / 1e6, data['app']]);
const dayOn = (windows: Span[], afk: Span[] | null) =>
  atOnce(timelineOf({ windows: [windows], afk: afk ? [afk] : [], web: [] }, day, { audible: false }));

facts('of a union count one with input first, then the one whose window changed last, then the first', () => {
  const here = [span(1, 0, 1000, { status: 'not-afk' })];
  const laptop = dayOn([span(2, 300, 400, { app: 'mail' }), span(3, 0, 300, { app: 'vim' })], [...here]);
  const desktop = dayOn([span(4, 100, 600, { app: 'web' })], [...here]);
  const phone = dayOn([span(5, 350, 1200, { app: 'chat' })], null);
  const { shares, dropped } = atOnce(
    unionOf([
      { device: 0, timeline: laptop },
      { device: 1, timeline: desktop },
      { device: 2, timeline: phone },
    ]),
  );
  assert.equal(
    shares.map(({ windows }) => shown(windows)),
    [
      [
        [0, 100, 'vim'],
        [300, 400, 'mail'],
      ],
      [[100, 300, 'web']],
      [[1000, 1200, 'chat']],
    ],
  );
  assert.is(
    dropped.reduce((sum, { start, end }) => sum + end - start, 0) / 1e6,
    1000 + 650,
    'two for all of it, three while the phone is used as well',
  );
});

facts('close a gap across midnight, and only the part of it within the day counts', () => {
  const before = span(1, -100, -2, { app: 'vim' });
  const after = span(2, 2, 100, { app: 'vim' });
  assert.equal(shown(dayOn([after, before], null).windows), [[0, 100, 'vim']]);
  const other = span(2, 3, 100, { app: 'web' });
  const met = [
    [0, 0.5, 'vim'],
    [0.5, 100, 'web'],
  ];
  assert.equal(shown(dayOn([other, before], null).windows), met, 'unlike events meet in the middle');
  const long = span(3, -3600, 50, { app: 'mail' });
  assert.equal(shown(dayOn([before, long], null).windows), [[0, 50, 'mail']], 'something lies across the border');
});

const someSlots = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 2 ** 31 }), fc.uniqueArray(fc.nat(SLOTS - 1), { minLength: 1 })), {
    selector: ([value]) => value,
  })
  .map(
    (values): SlotsOfValues =>
      values
        .sort(([a], [b]) => a - b)
        .map(([value, slots]) => [
          value,
          slots.sort((a, b) => a - b).map((slot) => ({ slot, ms: 1 + ((value + slot * 977) % SLOT_MS) })),
        ]),
  );

facts('are packed and read back as they were', () => {
  fc.assert(
    fc.property(someSlots, someSlots, (values, others) => {
      const read = (packed: Uint8Array): SlotsOfValues => {
        const found: [number, { slot: number; ms: number }[]][] = [];
        sumSlots(
          packed,
          EACH_SLOT,
          0,
          (value) => found.push([value, []]) > 0,
          (slot, ms) => void found.at(-1)![1].push({ slot, ms }),
        );
        const values = new Set<number>();
        valuesIn(packed, (value) => void values.add(value));
        assert.equal(
          [...values],
          found.map(([value]) => value),
        );
        return found;
      };
      const ids = ['0190c2ab-0000-7abc-8def-001122334455', 'ffffffff-ffff-4fff-bfff-ffffffffffff'] as const;
      const shares = [values, others].map((each, i) => ({ id: ids[i]!, packed: packSlots(each) }));
      assert.equal(
        readShares(packShares(shares)).map(({ id, packed }) => [id, read(packed)]),
        [values, others].map((each, i) => [ids[i]!, each]).filter(([, each]) => each!.length > 0),
      );
    }),
    { numRuns: 100 },
  );
});

facts('are summed by the parts of a day, wherever these begin and end', () => {
  const someParts = fc
    .record({ lengths: fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 }), base: fc.integer() })
    .map(({ lengths, base }) => {
      const partOf = Int32Array.from(lengths.flatMap((length, part) => Array<number>(length).fill(part)));
      // A day that lies before the parts, after them, or anywhere in between.
      return { partOf, base: (Math.abs(base) % (partOf.length + 2 * SLOTS)) - SLOTS };
    });
  fc.assert(
    fc.property(someSlots, someParts, (values, { partOf, base }) => {
      const found: [value: number, part: number, ms: number][] = [];
      let current = 0;
      const enter = (value: number): boolean => {
        current = value;
        return value % 3 > 0;
      };
      sumSlots(packSlots(values), partOf, base, enter, (part, ms) => void found.push([current, part, ms]));
      const wanted = values.flatMap(([value, slots]) => {
        const sums = new Map<number, number>();
        for (const { slot, ms } of slots) {
          const part = partOf[base + slot];
          if (part !== undefined && value % 3 > 0) sums.set(part, (sums.get(part) ?? 0) + ms);
        }
        return [...sums].map(([part, ms]) => [value, part, ms]);
      });
      assert.equal(found, wanted);
    }),
    { numRuns: 300 },
  );
});

facts('of two devices that changed their windows 200,000 times a day are made all the same', () => {
  const step = (24 * HOUR) / 200_000;
  const windows = Array.from({ length: 200_000 }, (_, i): Span => {
    const start = Math.floor(day.from + (199_999 - i) * step);
    return { id: i, start, end: Math.floor(start + step / 2), data: APPS[i % 4]! };
  });
  const device = (id: string): RecordingDevice => ({ id, machines: [{ windows: [windows], afk: [], web: [] }] });
  const numbers = new Map<JsonObject, number>(APPS.map((data, i) => [data, i + 1]));
  const { union } = atOnce(
    factsOf([device('a'), device('b')], day, { audible: false }, ({ data }) => numbers.get(data)!),
  );
  assert.ok(union.length > 0);
});

facts.run();
