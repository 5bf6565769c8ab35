import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { JsonObject } from '../../domain/data.ts';
import type { KtError } from '../../domain/errors.ts';
import { clip, type Event } from '../../domain/event.ts';
import { eventToWire } from '../../domain/wire.ts';
import { spanOf, type Span } from '../../domain/query/transform/span.ts';
import type { Prisma } from '../../prisma/generated/client/client.ts';
import { allEvents } from '../../test/support/all-events.ts';
import { makeAccount, makeBucket, type Account } from '../../test/support/make-bucket.ts';
import { openTestServer } from '../../test/support/test-server.ts';
import type { BucketKey } from './bucket-key.ts';
import { takeRevision } from './changes.ts';
import { run, transaction, type Database, type Tx } from './database.ts';
import { dataLines, eventsOfPage, spansOfPage } from './event-page.ts';
import { earliest, insert, type Position } from './events.ts';
import { page, PAGE_BYTES, type EventPage, type KnownValues } from './pages.ts';
import { makePageText } from './page-text.ts';

const pages = suite<{ database: Database; account: Account }>('event pages');
pages.before(async (scene) => {
  scene.database = (await openTestServer()).database;
  scene.account = await makeAccount(scene.database);
});

type Scene = { database: Database; account: Account };
type Within = { readonly startUs: bigint; readonly endUs: bigint };

const filled = async (scene: Scene, events: readonly Event[]): Promise<BucketKey> => {
  const bucket = await makeBucket(scene);
  await transaction(scene.database, async (tx) =>
    insert(tx, bucket, await takeRevision(tx, scene.account.account), events),
  );
  return bucket;
};

type Paged = { readonly spans: readonly Span[]; readonly text: string };

const paged = async ({ database }: Scene, bucket: BucketKey, period: Within, limit: number): Promise<Paged> =>
  run(database, async (tx) => {
    const texts = makePageText(period);
    const sent: KnownValues = new Map();
    let text = '';
    const known = new Map<number, JsonObject>();
    const from = await earliest(tx, bucket, period);
    const spans: Span[] = [];
    for (let after: Position | null = null; ; ) {
      const found = await page(tx, bucket, period, limit, after, from, sent);
      if (!found) return { spans, text };
      const read = spansOfPage(found, period, known);
      text += Buffer.from(texts.of(found, text !== '')).toString();
      assert.is(read.length, found.events);
      spans.push(...read);
      if (!found.more) return { spans, text };
      after = found.end;
    }
  });

const listed = async ({ database }: Scene, bucket: BucketKey, period: Within): Promise<Paged> => {
  const all = await run(database, (tx) => allEvents(tx, bucket, period));
  const events = all.map((event) => clip(event, period.startUs, period.endUs));
  return { spans: events.map(spanOf), text: events.map((event) => JSON.stringify(eventToWire(event))).join(',') };
};

// Dense, so that starts and ends coincide with each other and with the bounds; few distinct data, with characters
// that jsonb refuses or that would break a line.
const near = fc.record(
  {
    startUs: fc.bigInt(-20n, 20n),
    durationNs: fc.oneof(fc.bigInt(-9_000n, 20_000n), fc.constantFrom(0n, 499n, 500n, 999n, -500n, 3_600_000_000_000n)),
    data: fc.constantFrom<JsonObject>(
      {},
      { a: 1 },
      { a: 1, b: [null, { c: 'ü😀' }] },
      { t: 'tab\tline\nnul\u0000 \ud83d \\ "' },
      { '\u0000\t': true },
    ),
  },
  { noNullPrototype: true },
);
const within = fc
  .tuple(fc.bigInt(-30n, 30n), fc.nat(40))
  .map(([startUs, length]) => ({ startUs, endUs: startUs + BigInt(length) }));

pages('read as the listing of the same period, clipped, and as its JSON, whatever their size', async (scene) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(near, { maxLength: 25 }),
      fc.array(within, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      async (events, periods, limit) => {
        const bucket = await filled(scene, events);
        for (const period of periods)
          assert.equal(await paged(scene, bucket, period, limit), await listed(scene, bucket, period));
      },
    ),
    { numRuns: 40 },
  );
});

pages('keep every microsecond of four centuries, and long durations', async (scene) => {
  const starts = [
    -9_000_000_000_000_000n,
    -1n,
    0n,
    946_684_799_999_999n,
    946_684_800_000_000n,
    1_717_000_000_123_457n,
    8_900_000_000_000_000n,
  ];
  const bucket = await filled(
    scene,
    starts.map((startUs) => ({ startUs, durationNs: 8_640_000_000_123_000n, data: {} })),
  );
  const period = { startUs: -9_100_000_000_000_000n, endUs: 9_100_000_000_000_000n };
  const { spans } = await paged(scene, bucket, period, 3);
  assert.equal(
    spans.map(({ start }) => BigInt(start)),
    [...starts].reverse(),
  );
  assert.equal(new Set(spans.map(({ start, end }) => end - start)), new Set([8_640_000_000_123]));
});

pages('share one object between equal data, across pages', async (scene) => {
  const bucket = await filled(
    scene,
    Array.from({ length: 10 }, (_, i) => ({ startUs: BigInt(i), durationNs: 0n, data: { n: i % 2 } })),
  );
  const { spans } = await paged(scene, bucket, { startUs: 0n, endUs: 100n }, 3);
  assert.is(new Set(spans.map(({ data }) => data)).size, 2);
});

pages('end where their data become many bytes, and go on behind it', async (scene) => {
  // 309 digits per number, so an event that arrived as 17 kB takes about 900 kB.
  const large = { a: new Array<number>(2_900).fill(1e308) };
  const events = Array.from({ length: 12 }, (_, i) => ({
    startUs: BigInt(i),
    durationNs: 0n,
    data: i % 4 === 3 ? { small: i } : { ...large, i },
  }));
  const bucket = await filled(scene, events);
  await run(scene.database, async (tx) => {
    const sizes: number[] = [];
    const ids = new Set<number>();
    let after: Position | null = null;
    for (let more = true; more; ) {
      const found: EventPage | null = await page(tx, bucket, { startUs: null, endUs: null }, 5000, after, null);
      if (!found) break;
      assert.ok(found.data.length <= PAGE_BYTES + 1_100_000, String(found.data.length));
      const sum = [...dataLines(found.data)].reduce((bytes, { json }) => bytes + json.length, 0);
      assert.is(found.bytes, sum, 'each data is another');
      sizes.push(found.events);
      for (const { id } of eventsOfPage(found)) ids.add(id);
      ({ more, end: after } = found);
    }
    assert.is(ids.size, 12);
    assert.is(
      sizes.reduce((sum, each) => sum + each, 0),
      12,
    );
    assert.ok(sizes.length >= 4 && sizes.every((size) => size <= 5), String(sizes));
  });
});

pages('are read again where their data were swept meanwhile, but not for ever', async (scene) => {
  const bucket = await filled(scene, [{ startUs: 1n, durationNs: 0n, data: { n: 1 } }]);
  const everything = { startUs: null, endUs: null };
  await run(scene.database, async (tx) => {
    let asked = 0;
    /** A database in which the first `times` looks for data find none. */
    const sweeping = (times: number): Tx => ({
      ...tx,
      $queryRaw: async <Rows>(statement: Prisma.Sql | TemplateStringsArray, ...values: unknown[]) => {
        const rows = await tx.$queryRaw<Rows>(statement, ...values);
        return ++asked % 2 === 0 && asked <= 2 * times ? ([{ lines: null }] as Rows) : rows;
      },
    });
    const found = await page(sweeping(2), bucket, everything, 10, null, null);
    assert.equal(eventsOfPage(found!)[0]!.data, { n: 1 });
    assert.is(asked, 6);
    asked = 0;
    const failed = await page(sweeping(100), bucket, everything, 10, null, null).catch((error: KtError) => error.code);
    assert.is(failed, 'unavailable');
    assert.is(asked, 10);
  });
});

pages.run();
