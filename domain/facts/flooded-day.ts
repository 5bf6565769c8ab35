import { DAY_US } from '../day.ts';
import { flood, PULSETIME_US } from '../query/transform/flood.ts';
import { withTimes, type Span } from '../query/transform/span.ts';

/** A UTC day, from its first µs to the first of the next. */
export type Day = { readonly from: number; readonly to: number };

/** A UTC day by its number since 1970. */
export const dayNumbered = (number: number): Day => ({ from: number * DAY, to: (number + 1) * DAY });

const DAY = Number(DAY_US);

/**
 * How far outside of a day an event may lie that concerns it, in µs: across a gap that `flood` closes. Whoever writes
 * an event marks the days that it reaches with this on both sides.
 */
export const REACH_US = PULSETIME_US;

/**
 * What `flood(query_bucket(…))` makes of a bucket's events of a day (spec/query 3.1, 3.5), cut to it. A gap across a
 * border is closed as well, to the nearest event outside, unless something reaches the border. `events` are as stored,
 * in listing order; those that can't concern the day are ignored.
 *
 *   events   [vim  ] |  [web   ]                      [a      |   ]
 *   out              |[web     ]                      [a      |
 */
export const floodedDay = (events: readonly Span[], { from, to }: Day): Span[] => {
  const inside: Span[] = [];
  let before: Span | null = null;
  let after: Span | null = null;
  for (const event of events) {
    if (event.end < from) {
      if (event.end >= from - REACH_US && (!before || isNearer(event, before))) before = event;
    } else if (event.start > to) {
      if (event.start <= to + REACH_US && (!after || isSooner(event, after))) after = event;
    } else inside.push(withTimes(event, Math.max(event.start, from), Math.min(event.end, to)));
  }
  if (inside.some(({ start }) => start === from)) before = null;
  if (inside.some(({ end }) => end === to)) after = null;
  const all = [...(after ? [after] : []), ...inside, ...(before ? [before] : [])];
  return flood(all).flatMap((span) => {
    const [start, end] = [Math.max(span.start, from), Math.min(span.end, to)];
    if (end <= start) return [];
    return [start === span.start && end === span.end ? span : withTimes(span, start, end)];
  });
};

/** Of several that end together the shortest, then that of the lower id: the order of the list does not matter. */
const isNearer = (event: Span, than: Span): boolean =>
  event.end !== than.end
    ? event.end > than.end
    : event.start !== than.start
      ? event.start > than.start
      : isFirst(event, than);

/** Of several that begin together the longest: what flood would leave of them. */
const isSooner = (event: Span, than: Span): boolean =>
  event.start !== than.start
    ? event.start < than.start
    : event.end !== than.end
      ? event.end > than.end
      : isFirst(event, than);

const isFirst = (event: Span, than: Span): boolean => (event.id ?? 0) < (than.id ?? 0);
