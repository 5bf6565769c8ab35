import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { disjointSpans, someSpans, span } from '../../../test/query/some-spans.ts';
import { filterPeriodIntersect } from './filter-period-intersect.ts';
import type { Span } from './span.ts';

/** spec/query 3.6 as it stands there. */
const asWritten = (givenEvents: Span[], givenFilter: Span[]): Span[] => {
  const events = givenEvents.toSorted((a, b) => a.start - b.start);
  const filter = givenFilter.toSorted((a, b) => a.start - b.start);
  const common = (a: Span, f: Span): [number, number] | null => {
    if (a.start <= f.start && f.end <= a.end) return [f.start, f.end];
    if (a.start <= f.start && f.start < a.end) return [f.start, a.end];
    if (a.start < f.end && f.end <= a.end) return [a.start, f.end];
    if (f.start <= a.start && a.end <= f.end) return [a.start, a.end];
    return null;
  };
  const out: Span[] = [];
  let [i, j] = [0, 0];
  while (i < events.length && j < filter.length) {
    const [a, f] = [events[i]!, filter[j]!];
    const part = common(a, f);
    if (part) {
      out.push({ ...a, start: part[0], end: part[1] });
      if (a.end <= f.end) i += 1;
      else j += 1;
    } else if (a.end <= f.start) {
      i += 1;
    } else if (f.end <= a.start) {
      j += 1;
    } else {
      i += 1;
      j += 1;
    }
  }
  return out;
};

const intersects = suite('filter_period_intersect');

intersects('cuts events to the filter, with their id and data', () => {
  const out = filterPeriodIntersect(
    [span(1, 0, 10, { app: 'a' }), span(2, 12, 20, { app: 'b' })],
    [span(11, 3, 5), span(12, 8, 14), span(13, 20, 25)],
  );
  assert.equal(out, [span(1, 3, 5, { app: 'a' }), span(1, 8, 10, { app: 'a' }), span(2, 12, 14, { app: 'b' })]);
});

intersects('does to any lists what the specification says', () => {
  fc.assert(
    fc.property(someSpans(), someSpans({ firstId: 100 }), (events, filter) => {
      assert.equal(filterPeriodIntersect(events, filter), asWritten(events, filter));
    }),
    { numRuns: 500 },
  );
});

intersects('of lists without overlaps are the parts that each pair has in common', () => {
  fc.assert(
    fc.property(disjointSpans(), disjointSpans({ firstId: 100 }), (events, filter) => {
      const pairs = events.flatMap((a) =>
        filter
          .map((f) => ({ ...a, start: Math.max(a.start, f.start), end: Math.min(a.end, f.end) }))
          .filter(({ start, end }) => start < end),
      );
      assert.equal(filterPeriodIntersect(events, filter), pairs);
    }),
    { numRuns: 300 },
  );
});

intersects.run();
