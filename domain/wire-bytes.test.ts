import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JsonObject } from './data.ts';
import { isEventInRange, type StoredEvent } from './event.ts';
import { MAX_US, MIN_US } from './time.ts';
import { bytesOfEvents } from './wire-bytes.ts';
import { eventToWire } from './wire.ts';

const bytes = suite('bytes of events');

const wanted = (events: readonly StoredEvent[]): string =>
  events.map((event) => JSON.stringify(eventToWire(event))).join(',');
const written = (events: readonly StoredEvent[]): string => Buffer.from(bytesOfEvents(events)).toString();

const id = fc.oneof(fc.nat(2_000_000), fc.maxSafeNat(), fc.integer({ min: -5, max: 5 }));
const start = fc.oneof(
  fc.bigInt(1_500_000_000_000_000n, 1_900_000_000_000_000n),
  // Whole milliseconds, seconds and days have shorter forms.
  fc.bigInt(0n, 2_000_000_000_000n).map((ms) => ms * 1000n),
  fc.bigInt(-1n, 2_000_000_000n).map((s) => s * 1_000_000n),
  fc.bigInt(-2n, 25_000n).map((day) => day * 86_400_000_000n - 1n),
  fc.bigInt(MIN_US, MAX_US),
);
const duration = fc.oneof(
  fc.bigInt(0n, 3_600_000n).map((ms) => ms * 1_000_000n),
  fc.bigInt(-1n, 3_600n).map((s) => s * 1_000_000_000n),
  fc.bigInt(-2_000n, 2_000n),
  fc.bigInt(0n, 2n * 10n ** 15n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
);
const data = fc.oneof(
  fc.constant<JsonObject>({}),
  fc.constantFrom<JsonObject>({ b: 1, a: 1.5, 2: 'x', 1: 1e21, z: -0 }, { '\ud83d': '\udc00 ü😀 \u2028 \u0000 "\\/' }),
  fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()) as fc.Arbitrary<JsonObject>,
);
const event = fc
  .record({ id, startUs: start, durationNs: duration, data }, { noNullPrototype: true })
  .filter(isEventInRange);

bytes('are those of JSON.stringify, for any event', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (events) => {
      assert.is(written(events), wanted(events));
    }),
    { numRuns: 3_000 },
  );
});

bytes('are so at the edges of what is written without it', () => {
  const times = [
    -1n,
    0n,
    1n,
    999n,
    1_000n,
    86_399_999_999n,
    86_400_000_000n,
    2n ** 53n - 1n,
    2n ** 53n,
    MAX_US,
    MIN_US,
  ];
  const lengths = [-1n, 0n, 1n, 999n, 1_000n, 1_001n, 10n ** 9n - 1n, 10n ** 9n, 10n ** 15n - 1n, 10n ** 15n];
  const ids = [0, 9, 10, 99, 100, 2 ** 31, Number.MAX_SAFE_INTEGER];
  for (const startUs of times)
    for (const durationNs of lengths)
      for (const one of ids) {
        const events = [{ id: one, startUs, durationNs, data: {} }];
        assert.is(written(events), wanted(events));
      }
});

bytes('of no events are none', () => {
  assert.is(bytesOfEvents([]).length, 0);
});

bytes.run();
