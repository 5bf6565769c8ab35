import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { disjointSpans, someSpans, span } from '../../../test/query/some-spans.ts';
import { flood } from './flood.ts';
import type { Span } from './span.ts';

/** spec/query 3.5 as it stands there: durations, exact integers, one numbered case after the other. */
const asWritten = (events: readonly Span[], pulsetime: bigint): Span[] => {
  const list = events
    .map((event, order) => ({
      id: event.id,
      data: event.data,
      start: BigInt(event.start),
      duration: BigInt(event.end - event.start),
      order,
    }))
    .sort((x, y) => Number(x.start - y.start) || Number(x.duration - y.duration) || x.order - y.order);
  const end = (event: (typeof list)[number]) => event.start + event.duration;
  const same = (x: (typeof list)[number], y: (typeof list)[number]) =>
    JSON.stringify(x.data) === JSON.stringify(y.data);
  for (let i = 0; i + 1 < list.length; i++) {
    const [a, b] = [list[i]!, list[i + 1]!];
    const [aEnd, bEnd] = [end(a), end(b)];
    const gap = b.start - aEnd;
    if (gap === 0n) continue;
    if (gap < 0n && same(a, b)) {
      const start = a.start < b.start ? a.start : b.start;
      const last = aEnd > bEnd ? aEnd : bEnd;
      Object.assign(a, { start, duration: last - start });
      Object.assign(b, { start: last, duration: 0n });
    } else if (-100_000n < gap && gap <= pulsetime) {
      if (!same(a, b)) {
        // A division of bigints rounds towards zero, a shift down.
        const middle = (aEnd + b.start) >> 1n;
        a.duration = middle - a.start;
        Object.assign(b, { start: middle, duration: bEnd - middle });
      } else if (a.duration >= b.duration) {
        a.duration = bEnd - a.start;
        Object.assign(b, { start: bEnd, duration: 0n });
      } else {
        Object.assign(b, { start: a.start, duration: bEnd - a.start });
        a.duration = 0n;
      }
    }
  }
  const result: typeof list = [];
  for (const event of list.filter(({ duration }) => duration > 0n)) {
    let dropped = false;
    while (result.length > 0 && end(result.at(-1)!) > event.start) {
      const last = result.at(-1)!;
      if (same(last, event)) {
        last.duration = (end(last) > end(event) ? end(last) : end(event)) - last.start;
        dropped = true;
        break;
      }
      last.duration = event.start - last.start;
      if (last.duration > 0n) break;
      result.pop();
    }
    if (!dropped) result.push(event);
  }
  return result.map(({ id, data, start, duration }) => ({
    id,
    start: Number(start),
    end: Number(start + duration),
    data,
  }));
};

const shown = (spans: readonly Span[]) => spans.map(({ id, start, end }) => [id, start / 1e6, end / 1e6]);

/**
 * Lists on a grid of 50 ms, where gaps and overlaps on both sides of 100 ms and 5 s are all likely; and of odd
 * microseconds.
 */
const anyLists = fc.oneof(
  someSpans({ unit: 50_000, places: 300, longest: 120 }),
  someSpans({ unit: 50_000, places: 12, longest: 6 }),
  someSpans({ unit: 1, places: 60, longest: 9 }),
);

const floods = suite('flood');

floods('lets unlike neighbours meet in the middle of a gap of up to 5 s', () => {
  const given = [
    span(1, 0, 10, { app: 'a' }),
    span(2, 13, 17, { app: 'b' }),
    span(3, 22, 30, { app: 'c' }),
    span(4, 35.000001, 40, { app: 'd' }),
  ];
  assert.equal(shown(flood(given)), [
    [1, 0, 11.5],
    [2, 11.5, 19.5],
    [3, 19.5, 30],
    [4, 35.000001, 40],
  ]);
});

floods('rounds an odd microsecond down', () => {
  const out = flood([
    { id: 1, start: 0, end: 10, data: { app: 'a' } },
    { id: 2, start: 13, end: 20, data: { app: 'b' } },
  ]);
  assert.equal(
    out.map(({ start, end }) => [start, end]),
    [
      [0, 11],
      [11, 20],
    ],
  );
});

floods('closes no gap longer than it is told to, and none by a pulsetime of 0 or less', () => {
  const given = [span(1, 0, 10, { app: 'a' }), span(2, 13, 113, { app: 'b' }), span(3, 200, 205, { app: 'c' })];
  assert.equal(shown(flood(given, 120e6)), [
    [1, 0, 11.5],
    [2, 11.5, 156.5],
    [3, 156.5, 205],
  ]);
  assert.equal(shown(flood(given, 2.9e6)), shown(given));
  for (const none of [0, -1, -Infinity]) assert.equal(shown(flood(given, none)), shown(given));
});

floods('leaves no overlap: the later event wins, of equal starts the longer', () => {
  const overlapping = [span(1, 0, 100, { app: 'a' }), span(2, 50, 150, { app: 'b' }), span(3, 60, 70, { app: 'a' })];
  assert.equal(shown(flood(overlapping)), [
    [1, 0, 50],
    [2, 50, 60],
    [3, 60, 70],
  ]);
  const together = [span(1, 0, 100, { app: 'a' }), span(2, 0, 50, { app: 'b' })];
  assert.equal(shown(flood(together)), [[1, 0, 100]]);
});

floods('leaves what it was given as it was', () => {
  const given = [span(2, 13, 17, { app: 'b' }), span(1, 0, 10, { app: 'a' })];
  const copy = structuredClone(given);
  flood(given);
  assert.equal(given, copy);
});

floods('does to any list what the specification says', () => {
  fc.assert(
    fc.property(anyLists, fc.constantFrom(5_000_000, 0, 1, 7, 50_000, 300_000, 1e12), (events, pulsetime) => {
      assert.equal(flood(events, pulsetime), asWritten(events, BigInt(pulsetime)));
    }),
    { numRuns: 1_000 },
  );
});

floods('makes of any list one that is in order, overlaps nowhere and covers no time twice', () => {
  fc.assert(
    fc.property(anyLists, (events) => {
      const out = flood(events);
      for (const [i, { start, end }] of out.entries()) {
        assert.ok(end > start, 'no empty event');
        if (i > 0) assert.ok(out[i - 1]!.end <= start, 'behind the one before');
      }
    }),
    { numRuns: 500 },
  );
});

floods('gives each half of a short gap to its neighbour', () => {
  fc.assert(
    fc.property(disjointSpans({ longestGap: 8, unit: 2e6 }), (events) => {
      const alternating = events.map((event, i) => ({ ...event, data: { app: i } }));
      const expected = structuredClone(alternating) as { id: number; start: number; end: number }[];
      for (let i = 1; i < expected.length; i++) {
        const [a, b] = [alternating[i - 1]!, alternating[i]!];
        if (b.start - a.end <= 5e6) expected[i - 1]!.end = expected[i]!.start = (a.end + b.start) / 2;
      }
      assert.equal(shown(flood(alternating)), shown(expected as Span[]));
    }),
  );
});

floods.run();
