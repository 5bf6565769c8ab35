import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { footOf, headOf } from './tail.ts';

const tails = suite('the tail of a bucket');

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
