import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { disjointSpans, someSpans, span } from '../../test/query/some-spans.ts';
import { flood } from './flood.ts';
import type { Span } from './span.ts';

/** aw-query.md 3.5 as it stands there: durations, exact integers, one numbered case after the other. */
const asWritten = (events: Span[]): Span[] => {
  const list = events
    .map((event, order) => ({ id: event.id, data: event.data, start: BigInt(event.start), duration: BigInt(event.end - event.start), order }))
    .sort((x, y) => Number(x.start - y.start) || x.order - y.order);
  for (let i = 0; i + 1 < list.length; i++) {
    const [a, b] = [list[i]!, list[i + 1]!];
    const [aEnd, bEnd] = [a.start + a.duration, b.start + b.duration];
    const gap = b.start - aEnd;
    const dataEqual = JSON.stringify(a.data) === JSON.stringify(b.data);
    if (gap === 0n) continue;
    if (gap < 0n && dataEqual) {
      const start = a.start < b.start ? a.start : b.start;
      const end = aEnd > bEnd ? aEnd : bEnd;
      Object.assign(a, { start, duration: end - start });
      Object.assign(b, { start: end, duration: 0n });
    } else if (-100_000n < gap && gap <= 5_000_000n) {
      if (a.duration >= b.duration) {
        if (dataEqual) {
          a.duration = bEnd - a.start;
          Object.assign(b, { start: bEnd, duration: 0n });
        } else {
          a.duration = b.start - a.start;
        }
      } else if (dataEqual) {
        Object.assign(b, { start: a.start, duration: bEnd - a.start });
        a.duration = 0n;
      } else {
        Object.assign(b, { start: aEnd, duration: bEnd - aEnd });
      }
    }
  }
  return list
    .filter(({ duration }) => duration > 0n)
    .map(({ id, data, start, duration }) => ({ id, start: Number(start), end: Number(start + duration), data }));
};

const floods = suite('flood');

floods('closes a gap by the longer neighbour, the first on a tie, up to 5 s', () => {
  const out = flood([span(1, 0, 10, { app: 'a' }), span(2, 13, 17, { app: 'b' }), span(3, 22, 30, { app: 'c' }), span(4, 35.000001, 40, { app: 'd' })]);
  assert.equal(out.map(({ id, start, end }) => [id, start / 1e6, end / 1e6]), [[1, 0, 13], [2, 13, 17], [3, 17, 30], [4, 35.000001, 40]]);
});

floods('leaves what it was given as it was', () => {
  const given = [span(2, 13, 17, { app: 'b' }), span(1, 0, 10, { app: 'a' })];
  const copy = structuredClone(given);
  flood(given);
  assert.equal(given, copy);
});

floods('does to any list what the specification says', () => {
  // Units of 50 ms: gaps and overlaps on both sides of 100 ms and 5 s are all likely.
  fc.assert(
    fc.property(fc.oneof(someSpans({ unit: 50_000, places: 300, longest: 120 }), someSpans({ unit: 50_000, places: 12, longest: 6 })), (events) => {
      assert.equal(flood(events), asWritten(events));
    }),
    { numRuns: 500 },
  );
});

floods('paints each second of a short gap like its longer neighbour', () => {
  fc.assert(
    fc.property(disjointSpans({ longestGap: 8 }), (events) => {
      const alternating = events.map((event, i) => ({ ...event, data: { app: i } }));
      const painted = new Map<number, number | null>();
      const second = (at: number) => at / 1e6;
      for (const { id, start, end } of alternating) for (let t = second(start); t < second(end); t++) painted.set(t, id);
      const grown = new Map(alternating.map(({ id, start, end }) => [id, second(end - start)]));
      for (let i = 1; i < alternating.length; i++) {
        const [a, b] = [alternating[i - 1]!, alternating[i]!];
        const [from, to] = [second(a.end), second(b.start)];
        if (to - from > 5 || to === from) continue;
        // What an event gained before counts: the pairs are settled one after the other.
        const owner = grown.get(a.id)! >= grown.get(b.id)! ? a : b;
        grown.set(owner.id, grown.get(owner.id)! + to - from);
        for (let t = from; t < to; t++) painted.set(t, owner.id);
      }
      const got = new Map<number, number | null>();
      for (const { id, start, end } of flood(alternating)) for (let t = second(start); t < second(end); t++) got.set(t, id);
      assert.equal([...got].sort(([x], [y]) => x - y), [...painted].sort(([x], [y]) => x - y));
    }),
  );
});

floods.run();
