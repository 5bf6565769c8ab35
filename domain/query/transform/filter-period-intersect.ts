import { withTimes, type Span } from './span.ts';
import { sortByTimestamp } from './sort-by-timestamp.ts';

/**
 * The parts of `events` that lie within the `filter`, by one walk over both, oldest first. An event may come out in
 * pieces, each with its id and data.
 *
 *   events   [vim        ] [web   ]
 *   filter      [  ] [       ]
 *   out         [vim][v]   [w]
 *
 * Touching is not intersecting, but an event without duration inside a filter, or on its border, stays. Filters
 * that overlap give pieces that overlap, and events that overlap are not held against earlier filters again
 * (spec/query 3.6, as Python).
 */
export const filterPeriodIntersect = (events: readonly Span[], filter: readonly Span[]): Span[] => {
  const all = sortByTimestamp(events);
  const within = sortByTimestamp(filter);
  const out: Span[] = [];
  let i = 0;
  let j = 0;
  while (i < all.length && j < within.length) {
    const a = all[i]!;
    const f = within[j]!;
    if (meet(a, f)) {
      out.push(withTimes(a, Math.max(a.start, f.start), Math.min(a.end, f.end)));
      if (a.end <= f.end) i++;
      else j++;
    } else {
      const before = a.end <= f.start;
      const after = f.end <= a.start;
      if (before || !after) i++;
      if (!before) j++;
    }
  }
  return out;
};

/**
 * Have they a part in common? The four cases of spec/query 3.6, whose part is always the later start to the earlier
 * end.
 */
const meet = (a: Span, f: Span): boolean =>
  (a.start <= f.start && f.end <= a.end) ||
  (a.start <= f.start && f.start < a.end) ||
  (a.start < f.end && f.end <= a.end) ||
  (f.start <= a.start && a.end <= f.end);
