/**
 * What watchers record of what was meant: events in µs, with gaps and small overlaps where `flood` makes of them what
 * was meant. spec/query 3.5 says how: unlike neighbours meet in the middle of a gap of up to 5 s, or of an overlap
 * below 0.1 s, `end + floor(gap / 2)`; like ones are joined. So of two that touch, the first may end as much earlier
 * as the second begins later.
 *
 *   meant      [vim    ][web    ][web            ]
 *   recorded   [vim   ]  [web   ][web   ]  [web  ]
 */
import type { JsonObject } from '../../domain/data.ts';
import { DAY_MS } from '../../domain/day.ts';
import type { Chance } from './chance.ts';
import type { Meant } from './person.ts';

/** An event as aw-server has it, in µs. */
export type Recorded = { readonly start: number; readonly end: number; readonly data: JsonObject };

/** Half of the widest gap that `flood` closes, and of the widest overlap that it halves, in µs. */
const GAP = 2_500_000;
const OVERLAP = 49_999;
const SECOND = 1_000_000;

export const recorded = <T>(
  meant: readonly Meant<T>[],
  dataOf: (what: T) => JsonObject,
  chance: Chance,
): Recorded[] => {
  const events: Recorded[] = [];
  // How much later than it was meant an event begins.
  let late = 0;
  for (const [i, span] of meant.entries()) {
    const next = meant[i + 1];
    const [from, to] = [span.start * 1000, span.end * 1000];
    const touches = next?.start === span.end;
    const early = touches ? cutAt(next, to - from - late, chance) : 0;
    const [start, end, data] = [from + late, to - early, dataOf(span.what)];
    const rest = end - start;
    if (rest > 90 * SECOND && !isOverMidnight(span) && chance.is(1 / 25)) {
      // A heartbeat came too late to be merged: an event of the same begins.
      const torn = start + chance.whole(30 * SECOND, rest - 30 * SECOND);
      const gap = chance.is(0.3) ? 0 : chance.whole(1, 2 * GAP);
      events.push({ start, end: torn, data }, { start: torn + gap, end, data });
    } else events.push({ start, end, data });
    // The middle of an odd gap is rounded down.
    late = early + (early > 0 && early < GAP && chance.is(0.5) ? 1 : 0);
  }
  return events;
};

/**
 * How much earlier than meant an event ends, in µs, where the next one touches it; less than nothing: they overlap.
 * `room`: how long the event is. All of it gone is an event without duration, as a single heartbeat leaves it.
 */
const cutAt = (next: Meant<unknown>, room: number, chance: Chance): number => {
  // Of an event that began before its day the server knows when it was recorded to begin, and not when it was meant to.
  if (isOverMidnight(next)) return 0;
  const most = Math.min(GAP - 1, room, Math.floor((next.end - next.start) * 500) - 1);
  const kind = chance.next();
  if (room <= GAP && kind < 0.4) return most === room ? room : 0;
  if (kind < 0.5) return 0;
  if (kind < 0.54)
    return Math.min(room, next.end * 1000 - next.start * 1000) > SECOND && !isNearMidnight(next.start)
      ? -chance.whole(1, OVERLAP)
      : 0;
  // Watchers look once a second, and some less often.
  const half =
    kind < 0.6 ? chance.whole(1, 5_000) : kind < 0.93 ? chance.whole(450_000, 600_000) : chance.whole(1, GAP);
  return Math.min(half, most);
};

const isOverMidnight = ({ start, end }: Meant<unknown>): boolean =>
  Math.floor(start / DAY_MS) !== Math.floor(end / DAY_MS);

/** Of an overlap across midnight each day halves its own part. */
const isNearMidnight = (ms: number): boolean => {
  const after = ms % DAY_MS;
  return after < 1000 || after > DAY_MS - 1000;
};
