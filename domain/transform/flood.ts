import { equalJson } from '../data.ts';
import type { Span } from './span.ts';
import { sortByTimestamp } from './sort-by-timestamp.ts';

/** Gaps up to this are closed, it included. */
const GAP_US = 5_000_000;
/** Overlaps of different data below this are trimmed; exactly this is left. */
const OVERLAP_US = 100_000;

type Draft = { readonly from: Span; start: number; end: number };

/**
 * Closes gaps of up to 5 s between neighbours and joins neighbours with equal data. Different data: the longer one grows over
 * the gap (the first on a tie), or is trimmed by an overlap below 0.1 s.
 *
 *   in    [vim     ]   [web]  [web   ]              [vim]
 *   out   [vim        ][web          ]              [vim]
 *
 * Like the Python server, quirks included: the left-over of a joined neighbour, at which no time is left, takes part in the next
 * pair, so a chain of three equal events may stay two (aw-query.md 3.5). Events without duration vanish unless they grew.
 */
export const flood = (spans: readonly Span[]): Span[] => {
  const drafts: Draft[] = sortByTimestamp(spans).map((from) => ({ from, start: from.start, end: from.end }));
  for (let i = 1; i < drafts.length; i++) settle(drafts[i - 1]!, drafts[i]!);
  return drafts
    .filter(({ start, end }) => end > start)
    .map(({ from, start, end }) => ({ id: from.id, start, end, data: from.data }));
};

/** Changes two neighbours in place: the numbered cases of aw-query.md 3.5. */
const settle = (a: Draft, b: Draft): void => {
  const gap = b.start - a.end;
  if (gap === 0) return;
  const near = gap > -OVERLAP_US && gap <= GAP_US;
  if (gap > 0 && !near) return;
  const same = equalJson(a.from.data, b.from.data);
  if (gap < 0 && same) {
    a.start = Math.min(a.start, b.start);
    a.end = Math.max(a.end, b.end);
    b.start = b.end = a.end;
  } else if (near && a.end - a.start >= b.end - b.start) {
    a.end = same ? b.end : b.start;
    if (same) b.start = b.end;
  } else if (near) {
    b.start = same ? a.start : a.end;
    if (same) a.end = a.start;
  }
};
