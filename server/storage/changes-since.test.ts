import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { instantOf, type SourcedEvent } from '../../domain/event.ts';
import { makeAccount, makeBucket, tombstones, upsert, type Account } from '../../test/support/make-bucket.ts';
import { testEngine } from '../../test/support/test-database.ts';
import { openTestServer } from '../../test/support/test-server.ts';
import type { BucketKey } from './bucket-key.ts';
import { revisionOf, since, takeRevision, type ChangePage } from './changes.ts';
import { driverOf, run, transaction, type Database } from './database.ts';
import * as devices from './devices.ts';
import { insert, list, remove } from './events.ts';

type Scene = { database: Database; account: Account };
const changes = suite<Scene>('changes-since');
changes.before(async (scene) => {
  scene.database = (await openTestServer()).database;
});
changes.before.each(async (scene) => {
  scene.account = await makeAccount(scene.database);
});

const event = (sourceId: number, startMs: number, durationNs = 0n): SourcedEvent => ({
  sourceId,
  startUs: BigInt(startMs) * 1000n + 7n,
  durationNs,
  data: {},
});
const page = (
  { database, account }: Scene,
  after: bigint,
  limit: number,
  exclude: string | null = null,
): Promise<ChangePage> => run(database, (tx) => since(tx, account.account, after, limit, exclude));

/** All pages from `after` on, as a client pulls them. */
const follow = async (
  scene: Scene,
  limit: number,
  after = 0n,
  exclude: string | null = null,
): Promise<ChangePage[]> => {
  const pages = [await page(scene, after, limit, exclude)];
  while (pages.at(-1)!.more) {
    assert.ok(pages.length < 200, 'it never ends');
    pages.push(await page(scene, pages.at(-1)!.revision, limit, exclude));
  }
  return pages;
};

/** The content of a bucket that matters for changes: a line per row and a line per tombstone. */
const touched = async ({ database }: Scene, key: BucketKey) => {
  const { account, number: bucket } = key;
  const rows = await driverOf(database).rows<{ revision: string; id: string }>(
    `select revision::text, events.id::text from events where account = ${account} and bucket = ${bucket}`,
  );
  const { events } = await run(database, (tx) => list(tx, key, { startUs: null, endUs: null }, 10_000));
  const revisions = new Map(rows.map((row) => [Number(row.id), BigInt(row.revision)]));
  const gone = (await tombstones(database, key)).map((row) => ({
    bucket,
    atMs: BigInt(row.instant),
    revision: BigInt(row.revision),
    gone: true,
  }));
  return {
    events,
    lines: [
      ...events.map((row) => ({ bucket, atMs: instantOf(row), revision: revisions.get(row.id)!, gone: false })),
      ...gone,
    ],
  };
};

/** The page that spec/sync 3.3 requires, computed from all rows. */
const modelOf = async (scene: Scene, buckets: readonly BucketKey[], after: bigint, limit: number) => {
  const held = new Map<number, Awaited<ReturnType<typeof touched>>>();
  for (const bucket of buckets) held.set(bucket.number, await touched(scene, bucket));
  const lines = [...held.values()]
    .flatMap((each) => each.lines)
    .filter((line) => line.revision > after)
    .sort((a, b) => (a.revision < b.revision ? -1 : 1));
  const overflow = lines[limit]?.revision;
  const before = overflow === undefined ? undefined : lines.filter((line) => line.revision < overflow).at(-1)?.revision;
  const bound =
    overflow === undefined
      ? await run(scene.database, (tx) => revisionOf(tx, scene.account.account))
      : (before ?? overflow);
  const instants = new Map(
    lines.filter((line) => line.revision <= bound).map((line) => [`${line.bucket} ${line.atMs}`, line]),
  );
  return {
    revision: bound,
    more: overflow !== undefined,
    instants: [...instants].sort().map(([key, { bucket, atMs }]) => ({
      key,
      gone: held.get(bucket)!.lines.some((line) => line.gone && line.atMs === atMs),
      ids: held
        .get(bucket)!
        .events.filter((row) => instantOf(row) === atMs)
        .map((row) => row.id)
        .sort((a, b) => a - b),
    })),
  };
};
const shape = ({ revision, more, instants }: ChangePage) => ({
  revision,
  more,
  instants: instants
    .map(({ bucket, atMs, gone, events }) => ({
      key: `${bucket} ${atMs}`,
      gone,
      ids: events.map(({ id }) => id).sort((a, b) => a - b),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1)),
});

changes('gives the page that a model of whole revisions gives, for any cursor and page size', async (scene) => {
  const write = fc.record({
    bucket: fc.integer({ min: 0, max: 2 }),
    rows: fc.uniqueArray(
      fc.record({
        sourceId: fc.integer({ min: 1, max: 5 }),
        startMs: fc.integer({ min: -2, max: 2 }),
        duration: fc.integer({ min: 0, max: 3 }),
      }),
      { selector: ({ sourceId }) => sourceId, minLength: 1, maxLength: 5 },
    ),
    byApi: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.integer({ min: 1, max: 8 }),
      async (writes, pick, limit) => {
        const own = { database: scene.database, account: await makeAccount(scene.database) };
        const buckets = [await makeBucket(own), await makeBucket(own), await makeBucket(own)];
        const cursors = [0n];
        for (const { bucket, rows, byApi } of writes) {
          const given = rows.map(({ sourceId, startMs, duration }) =>
            event(sourceId, startMs, BigInt(duration) * 1000n),
          );
          if (byApi) {
            const ids = await transaction(own.database, async (tx) =>
              insert(tx, buckets[bucket]!, await takeRevision(tx, own.account.account), given),
            );
            await transaction(own.database, async (tx) =>
              remove(tx, buckets[bucket]!, await takeRevision(tx, own.account.account), ids[0]!),
            );
          } else await upsert(own.database, own.account, buckets[bucket]!, given);
          cursors.push(await run(own.database, (tx) => revisionOf(tx, own.account.account)));
        }
        const after = cursors[pick % cursors.length]!;
        assert.equal(shape(await page(own, after, limit)), await modelOf(own, buckets, after, limit));
        const pages = await follow(own, limit, after);
        const seen = new Set(pages.flatMap((each) => shape(each).instants.map(({ key }) => key)));
        const all = (await modelOf(own, buckets, after, 1e6)).instants.map(({ key }) => key);
        assert.equal([...seen].sort(), all, 'following the cursor skips nothing');
        for (const [i, each] of pages.entries()) assert.ok(each.revision >= (pages[i - 1]?.revision ?? after));
      },
    ),
    { numRuns: 20 },
  );
});

changes('never splits a revision, however large it is and however small the page', async (scene) => {
  const bucket = await makeBucket(scene);
  const big = await upsert(
    scene.database,
    scene.account,
    bucket,
    Array.from({ length: 300 }, (_, i) => event(i, i)),
  );
  const small = await upsert(scene.database, scene.account, bucket, [event(1000, 1000)]);
  for (const limit of [1, 2, 299, 300]) {
    const [first, second, ...none] = await follow(scene, limit);
    assert.equal([first!.instants.length, first!.revision, first!.more], [300, big.revision, true]);
    assert.equal([second!.instants.length, second!.revision, second!.more], [1, small.revision, false]);
    assert.equal(none, []);
  }
  assert.is((await page(scene, 0n, 301)).instants.length, 301);
});

changes('is cut by the bytes of its data, and goes on to the same instants, each whole and once', async (scene) => {
  const row = fc.record({ bucket: fc.nat(2), startMs: fc.nat(6), bytes: fc.constantFrom(2, 400, 2000) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5000 }),
      async (rows, limit, maxBytes) => {
        const own = { database: scene.database, account: await makeAccount(scene.database) };
        const buckets = [await makeBucket(own), await makeBucket(own), await makeBucket(own)];
        for (const [i, bucket] of buckets.entries()) {
          const given = rows.flatMap((each, n) =>
            each.bucket === i ? [{ ...event(n, each.startMs), data: { a: 'x'.repeat(each.bytes) } }] : [],
          );
          if (given.length > 0) await upsert(own.database, own.account, bucket, given);
        }
        for (let after = 0n, more = true; more; ) {
          const whole = await page(own, after, limit);
          const parts: ChangePage[] = [];
          do {
            const rest = parts.at(-1)?.rest ?? null;
            parts.push(
              await run(own.database, (tx) => since(tx, own.account.account, after, limit, null, rest, maxBytes)),
            );
            const { instants } = parts.at(-1)!;
            const sizes = instants.map(({ events }) =>
              events.reduce((sum, { data }) => sum + JSON.stringify(data).length + 1, 0),
            );
            assert.ok(
              sizes.slice(0, -1).reduce((sum, size) => sum + size, 0) < maxBytes,
              'without its last instant a page is below what it may hold',
            );
          } while (parts.at(-1)!.rest !== null);
          assert.equal(
            parts.flatMap((part) => shape(part).instants.map((each) => JSON.stringify(each))).sort(),
            shape(whole)
              .instants.map((each) => JSON.stringify(each))
              .sort(),
          );
          for (const part of parts.slice(0, -1))
            assert.equal([part.revision, part.more], [after, true], 'the cursor stays until all of it was told');
          assert.equal([parts.at(-1)!.revision, parts.at(-1)!.more], [whole.revision, whole.more]);
          ({ revision: after, more } = whole);
        }
      },
    ),
    { numRuns: 25 },
  );
});

changes('keeps the buckets of one device out, and its cursor goes past them', async (scene) => {
  const other = await transaction(scene.database, (tx) =>
    devices.register(tx, {
      account: scene.account.account,
      deviceId: `other-${scene.account.account}`,
      hostname: 'other',
      awDeviceId: null,
    }),
  );
  const [mine, theirs] = [await makeBucket(scene), await makeBucket({ ...scene, deviceUuid: other.id })];
  for (let i = 0; i < 5; i++) {
    await upsert(scene.database, scene.account, mine, [event(i, i)]);
    await upsert(scene.database, scene.account, theirs, [event(i, 100 + i)]);
  }
  for (const limit of [1, 3, 100]) {
    const pages = await follow(scene, limit, 0n, scene.account.device.deviceId);
    assert.equal(
      pages.flatMap(({ instants }) => instants).map(({ bucket, atMs }) => [bucket, atMs]),
      [0, 1, 2, 3, 4].map((i) => [theirs.number, BigInt(100 + i)]),
    );
    assert.is(pages.at(-1)!.revision, await run(scene.database, (tx) => revisionOf(tx, scene.account.account)));
  }
});

changes('shows nothing of another account', async (scene) => {
  const other = await makeAccount(scene.database);
  await upsert(scene.database, other, await makeBucket({ ...scene, account: other }), [event(1, 1)]);
  assert.equal(await page(scene, 0n, 100), { revision: 0n, more: false, instants: [], rest: null });
});

changes('finds instants at the ends of time and before 1970', async (scene) => {
  const bucket = await makeBucket(scene);
  const starts = [-9_151_660_799_999_001n, -1_001n, -1_000n, -1n, 0n, 9_151_660_800_000_999n, 9_151_660_800_001_000n];
  await upsert(
    scene.database,
    scene.account,
    bucket,
    starts.map((startUs, sourceId) => ({ sourceId, startUs, durationNs: 0n, data: {} })),
  );
  const { instants } = await page(scene, 0n, 100);
  assert.equal(
    instants.map(({ atMs, events }) => [atMs, events.map(({ startUs }) => startUs)]),
    [
      [-9_151_660_800_000n, [starts[0]]],
      [-2n, [starts[1]]],
      [-1n, [starts[2], starts[3]]],
      [0n, [starts[4]]],
      [9_151_660_800_000n, [starts[5]]],
      [9_151_660_800_001n, [starts[6]]],
    ],
  );
});

// Only PostgreSQL has two connections; on the embedded engine writers run one after the other anyway.
if (testEngine() === 'postgres') {
  changes('are not stepped over when a writer commits late, while another waits and a reader pages', async (scene) => {
    const [slow, fast] = [await makeBucket(scene), await makeBucket(scene)];
    const { revision: begin } = await upsert(scene.database, scene.account, slow, [event(1, 1)]);
    let written!: () => void;
    let commit!: () => void;
    const [hasWritten, mayCommit] = [
      new Promise<void>((resolve) => (written = resolve)),
      new Promise<void>((resolve) => (commit = resolve)),
    ];
    const first = transaction(scene.database, async (tx) => {
      const [id] = await insert(tx, slow, await takeRevision(tx, scene.account.account), [event(2, 2)]);
      written();
      await mayCommit;
      return id!;
    });
    await hasWritten;
    const second = upsert(scene.database, scene.account, fast, [event(3, 3)]);
    // The second writer waits for the account's row, so it can't get a number that is visible before the first one's.
    for (let waiting = 0; waiting === 0; )
      waiting = (
        await driverOf(scene.database).rows(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).length;
    assert.equal(await page(scene, begin!, 100), { revision: begin!, more: false, instants: [], rest: null });
    commit();
    const [, { revision: last }] = await Promise.all([first, second]);
    const seen = await follow(scene, 1, begin!);
    assert.equal(
      seen.flatMap(({ instants }) => instants).map(({ bucket, atMs }) => [bucket, atMs]),
      [
        [slow.number, 2n],
        [fast.number, 3n],
      ],
    );
    assert.is(seen.at(-1)!.revision, last);
  });

  changes('reach a puller that pages while many writers write, all of them and each once done', async (scene) => {
    const buckets = [await makeBucket(scene), await makeBucket(scene), await makeBucket(scene)];
    let writing = true;
    const writers = Promise.all(
      buckets.map(async (bucket) => {
        for (let i = 0; i < 15; i++)
          await upsert(scene.database, scene.account, bucket, [event(i, i), event(100 + i, i)]);
      }),
    ).then(() => (writing = false));
    const seen = new Set<string>();
    let cursor = 0n;
    for (let again = true; again; ) {
      again = writing;
      for (let more = true; more; ) {
        const next = await page(scene, cursor, 3);
        for (const { bucket, atMs, events } of next.instants) {
          assert.is(events.length, 2, 'a write is seen whole');
          seen.add(`${bucket} ${atMs}`);
        }
        ({ revision: cursor, more } = next);
      }
    }
    await writers;
    assert.is(seen.size, 45);
  });
}

changes.run();
