import type { Span } from './span.ts';
import { sortByTimestamp } from './sort-by-timestamp.ts';

/**
 * The time that either list covers, as events without data. Those that overlap or touch become one,
 * with the id of the first.
 *
 *   first    [a   ]     [b]
 *   second      [c  ]      [d]
 *   out      [a     ]   [b   ]
 *
 * spec/query 3.7.
 */
export const periodUnion = (first: readonly Span[], second: readonly Span[]): Span[] => {
  const out: Span[] = [];
  for (const span of sortByTimestamp([...first, ...second])) {
    const last = out.at(-1);
    if (last && span.start <= last.end) {
      if (span.end > last.end) out[out.length - 1] = { ...last, end: span.end };
    } else {
      out.push({ id: span.id, start: span.start, end: span.end, data: {} });
    }
  }
  return out;
};
