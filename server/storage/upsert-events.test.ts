import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contentHash } from '../../domain/sync/content-hash.ts';
import { instantOf, keyOf, type SourcedEvent } from '../../domain/event.ts';
import { allRows } from '../../test/support/all-events.ts';
import type { BucketKey } from './bucket-key.ts';
import {
  makeAccount,
  makeBucket,
  rowVersions,
  tombstones,
  upsert,
  type Account,
} from '../../test/support/make-bucket.ts';
import { openTestServer } from '../../test/support/test-server.ts';
import { revisionOf } from './changes.ts';
import { run, type Database } from './database.ts';

const upserts = suite<{ database: Database; account: Account; bucket: BucketKey }>('upsert-events');
upserts.before(async (scene) => {
  scene.database = (await openTestServer()).database;
  scene.account = await makeAccount(scene.database);
});
upserts.before.each(async (scene) => {
  scene.bucket = await makeBucket(scene);
});

const event = (sourceId: number, startMs: bigint, durationNs = 0n, data: object = {}): SourcedEvent => ({
  sourceId,
  startUs: startMs * 1000n,
  durationNs,
  data: data as SourcedEvent['data'],
});
const numbers = (set: Set<number>) => [...set].sort((a, b) => a - b);

upserts(
  'tells new rows from changed ones, and says nothing of those that stay',
  async ({ database, account, bucket }) => {
    const first = await upsert(database, account, bucket, [event(1, 0n), event(2, 5n), event(3, 9n)]);
    assert.equal([numbers(first.inserted), numbers(first.updated)], [[1, 2, 3], []]);
    const second = await upsert(database, account, bucket, [
      event(1, 0n),
      event(2, 5n, 1_000_000n),
      event(4, 9n),
      event(3, 9n, 0n, { a: 1 }),
    ]);
    assert.equal([numbers(second.inserted), numbers(second.updated)], [[4], [2, 3]]);
    assert.ok(second.revision! > first.revision!);
  },
);

upserts(
  'again leaves every row’s version and the account’s revision where they were',
  async ({ database, account, bucket }) => {
    const events = Array.from({ length: 30 }, (_, i) =>
      event(i, BigInt(i), 1500n * BigInt(i), { title: `\u0000 ${i}`, n: [1.5, { deep: '\ud800' }] }),
    );
    const { revision } = await upsert(database, account, bucket, events);
    const before = await rowVersions(database, bucket);
    const again = await upsert(database, account, bucket, [...events].reverse());
    assert.equal([again.revision, again.inserted.size, again.updated.size], [null, 0, 0]);
    assert.equal(await rowVersions(database, bucket), before);
    assert.is(await run(database, (tx) => revisionOf(tx, account.account)), revision);
    await upsert(database, account, bucket, [...events.slice(1), event(0, 0n, 1_000_000n)]);
    const after = await rowVersions(database, bucket);
    assert.equal(
      after.filter(({ version }, i) => version !== before[i]!.version).map(({ id }) => id),
      [before[0]!.id],
      'one changed, one was written',
    );
  },
);

upserts('takes no revision for nothing at all', async ({ database, account, bucket }) => {
  assert.is((await upsert(database, account, bucket, [])).revision, null);
});

upserts(
  'leaves a tombstone where a key went away, and none where an event only grew or shrank',
  async ({ database, account, bucket }) => {
    await upsert(database, account, bucket, [event(1, 100n, 5000n), event(2, 200n), event(3, 300n), event(4, -1n)]);
    await upsert(database, account, bucket, [event(1, 100n, 9000n), event(2, 200n, -9000n)]);
    assert.equal(await tombstones(database, bucket), []);
    const { revision } = await upsert(database, account, bucket, [
      event(1, 101n, 9000n),
      event(3, 300n, 0n, { edited: 1 }),
      event(4, -2n),
    ]);
    assert.equal(
      await tombstones(database, bucket),
      ['-1', '100', '300'].map((instant) => ({ instant, revision: String(revision) })),
    );
  },
);

upserts('gives a tombstone that is there already the newest revision', async ({ database, account, bucket }) => {
  await upsert(database, account, bucket, [event(1, 100n), event(2, 100n)]);
  await upsert(database, account, bucket, [event(1, 101n)]);
  const { revision } = await upsert(database, account, bucket, [event(2, 101n)]);
  assert.equal(await tombstones(database, bucket), [{ instant: '100', revision: String(revision) }]);
});

upserts(
  'takes a start that moved within its millisecond for no change, as two servers can’t agree on less',
  async ({ database, account, bucket }) => {
    const stored = { ...event(1, 100n), startUs: 100_123n };
    await upsert(database, account, bucket, [stored]);
    assert.is((await upsert(database, account, bucket, [{ ...stored, startUs: 100_000n }])).revision, null);
    const [row] = await run(database, (tx) => allRows(tx, bucket));
    assert.is(row!.startUs, 100_123n);
  },
);

upserts('ends as a simple model does, whatever is pushed in whatever order', async ({ database, account }) => {
  const some = fc.record(
    {
      sourceId: fc.integer({ min: 1, max: 6 }),
      startUs: fc.bigInt(-3000n, 3000n),
      durationNs: fc.constantFrom(0n, 499n, 1000n, 2_000_000n, -1000n),
      data: fc.constantFrom<SourcedEvent['data']>({}, { a: 1 }, { a: 1, b: ['\u0000'] }),
    },
    { noNullPrototype: true },
  );
  const batch = fc.uniqueArray(some, { selector: ({ sourceId }) => sourceId, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { maxLength: 5 }), async (pushes) => {
      const bucket = await makeBucket({ database, account });
      const model = new Map<number, SourcedEvent>();
      const gone = new Set<string>();
      for (const given of pushes) {
        const changed = given.filter(
          (next) => !model.has(next.sourceId) || contentHash(model.get(next.sourceId)!) !== contentHash(next),
        );
        const known = new Set(model.keys());
        for (const next of changed) {
          const old = model.get(next.sourceId);
          if (old && keyOf(old) !== keyOf(next)) gone.add(String(instantOf(old)));
          model.set(next.sourceId, next);
        }
        const { inserted, updated, revision } = await upsert(database, account, bucket, given);
        assert.equal(
          numbers(inserted),
          numbers(new Set(changed.map(({ sourceId }) => sourceId).filter((id) => !known.has(id)))),
        );
        assert.is(inserted.size + updated.size, changed.length);
        assert.is(revision === null, changed.length === 0);
      }
      const rows = await run(database, (tx) => allRows(tx, bucket));
      assert.equal(
        rows
          .map(({ sourceId, startUs, durationNs, data }) => ({ sourceId, startUs, durationNs, data }))
          .sort((a, b) => a.sourceId! - b.sourceId!),
        [...model.values()].sort((a, b) => a.sourceId - b.sourceId),
      );
      assert.equal((await tombstones(database, bucket)).map(({ instant }) => instant).sort(), [...gone].sort());
    }),
    { numRuns: 25 },
  );
});

upserts.run();
