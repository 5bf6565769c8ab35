import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../data.ts';
import { durationUs, instantOf, type Event } from '../event.ts';
import { MAX_US, MIN_US } from '../time.ts';
import { contentHash } from './content-hash.ts';

const hashes = suite('content hashes');

/** As spec/sync 1.3 says it. */
const wanted = (event: Event): bigint =>
  createHash('sha256')
    .update(`${instantOf(event)} ${durationUs(event)} ${canonicalJson(event.data)}`)
    .digest()
    .readBigInt64BE();

const around = (...values: readonly bigint[]) =>
  fc.tuple(fc.constantFrom(...values), fc.bigInt(-1_500n, 1_500n)).map(([value, by]) => value + by);
const start = fc.oneof(fc.bigInt(MIN_US, MAX_US), around(0n, 1_717_000_000_000_000n, 2n ** 53n));
const duration = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.bigInt(0n, 3_600_000_000_000n),
  around(0n, 1_000_000n, 2n ** 53n, 2n ** 53n - 1_000n),
);

hashes('are over instant, duration in µs and canonical data, whatever the times', () => {
  fc.assert(
    fc.property(start, duration, (startUs, durationNs) => {
      const event = { startUs, durationNs, data: { b: 1, a: '\ud83d' } };
      assert.is(contentHash(event), wanted(event), `${startUs} ${durationNs}`);
    }),
    { numRuns: 3_000 },
  );
});

hashes.run();
