import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endNs } from '../../../domain/event.ts';
import { MAX_US, MIN_US } from '../../../domain/time.ts';
import { footOf, headOf, inTail } from './tail.ts';

const tails = suite('the tail of a bucket');

const micros = fc.oneof(fc.bigInt(MIN_US, MAX_US), fc.bigInt(1_700_000_000_000_000n, 1_700_000_100_000_000n));

tails('has what ends where it begins, or later', () => {
  // The distance of the end from the beginning, in ns: near it, and far from it.
  const distance = fc.oneof(
    fc.bigInt(-3n, 3n),
    fc.bigInt(-20_000_000n, 20_000_000n),
    fc.bigInt(-(10n ** 17n), 10n ** 17n),
  );
  fc.assert(
    fc.property(micros, micros, distance, (tailUs, startUs, by) => {
      const event = { startUs, durationNs: tailUs * 1000n + by - startUs * 1000n, data: {} };
      assert.is(inTail(tailUs)(event), endNs(event) >= tailUs * 1000n, `${tailUs} ${startUs} ${by}`);
    }),
    { numRuns: 2_000 },
  );
});

const events = (...starts: readonly bigint[]) =>
  starts.map((startUs, id) => ({ id, startUs, durationNs: 0n, data: {} }));

tails('moves its head to the newest start, rounded down, and its foot to the oldest, rounded up', () => {
  assert.is(headOf(events(1_500n, 2_999n, -7n), null), 2n);
  assert.is(headOf(events(1_500n, 2_999n), 3n), 3n);
  assert.is(headOf([], 3n), 3n);
  assert.is(headOf([], null), null);
  assert.is(footOf(events(1_500n, 1_001n, 2_999n)), 2n);
  assert.is(footOf(events(-1_500n)), -1n);
  assert.is(footOf([]), null);
});

tails.run();
