import { equalJson } from '../../data.ts';
import { lengthOf, type Span } from './span.ts';

/** The longest gap that is closed by default, in microseconds, inclusive. */
export const PULSETIME_US = 5_000_000;
/** Overlaps of different data below this are halved; longer ones are left to the last step. */
const OVERLAP_US = 100_000;

type Draft = { readonly from: Span; start: number; end: number };

/**
 * Closes gaps of up to `pulsetimeUs` between neighbours, joins neighbours with equal data, and leaves no overlap.
 * Different data meet in the middle of a gap, or of an overlap below 0.1 s; of a longer overlap the later event has
 * all, and what the earlier one had beyond is lost.
 *
 *   in    [vim   ]  [web  ][web  ]           [vim      ]
 *                                                [web]
 *   out   [vim    ][web   ][web  ]           [vim][web]
 *
 * Like the Python server, quirks included (spec/query 3.5): adjoining equal events stay two, the left-over of a joined
 * neighbour, at which no time is left, takes part in the next pair, and events without duration vanish unless they
 * grew.
 */
export const flood = (spans: readonly Span[], pulsetimeUs = PULSETIME_US): Span[] => {
  const drafts: Draft[] = [...spans]
    .sort((a, b) => a.start - b.start || lengthOf(a) - lengthOf(b))
    .map((from) => ({ from, start: from.start, end: from.end }));
  for (let i = 1; i < drafts.length; i++) settle(drafts[i - 1]!, drafts[i]!, pulsetimeUs);
  return withoutOverlaps(drafts).map(({ from, start, end }) => ({ id: from.id, start, end, data: from.data }));
};

const isSame = (a: Draft, b: Draft): boolean => equalJson(a.from.data, b.from.data);

/** Changes two neighbours in place: the numbered cases of spec/query 3.5. */
const settle = (a: Draft, b: Draft, pulsetimeUs: number): void => {
  const gap = b.start - a.end;
  if (gap === 0) return;
  const near = gap > -OVERLAP_US && gap <= pulsetimeUs;
  if (gap > 0 && !near) return;
  const same = isSame(a, b);
  if (gap < 0 && same) {
    a.start = Math.min(a.start, b.start);
    a.end = Math.max(a.end, b.end);
    b.start = b.end = a.end;
  } else if (near && !same) {
    // If `b` ends before the middle it keeps that end: the next pair is measured from there.
    a.end = b.start = a.end + Math.floor(gap / 2);
  } else if (near && a.end - a.start >= b.end - b.start) {
    a.end = b.start = b.end;
  } else if (near) {
    b.start = a.start;
    a.end = a.start;
  }
};

/**
 * The later event wins, and is joined to the previous one if the data are equal. Each is removed from the stack at most
 * once.
 */
const withoutOverlaps = (drafts: readonly Draft[]): Draft[] => {
  const kept: Draft[] = [];
  for (const draft of drafts) {
    if (draft.end <= draft.start) continue;
    let joined = false;
    for (let last = kept.at(-1); last && last.end > draft.start; last = kept.at(-1)) {
      if (isSame(last, draft)) {
        last.end = Math.max(last.end, draft.end);
        joined = true;
        break;
      }
      last.end = draft.start;
      if (last.end > last.start) break;
      kept.pop();
    }
    if (!joined) kept.push(draft);
  }
  return kept;
};
