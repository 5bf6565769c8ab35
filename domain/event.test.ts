import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson, type JsonObject } from './data.ts';
import { contentHash } from './sync/content-hash.ts';
import {
  clip,
  durationUs,
  endNs,
  inListingOrder,
  instantOf,
  isEventInRange,
  keyOf,
  type Event,
  type StoredEvent,
} from './event.ts';
import { formatTime, MAX_US, MIN_US, nanosToSeconds, parseStrictTime } from './time.ts';

const events = suite('event');

const some = fc.record(
  {
    startUs: fc.bigInt(-5000n, 5000n),
    durationNs: fc.bigInt(-3000n, 3000n),
    data: fc.constantFrom<JsonObject>({}, { a: 1 }, { a: 2 }, { b: '\ud800' }, { b: '\ufffd' }),
  },
  { noNullPrototype: true },
);
const event = (startUs: bigint, durationNs = 0n, data: JsonObject = {}): Event => ({ startUs, durationNs, data });

events('has as its instant the start floored to the millisecond, before 1970 too', () => {
  for (const [us, ms] of [
    [0n, 0n],
    [999n, 0n],
    [1000n, 1n],
    [-1n, -1n],
    [-1000n, -1n],
    [-1001n, -2n],
    [9_151_660_800_000_999n, 9_151_660_800_000n],
  ] as const)
    assert.is(instantOf(event(us)), ms);
});

events('has its duration compared in microseconds, halves upwards', () => {
  for (const [ns, us] of [
    [0n, 0n],
    [499n, 0n],
    [500n, 1n],
    [1499n, 1n],
    [1500n, 2n],
    [-499n, 0n],
    [-500n, 0n],
    [-501n, -1n],
    [-1500n, -1n],
  ] as const)
    assert.is(durationUs(event(0n, ns)), us, String(ns));
});

events('hashes equal exactly where instant, microseconds and canonical data are equal', () => {
  fc.assert(
    fc.property(some, some, (a, b) => {
      const same =
        instantOf(a) === instantOf(b) &&
        durationUs(a) === durationUs(b) &&
        canonicalJson(a.data) === canonicalJson(b.data);
      assert.is(contentHash(a) === contentHash(b), same);
    }),
    { numRuns: 500 },
  );
  // Two draws are rarely equal, so one is moved by less than counts as well.
  fc.assert(
    fc.property(some, fc.bigInt(0n, 999n), (a, us) => {
      const moved = { ...a, startUs: instantOf(a) * 1000n + us, durationNs: durationUs(a) * 1000n + (us % 500n) };
      assert.is(contentHash(moved), contentHash(a));
    }),
  );
});

events('hashes to a signed 64-bit number that never changes from version to version', () => {
  fc.assert(fc.property(some, (a) => assert.is(BigInt.asIntN(64, contentHash(a)), contentHash(a))));
  // What was stored once must stay comparable: the first 8 bytes of SHA-256 of `0 0 {}`, and of
  // `1717146000123 1500000 {"app":"vim","title":"é"}`, as another program works them out.
  assert.is(contentHash(event(0n)), 7_922_110_360_689_276_730n);
  assert.is(
    contentHash(event(1_717_146_000_123_456n, 1_500_000_000n, { title: 'é', app: 'vim' })),
    3_242_480_456_300_829_297n,
  );
});

events('keeps its key when it grows, and changes it when it moves or is edited', () => {
  const old = event(1_000_500n, 5n, { a: 1, b: 2 });
  assert.is(keyOf({ ...old, durationNs: 99n }), keyOf(old));
  assert.is(keyOf({ ...old, startUs: 1_000_999n, data: { b: 2, a: 1.0 } }), keyOf(old));
  assert.is.not(keyOf({ ...old, startUs: 1_001_000n }), keyOf(old));
  assert.is.not(keyOf({ ...old, data: { a: 1 } }), keyOf(old));
});

events('is listed newest start first, then by the earlier end, then by the lower id, which is a total order', () => {
  const stored = fc.record({
    id: fc.integer({ min: 1, max: 4 }),
    startUs: fc.bigInt(0n, 2n),
    durationNs: fc.bigInt(-1n, 1n),
    data: fc.constant({}),
  });
  fc.assert(
    fc.property(stored, stored, stored, (a, b, c) => {
      assert.is(Math.sign(inListingOrder(a, b)), -Math.sign(inListingOrder(b, a)) + 0);
      if (inListingOrder(a, b) <= 0 && inListingOrder(b, c) <= 0) assert.ok(inListingOrder(a, c) <= 0);
    }),
  );
  const rows: StoredEvent[] = [
    { id: 4, ...event(1n, 5n) },
    { id: 3, ...event(2n, 9n) },
    { id: 2, ...event(2n, -9n) },
    { id: 1, ...event(2n, 9n) },
  ];
  assert.equal(
    rows.sort(inListingOrder).map(({ id }) => id),
    [2, 1, 3, 4],
  );
});

events('is cut to a period, and one that only touches a bound is left with no duration', () => {
  const long = event(0n, 10_000n);
  const cases: [bigint | null, bigint | null, bigint, bigint][] = [
    [null, null, 0n, 10_000n],
    [3n, null, 3n, 7000n],
    [null, 4n, 0n, 4000n],
    [3n, 4n, 3n, 1000n],
    [-5n, 50n, 0n, 10_000n],
    [10n, null, 10n, 0n],
    [null, 0n, 0n, 0n],
  ];
  for (const [start, end, startUs, durationNs] of cases)
    assert.equal(clip(long, start, end), { startUs, durationNs, data: {} });
  fc.assert(
    fc.property(some, fc.option(fc.bigInt(-9000n, 9000n)), fc.option(fc.bigInt(-9000n, 9000n)), (a, start, end) => {
      const cut = clip(a, start, end);
      assert.equal(clip(cut, start, end), cut, 'once is enough');
      assert.ok(endNs(cut) <= endNs(a) && cut.startUs >= a.startUs);
    }),
  );
});

events('ends exactly where start and duration as printed say', () => {
  fc.assert(
    fc.property(fc.bigInt(MIN_US / 2n, MAX_US / 2n), fc.bigInt(-(2n ** 50n), 2n ** 50n), (startUs, durationNs) => {
      const printed = {
        start: parseStrictTime(formatTime(startUs))!,
        duration: BigInt(Math.round(nanosToSeconds(durationNs) * 1e9)),
      };
      assert.is(printed.start * 1000n + printed.duration, endNs(event(startUs, durationNs)));
    }),
  );
});

events('fits aw-server only where start, duration and end all do', () => {
  assert.ok(isEventInRange(event(MIN_US)));
  assert.ok(isEventInRange(event(MAX_US, 807n)));
  assert.not.ok(isEventInRange(event(MAX_US, 808n)));
  assert.not.ok(isEventInRange(event(MIN_US, -1000n)));
  assert.not.ok(isEventInRange(event(0n, 2n ** 63n)));
  assert.not.ok(isEventInRange(event(MAX_US + 1n, -5000n)));
});

events.run();
