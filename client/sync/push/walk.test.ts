import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFakeAw, type FakeAw } from '../../../test/support/fake-aw/server.ts';
import type { StoredEvent } from '../../../domain/event.ts';
import { listed } from '../../../domain/sync/listed.ts';
import { parseLenientTime } from '../../../domain/time.ts';
import { makeLocalServer } from '../../aw/local-server.ts';
import type { Local } from '../ports.ts';
import { cutPage, cutRows, mayBeClipped, walk, type WalkOptions, type WalkPage } from './walk.ts';

const BASE = parseLenientTime('2024-05-01T10:00:00Z')!;
const at = (id: number, startUs: bigint, seconds = 1): StoredEvent => ({
  id,
  startUs,
  durationNs: BigInt(seconds * 1e9),
  data: {},
});

type Row = { ns: number; seconds: number };

const openBucket = async (kind: FakeAw['kind'], rows: readonly Row[]): Promise<Local> => {
  const aw = makeFakeAw({ kind });
  const local = makeLocalServer({ url: 'http://aw', fetch: (request) => aw.fetch(request) });
  await local.createBucket({ id: 'b', type: 't', client: 'c', hostname: 'h', createdUs: null, data: {} });
  const timestamp = (ns: number) =>
    `2024-05-01T10:00:${String(Math.floor(ns / 1e9)).padStart(2, '0')}.${String(ns % 1e9).padStart(9, '0')}Z`;
  const body = rows.map(({ ns, seconds }, n) => ({ timestamp: timestamp(ns), duration: seconds, data: { n } }));
  const headers = { 'content-type': 'application/json' };
  if (rows.length > 0)
    await aw.fetch(
      new Request('http://aw/api/0/buckets/b/events', { method: 'POST', headers, body: JSON.stringify(body) }),
    );
  return local;
};

const pagesOf = async (local: Local, options: WalkOptions): Promise<WalkPage[]> => {
  const pages: WalkPage[] = [];
  for await (const page of walk(local, 'b', options)) pages.push(page);
  return pages;
};

const whole = async (local: Local): Promise<StoredEvent[]> => {
  const { events } = await local.events('b', {});
  return events as StoredEvent[];
};

const text = ({ id, startUs, durationNs }: StoredEvent) => `${id} ${startUs} ${durationNs}`;
const sorted = (events: readonly StoredEvent[]) => events.map(text).sort();

const cut = suite('a page is cut');
const rows = [at(5, 50n), at(4, 40n), at(3, 30n), at(2, 30n)];

cut('as columns where it is cut as events, with nothing that may be clipped', () => {
  const anyRow = fc.record({ startUs: fc.nat(12), durationNs: fc.constantFrom(0, 1, 999, 1000, 2000, 9000) });
  const page = fc.record({
    rows: fc.array(anyRow, { minLength: 1, maxLength: 8 }),
    isSorted: fc.boolean(),
    full: fc.boolean(),
    endUs: fc.option(fc.nat(13), { nil: undefined }),
  });
  let columns = 0;
  fc.assert(
    fc.property(page, ({ rows, isSorted, full, endUs }) => {
      if (isSorted) rows.sort((a, b) => b.startUs - a.startUs);
      const all = {
        ids: rows.map((_, n) => n),
        startsUs: rows.map(({ startUs }) => startUs),
        durationsNs: rows.map(({ durationNs }) => durationNs),
        dataIndex: rows.map(() => 0),
        data: [{}],
      };
      const query = endUs === undefined ? {} : { endUs: BigInt(endUs) };
      const found = cutRows(all, full, query);
      if (found === null) return;
      columns++;
      const { events } = listed(found.rows);
      assert.equal(
        { events, next: found.next },
        cutPage({ events: listed(all).events, full, unreadable: [] }, query.endUs),
      );
      assert.not(events.some((event) => mayBeClipped(event, query)));
    }),
    { numRuns: 2_000 },
  );
  assert.ok(columns > 100, `${columns}`);
});
cut('so that what was handed out before is dropped', () => {
  assert.equal(cutPage({ events: rows, full: false, unreadable: [] }, 40n), { events: [rows[2], rows[3]], next: null });
});
cut('so that a full one leaves its oldest start to the next', () => {
  assert.equal(cutPage({ events: rows, full: true, unreadable: [] }, undefined), {
    events: [rows[0], rows[1]],
    next: 40n,
  });
});
cut('not at all when only equal starts remain: read more', () => {
  assert.is(cutPage({ events: rows, full: true, unreadable: [] }, 40n), null);
  assert.is(cutPage({ events: [], full: true, unreadable: [] }, undefined), null);
  // Rows that can't be read have their places, so that a page of them alone is passed.
  const unreadable = [50n, 45n, 45n].map((startUs) => ({ sourceId: null, startUs, reason: 'NaN' }));
  assert.equal(cutPage({ events: [], full: true, unreadable }, undefined), { events: [], next: 50n });
  assert.equal(
    cutPage({ events: rows, full: true, unreadable: [{ sourceId: 9, startUs: 1n, reason: 'NaN' }] }, undefined),
    { events: rows, next: 30n },
  );
  assert.is(
    cutPage({ events: [], full: true, unreadable: [{ sourceId: 9, startUs: null, reason: 'year 9999' }] }, undefined),
    null,
  );
});
cut('and a row that reaches a bound may be clipped, to the microsecond', () => {
  const event = { ...at(1, 10n), durationNs: 9_000n }; // ends at 19 µs
  assert.ok(mayBeClipped(event, { endUs: 19n }));
  assert.ok(mayBeClipped(event, { endUs: 20n }), 'its start may have lost 999 ns');
  assert.not.ok(mayBeClipped(event, { endUs: 21n }));
  assert.ok(mayBeClipped(event, { startUs: 10n }));
  assert.not.ok(mayBeClipped(event, { startUs: 9n }));
});
cut.run();

const arbitraryRow = fc.record({
  // Few starts, so that many are equal, and some only in what is finer than a microsecond or a millisecond.
  ns: fc.oneof(
    fc.integer({ min: 0, max: 9 }).map((s) => s * 1e9),
    fc.constantFrom(3e9 + 1, 3e9 + 999, 3e9 + 1000, 3e9 + 999_999, 3e9 + 1_000_000),
  ),
  seconds: fc.constantFrom(0, 0.001, 1, 2.5, 30, -1, -20),
});

for (const kind of ['rust', 'python'] as const) {
  const walks = suite(`a walk beside a ${kind} aw-server`);

  walks('hands out every event once and whole, newest first, equal starts together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryRow, { maxLength: 25 }),
        fc.integer({ min: 1, max: 7 }),
        async (events, pageSize) => {
          const local = await openBucket(kind, events);
          const pages = await pagesOf(local, { pageSize });
          assert.equal(sorted(pages.flatMap((page) => page.events)), sorted(await whole(local)));
          assert.equal(
            pages.map(({ last }) => last),
            pages.map((_, i) => i === pages.length - 1),
          );
          for (let i = 1; i < pages.length; i++) {
            const oldestBefore = pages[i - 1]!.events.map(({ startUs }) => startUs).reduce((a, b) => (a < b ? a : b));
            assert.ok(pages[i]!.events.every(({ startUs }) => startUs < oldestBefore));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  walks('goes on below where another stopped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryRow, { maxLength: 20 }),
        fc.integer({ min: 0, max: 10 }),
        async (events, second) => {
          const local = await openBucket(kind, events);
          const before = BASE + BigInt(second) * 1_000_000n;
          const walked = (await pagesOf(local, { pageSize: 4, before })).flatMap((page) => page.events);
          assert.equal(sorted(walked), sorted((await whole(local)).filter(({ startUs }) => startUs < before)));
        },
      ),
      { numRuns: 40 },
    );
  });

  walks('of a tail hands out what ends there or later, whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryRow, { maxLength: 20 }),
        fc.integer({ min: 0, max: 12 }),
        async (events, second) => {
          const local = await openBucket(kind, events);
          const endingFrom = BASE + BigInt(second) * 1_000_000n;
          const walked = (await pagesOf(local, { pageSize: 4, endingFrom })).flatMap((page) => page.events);
          const expected = (await whole(local)).filter(
            (event) => event.startUs * 1000n + event.durationNs >= endingFrom * 1000n,
          );
          const all = sorted(walked);
          // What ends within the last µs before the bound is nobody's concern: starts are truncated.
          assert.equal(
            sorted(expected).filter((event) => !all.includes(event)),
            [],
          );
          assert.is(new Set(all).size, all.length);
        },
      ),
      { numRuns: 40 },
    );
  });

  for (const n of [0, 1, 9, 10, 11, 20]) {
    walks(`of ${n} events by pages of 10 misses none`, async () => {
      const local = await openBucket(
        kind,
        Array.from({ length: n }, (_, i) => ({ ns: i * 1e9, seconds: 0.5 })),
      );
      const pages = await pagesOf(local, { pageSize: 10 });
      assert.is(pages.flatMap((page) => page.events).length, n);
    });
  }

  walks('takes any number of events at one instant, by doubling its limit', async () => {
    const local = await openBucket(kind, [
      { ns: 9e9, seconds: 1 },
      ...Array.from({ length: 300 }, () => ({ ns: 5e9, seconds: 1 })),
      { ns: 1e9, seconds: 1 },
    ]);
    const pages = await pagesOf(local, { pageSize: 20 });
    const ids = pages.flatMap((page) => page.events.map(({ id }) => id));
    assert.is(ids.length, 302);
    assert.is(new Set(ids).size, 302);
  });

  walks('reads a page again when one of its events went away before it was read whole', async () => {
    const local = await openBucket(
      kind,
      Array.from({ length: 12 }, (_, i) => ({ ns: i * 1e9, seconds: 3 })),
    );
    const { events } = await local.events('b', {});
    let gone = false;
    const flaky: Local = {
      ...local,
      async event(bucketId, id) {
        if (!gone && id === events[6]!.id) {
          gone = true;
          await local.deleteEvent('b', id);
        }
        return local.event(bucketId, id);
      },
    };
    const walked = (await pagesOf(flaky, { pageSize: 4 })).flatMap((page) => page.events);
    assert.ok(gone);
    assert.equal(sorted(walked), sorted(await whole(local)));
  });

  walks.run();
}
