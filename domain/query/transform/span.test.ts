import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_US, MIN_US } from '../../time.ts';
import { spanOf } from './span.ts';

const spans = suite('spans');

spans('are whole microseconds, durations rounded', () => {
  const event = { id: 1, startUs: 1_705_280_400_000_001n, durationNs: 1_234_567_500n, data: {} };
  assert.equal(spanOf(event), { id: 1, start: 1_705_280_400_000_001, end: 1_705_280_401_234_569, data: {} });
});

spans('have no negative duration', () => {
  assert.equal(spanOf({ id: 1, startUs: 5n, durationNs: -9_000n, data: {} }), { id: 1, start: 5, end: 5, data: {} });
});

spans('are a microsecond off at most where aw-server’s range ends', () => {
  for (const startUs of [MIN_US, MAX_US]) {
    const { start } = spanOf({ id: 1, startUs, durationNs: 0n, data: {} });
    const apart = BigInt(start) - startUs;
    assert.ok(apart >= -1n && apart <= 1n);
  }
});

spans.run();
