import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contentHash, MOST_EXACT } from '../../../domain/sync/content-hash.ts';
import type { Event, StoredEvent } from '../../../domain/event.ts';
import { dayOf } from '../../../domain/sync/day-digest.ts';
import { listed } from '../../../domain/sync/listed.ts';
import type { Instant } from '../../../domain/sync/changes.ts';
import { compareCopyDay, compareOwnDay, movingAt } from './differences.ts';
import { differingDays, makeDigest, type Days } from './digest.ts';

const event = (startUs: bigint, title = 'a', durationNs = 1_000_000_000n): StoredEvent => ({
  id: 0,
  startUs,
  durationNs,
  data: { title },
});
const stored = (id: number, startUs: bigint, title = 'a', seconds = 1): StoredEvent => ({
  ...event(startUs, title, BigInt(seconds) * 1_000_000_000n),
  id,
});
const digestOf = (events: readonly StoredEvent[]): Days => {
  const digest = makeDigest();
  digest.add({ events });
  return digest.days;
};
const arbitraryEvent = fc
  .record({
    ms: fc.constantFrom(0n, 1n, 86_399_999n, 86_400_000n, -1n, -86_400_000n),
    us: fc.constantFrom(0n, 999n),
    title: fc.constantFrom('a', 'b'),
  })
  .map(({ ms, us, title }) => event(ms * 1000n + us, title));

const digests = suite('a digest');

digests('is the same in any order and in any parts, and counts equal events', () => {
  fc.assert(
    fc.property(fc.array(arbitraryEvent, { maxLength: 12 }), fc.nat(12), (events, cut) => {
      const parts = makeDigest();
      parts.add({ events: events.slice(cut).reverse() });
      parts.add({ events: events.slice(0, cut) });
      assert.equal(differingDays(parts.days, digestOf(events)), []);
      assert.is(parts.events, events.length);
    }),
  );
  assert.equal(digestOf([event(0n), event(0n)]).get(0), { events: 2, hash: 2n * contentHash(event(0n)) });
});
digests('is the same of columns as of the events in them, and leaves the same ones out', () => {
  const data = [{ title: 'a' }, { title: 'ä – 🎈' }, { title: 'x'.repeat(3_000) }, { title: 'y'.repeat(1_900) }];
  const whole = fc.oneof(
    fc.constantFrom(0, 499, 500, 999, 1_000, 86_399_999_999, 86_400_000_000, 9_999_999_999, 1e14, MOST_EXACT),
    fc.maxSafeNat().filter((one) => one <= MOST_EXACT),
    fc.integer({ min: 1_700_000_000_000_000, max: 1_700_200_000_000_000 }),
  );
  const row = fc.record({ id: fc.nat(9), startUs: whole, durationNs: whole, place: fc.nat(data.length - 1) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), fc.nat(9), (rows, left) => {
      const page = listed({
        ids: rows.map(({ id }) => id),
        startsUs: rows.map(({ startUs }) => startUs),
        durationsNs: rows.map(({ durationNs }) => durationNs),
        dataIndex: rows.map(({ place }) => place),
        data,
      });
      const [columns, events] = [makeDigest(), makeDigest()];
      columns.add(page, new Set([left]));
      events.add({ events: page.events }, new Set([left]));
      assert.equal([...columns.days].sort(), [...events.days].sort());
      assert.is(columns.events, events.events);
    }),
    { numRuns: 500 },
  );
});
digests('of more data than its room for their bytes is the same', () => {
  const data = Array.from({ length: 200 }, (_, n) => ({ title: `${n} ${'ü'.repeat(1_500)}` }));
  const times = data.map((_, n) => 1_700_000_000_000_000 + n * 1_000_000);
  const page = listed({ ids: times, startsUs: times, durationsNs: times, dataIndex: data.map((_, n) => n), data });
  const [columns, events] = [makeDigest(), makeDigest()];
  columns.add(page);
  events.add({ events: page.events });
  assert.equal([...columns.days], [...events.days]);
});
digests('differs on exactly the days that do', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryEvent, { maxLength: 12 }),
      fc.array(arbitraryEvent, { maxLength: 12 }),
      (here, there) => {
        const texts = (events: readonly Event[], day: number) =>
          events
            .filter((one) => dayOf(one) === day)
            .map(contentHash)
            .sort()
            .join();
        const days = [...new Set([...here, ...there].map(dayOf))].sort((a, b) => a - b);
        assert.equal(
          differingDays(digestOf(here), digestOf(there)),
          days.filter((day) => texts(here, day) !== texts(there, day)),
        );
      },
    ),
  );
});
digests.run();

const NOW = 1_700_000_000_000_000n;
const still = () => false;

const own = suite('a day of an own bucket');
own('is compared by id and content: what is new, grown or edited is to send, what is not here is missing', () => {
  const here = [stored(1, 5n), stored(2, 6n, 'grown', 9), stored(3, 7n, 'new')];
  const there = [
    { sourceId: 1, hash: contentHash(here[0]!) },
    { sourceId: 2, hash: contentHash(stored(2, 6n, 'grown', 5)) },
    { sourceId: 4, hash: 44n },
  ];
  const { send, moving, missing } = compareOwnDay(here, there, still);
  assert.equal([send.map(({ id }) => id), moving, missing], [[2, 3], 0, [{ sourceId: 4, hash: 44n }]]);
});
own('has what ended less than an hour ago as moving, and not what ends in a month', () => {
  const isMoving = movingAt(NOW);
  const cases: [ago: bigint, moving: boolean][] = [
    [0n, true],
    [3_599n, true],
    [3_600n, false],
    [-3_599n, true],
    [-30n * 86_400n, false],
  ];
  for (const [ago, moving] of cases) assert.is(isMoving(event(NOW - ago * 1_000_000n, 'a', 0n)), moving, `${ago} s`);
  assert.is(compareOwnDay([stored(1, NOW - 60_000_000n), stored(2, 0n)], [], isMoving).moving, 1);
});
own.run();

const copy = suite('a day of a copy');
const instant = (atMs: bigint, events: Event[], gone = false): Instant => ({ atMs, gone, events });
const NOTHING = { lacking: 0, moving: 0, gone: 0, kept: 0, unwritable: 0 };

const CASES: [what: string, here: StoredEvent[], there: Instant[], out: Partial<typeof NOTHING>][] = [
  ['equal, to the ms', [stored(1, 5_999n)], [instant(5n, [event(5_000n)])], {}],
  ['one lacks', [], [instant(5n, [event(5_000n)])], { lacking: 1 }],
  ['one has another length', [stored(1, 5_000n, 'a', 7)], [instant(5n, [event(5_000n)])], { lacking: 1 }],
  ['one of two equal ones lacks', [stored(1, 5_000n)], [instant(5n, [event(5_000n), event(5_000n)])], { lacking: 1 }],
  ['one is here alone', [stored(1, 5_000n, 'mine')], [], { kept: 1 }],
  [
    'one is here alone, at an instant of others',
    [stored(1, 5_000n), stored(2, 5_000n, 'mine')],
    [instant(5n, [event(5_000n)])],
    { kept: 1 },
  ],
  ['one is gone', [stored(1, 5_000n, 'old')], [instant(5n, [], true)], { gone: 1 }],
  ['one was edited', [stored(1, 5_000n, 'old')], [instant(5n, [event(5_000n, 'new')], true)], { lacking: 1, gone: 1 }],
  ['one that no aw-server keeps', [], [instant(-9_000n, [event(-9_000_000n)])], { unwritable: 1 }],
  ['one still moves', [], [instant(NOW / 1000n, [event(NOW)])], { moving: 1 }],
];
for (const [what, here, there, out] of CASES)
  copy(what, () => {
    const { kept, unwritable, ...found } = compareCopyDay(here, there, movingAt(NOW));
    assert.equal({ ...found, kept: kept.length, unwritable: unwritable.length }, { ...NOTHING, ...out });
  });
copy.run();
