import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../data.ts';
import { durationUs, instantOf, type Event } from '../event.ts';
import { MAX_US, MIN_US } from '../time.ts';
import { addHashes, contentHash, contentHashes, totalOf } from './content-hash.ts';

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

const data = fc.constantFrom(
  { app: 'one' },
  { b: 1, a: '\ud83d' },
  { title: 'é'.repeat(900) },
  { long: 'x'.repeat(3_000) },
);

hashes('of many events are those of each', () => {
  const pool = fc.sample(data, 40);
  fc.assert(
    fc.property(fc.array(fc.tuple(start, duration, fc.nat(pool.length - 1)), { maxLength: 40 }), (rows) => {
      const events = rows.map(([startUs, durationNs, place]) => ({ startUs, durationNs, data: pool[place]! }));
      assert.equal(
        contentHashes(
          events,
          pool,
          rows.map(([, , place]) => place),
        ),
        events.map(wanted),
      );
    }),
    { numRuns: 300 },
  );
});

hashes('are added up of columns, without the rows that have no sum', () => {
  const exact = fc.nat(Number.MAX_SAFE_INTEGER - 2_000);
  fc.assert(
    fc.property(fc.array(fc.tuple(exact, exact, data, fc.boolean()), { maxLength: 20 }), (rows) => {
      const sum = { high: 0, low: 0 };
      addHashes(
        {
          startsUs: rows.map(([startUs]) => startUs),
          durationsNs: rows.map(([, durationNs]) => durationNs),
          dataIndex: rows.map((_, row) => row),
          data: rows.map(([, , own]) => own),
        },
        (row) => (rows[row]![3] ? sum : null),
      );
      const counted = rows.filter(([, , , counts]) => counts);
      const total = counted.reduce(
        (all, [startUs, durationNs, own]) =>
          all + wanted({ startUs: BigInt(startUs), durationNs: BigInt(durationNs), data: own }),
        0n,
      );
      assert.is(totalOf(sum), total);
    }),
    { numRuns: 300 },
  );
});

hashes.run();
