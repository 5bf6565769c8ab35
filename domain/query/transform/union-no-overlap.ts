import { withTimes, type Span } from './span.ts';

/**
 * All of `first`, and of `second` what lies beside it. Pieces keep their event's id and data.
 *
 *   first        [a   ]        [b]
 *   second    [x         ]  [y]
 *   out       [x][a   ][x]  [y][b]
 *
 * The lists are walked as they are given, not sorted, and after an event of `first` only the current one of `second` is
 * cut: later ones below it stay whole (spec/query 3.8, which wants both kept). What is left of a cut event is held in
 * `rest` instead of being put back into the list, which would make the walk quadratic.
 */
export const unionNoOverlap = (first: readonly Span[], second: readonly Span[]): Span[] => {
  const out: Span[] = [];
  let i = 0;
  let j = 0;
  let rest: Span | null = null;
  while (i < first.length && j < second.length) {
    const a = first[i]!;
    const b: Span = rest ?? second[j]!;
    const intersect = Math.max(a.start, b.start) < Math.min(a.end, b.end);
    if (a.start <= b.start) {
      out.push(a);
      i++;
      if (intersect && a.end < b.end) {
        rest = withTimes(b, a.end, b.end);
      } else if (intersect) {
        rest = null;
        j++;
      }
    } else if (intersect) {
      out.push(withTimes(b, b.start, a.start));
      rest = withTimes(b, a.start, b.end);
    } else {
      out.push(b);
      rest = null;
      j++;
    }
  }
  for (; i < first.length; i++) out.push(first[i]!);
  if (rest) {
    out.push(rest);
    j++;
  }
  for (; j < second.length; j++) out.push(second[j]!);
  return out;
};
