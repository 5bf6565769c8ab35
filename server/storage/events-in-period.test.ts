import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endNs, inListingOrder, type Event, type StoredEvent } from '../../domain/event.ts';
import { MAX_US, MIN_US, nanosToMicros } from '../../domain/time.ts';
import { allEvents } from '../../test/support/all-events.ts';
import { makeAccount, makeBucket, type Account } from '../../test/support/make-bucket.ts';
import { openTestServer } from '../../test/support/test-server.ts';
import type { BucketKey } from './bucket-key.ts';
import { takeRevision } from './changes.ts';
import { run, transaction, type Database } from './database.ts';
import { boundsOf, count, countsOf, insert, list, type Period } from './events.ts';

const periods = suite<{ database: Database; account: Account }>('events-in-period');
periods.before(async (scene) => {
  scene.database = (await openTestServer()).database;
  scene.account = await makeAccount(scene.database);
});

/** A bucket with these events, as stored. */
const stored = async (
  scene: { database: Database; account: Account },
  given: readonly Event[],
): Promise<{ bucket: BucketKey; rows: StoredEvent[] }> => {
  const bucket = await makeBucket(scene);
  const ids = await transaction(scene.database, async (tx) =>
    insert(tx, bucket, await takeRevision(tx, scene.account.account), given),
  );
  return { bucket, rows: given.map((event, i) => ({ ...event, id: ids[i]! })) };
};
const plain = (rows: readonly StoredEvent[]) =>
  rows.map(({ id, startUs, durationNs, data }) => ({ id, startUs, durationNs, data }));
const whole: Period = { startUs: null, endUs: null };

const inPeriod = (rows: readonly StoredEvent[], { startUs, endUs }: Period): StoredEvent[] =>
  rows
    .filter((row) => (startUs === null || endNs(row) >= startUs * 1000n) && (endUs === null || row.startUs <= endUs))
    .sort(inListingOrder);

// A narrow range, so that ends coincide with bounds and starts with starts; durations to the nanosecond, also
// negative and much longer ones.
const near = fc.record(
  {
    startUs: fc.bigInt(-20n, 20n),
    durationNs: fc.oneof(
      fc.bigInt(-9_000n, 9_000n),
      fc.constantFrom(0n, -500n, 10_000n, 3_600_000_000_000n, -3_600_000_000_000n),
    ),
    data: fc.constant({}),
  },
  { noNullPrototype: true },
);
const bound = fc.option(fc.bigInt(-30n, 30n));

periods(
  'lists and counts what a plain filter finds, bounds included, and pages through it without gap or overlap',
  async (scene) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(near, { maxLength: 20 }),
        fc.array(fc.record({ startUs: bound, endUs: bound }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (given, asked, limit) => {
          const { bucket, rows } = await stored(scene, given);
          await run(scene.database, async (tx) => {
            for (const period of asked) {
              const expected = plain(inPeriod(rows, period));
              assert.equal(plain(await allEvents(tx, bucket, period)), expected);
              assert.is(await count(tx, bucket, period), expected.length);
              const paged: StoredEvent[] = [];
              for (
                let page = await list(tx, bucket, period, limit);
                ;
                page = await list(tx, bucket, period, limit, page.events.at(-1)!)
              ) {
                paged.push(...page.events);
                if (!page.more) break;
                if (page.events.length === 0) assert.unreachable('there is more behind an empty page');
              }
              assert.equal(plain(paged), expected);
            }
          });
        },
      ),
      { numRuns: 25 },
    );
  },
);

periods('finds an event that reaches into the period from far before it', async (scene) => {
  const year = 31_536_000_000_000n;
  const { bucket, rows } = await stored(scene, [
    { startUs: 0n, durationNs: 10n * year * 1000n, data: {} },
    ...Array.from({ length: 50 }, (_, i) => ({ startUs: BigInt(i) * 1_000_000n, durationNs: 1n, data: {} })),
  ]);
  const found = await run(scene.database, (tx) => allEvents(tx, bucket, { startUs: 9n * year, endUs: null }));
  assert.equal(plain(found), [rows[0]!]);
});

periods('finds an event that grew longer than any before it', async (scene) => {
  const { bucket } = await stored(scene, [{ startUs: 0n, durationNs: 1n, data: {} }]);
  for (const durationNs of [2000n, 1_000_000n, 4_000_000_000n, 2n ** 62n, 9_223_372_036_854_775_000n]) {
    await transaction(scene.database, async (tx) =>
      insert(tx, bucket, await takeRevision(tx, scene.account.account), [{ startUs: 0n, durationNs, data: {} }]),
    );
    const period = { startUs: durationNs / 1000n, endUs: null };
    assert.equal(
      (await run(scene.database, (tx) => allEvents(tx, bucket, period))).map((row) => row.durationNs),
      [durationNs],
    );
  }
});

const whenever = fc.oneof(
  fc.bigInt(MIN_US, MAX_US),
  fc.constantFrom(MIN_US, MAX_US, -9_151_660_800_000_001n, 9_151_660_800_000_001n, -1n, 0n),
);

periods('keeps every time that aw-server can hold exactly, from 1677 to 2262', async (scene) => {
  const starts = [...new Set(fc.sample(whenever, 300))];
  const { bucket, rows } = await stored(
    scene,
    starts.map((startUs) => ({ startUs, durationNs: 1n, data: {} })),
  );
  const found = await run(scene.database, (tx) => allEvents(tx, bucket, whole));
  assert.equal(plain(found), plain(rows.slice().sort(inListingOrder)));
  // Bounds are exact as well: an event is found at its own microsecond and not at the next.
  await run(scene.database, async (tx) => {
    for (const { startUs } of rows.slice(0, 20)) {
      if (startUs === MAX_US || startUs === MIN_US) continue;
      const at = async (us: bigint) =>
        (await allEvents(tx, bucket, { startUs: us, endUs: us })).some((row) => row.startUs === startUs);
      assert.is(await at(startUs), true);
      assert.is(await at(startUs - 1n), false);
      assert.is(await at(startUs + 1n), false);
    }
  });
});

periods('keeps events that fill the whole range, and their bounds', async (scene) => {
  const span = (MAX_US - 1n) * 1000n;
  const { bucket, rows } = await stored(scene, [
    { startUs: MIN_US, durationNs: span, data: {} },
    { startUs: MAX_US, durationNs: -span, data: {} },
    { startUs: 0n, durationNs: span, data: {} },
  ]);
  await run(scene.database, async (tx) => {
    assert.equal(plain(await allEvents(tx, bucket, { startUs: MIN_US, endUs: MAX_US })), plain(inPeriod(rows, whole)));
    assert.equal((await boundsOf(tx, bucket.account, [bucket.number])).get(bucket.number), {
      firstStartUs: MIN_US,
      lastEndUs: MAX_US - 1n,
    });
  });
});

periods('knows where buckets begin and end and how much they hold, negative durations and all', async (scene) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(near, { maxLength: 8 }), { minLength: 1, maxLength: 3 }), async (given) => {
      const made: { bucket: BucketKey; rows: StoredEvent[] }[] = [];
      for (const events of given) made.push(await stored(scene, events));
      const [account, numbers] = [scene.account.account, made.map(({ bucket }) => bucket.number)] as const;
      await run(scene.database, async (tx) => {
        const [bounds, counts] = [await boundsOf(tx, account, numbers), await countsOf(tx, account, numbers)];
        for (const { bucket, rows } of made) {
          const ends = rows.map(endNs).sort((a, b) => (a < b ? -1 : 1));
          const firstStartUs = rows.reduce<bigint | null>(
            (least, { startUs }) => (least === null || startUs < least ? startUs : least),
            null,
          );
          assert.equal(bounds.get(bucket.number), {
            firstStartUs,
            lastEndUs: rows.length === 0 ? null : nanosToMicros(ends.at(-1)!),
          });
          assert.is(counts.get(bucket.number), rows.length);
        }
      });
    }),
    { numRuns: 25 },
  );
});

periods.run();
