/** Which part of the time is seen, and how finely. Pure. */
import { DAY_MS } from '../../../../domain/day.ts';

/** Between two instants, in ms since 1970. */
export type View = { readonly from: number; readonly to: number };

/** No closer than this, in ms. */
const CLOSEST = 1_000;
/** How wide the picture of a whole range is said to be, and that of a part of it at most: what the server takes. */
export const WHOLE_PIXELS = 2_000;
export const MOST_PIXELS = 10_000;

/** A view as long as it was, moved to lie within bounds; as long as they are at most. */
export const within = ({ from, to }: View, bounds: View): View => {
  const length = Math.min(to - from, bounds.to - bounds.from);
  const start = Math.min(Math.max(from, bounds.from), bounds.to - length);
  return { from: start, to: start + length };
};

/** As much as `factor` says, of more or less time, with one instant staying where it is. */
export const zoomed = (view: View, factor: number, around: number, bounds: View): View => {
  const length = view.to - view.from;
  const wanted = Math.max(Math.min(CLOSEST, length), length * factor);
  const before = ((around - view.from) / length) * wanted;
  return within({ from: around - before, to: around - before + wanted }, bounds);
};

export const panned = ({ from, to }: View, ms: number, bounds: View): View =>
  within({ from: from + ms, to: to + ms }, bounds);

export const isWhole = ({ from, to }: View, bounds: View): boolean => from <= bounds.from && to >= bounds.to;

/** An instant as addresses have it; and back: null where it is none. */
export const instantText = (ms: number): string => new Date(Math.round(ms)).toISOString();
export const instantOf = (text: string | null): number | null => {
  const ms = text === null || text.length > 40 ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
};

/** The part that an address names, within bounds; all of it where that is none, or elsewhere. */
export const viewNamed = (fromText: string | null, toText: string | null, bounds: View): View => {
  const [from, to] = [instantOf(fromText), instantOf(toText)];
  if (from === null || to === null || to - from < CLOSEST || from >= bounds.to || to <= bounds.from) return bounds;
  return within({ from, to }, bounds);
};

/** Bins that the server has, in ms (spec/product 4.6); 1: what there is. */
const UNITS = [57_600_000, 14_400_000, 3_600_000, 900_000, 240_000, 60_000, 1];

type Days = { readonly first: number; readonly last: number };
/**
 * The days to ask for anew, where a view is too close for what is known of the whole range; null where that does.
 * `width` in pixels. A view that moves a little needs nothing new: the days beside it come with it.
 */
export const detailOf = (
  view: View,
  whole: Days,
  { start, end, unit }: { readonly start: number; readonly end: number; readonly unit: number },
  width: number,
): Days | null => {
  if (unit === 1) return null;
  // Days may be an hour longer or shorter: what is asked for is wider than what is seen.
  const dayAt = (ms: number) => Math.min(whole.last, Math.max(whole.first, whole.first + Math.floor(ms / DAY_MS)));
  const beside = Math.min(view.to - view.from, 30 * DAY_MS) / 2 + DAY_MS / 12;
  const [first, last] = [dayAt(view.from - beside - start), dayAt(view.to + beside - start)];
  const reachable = ((last - first + 1) * DAY_MS) / MOST_PIXELS;
  const finer = UNITS.find((each) => each <= reachable) ?? 1;
  const wanted = (view.to - view.from) / Math.max(1, width);
  if (finer >= unit || wanted >= unit || view.from < start || view.to > end) return null;
  return { first, last };
};

/** How far clocks of a zone are ahead of UTC at an instant, in ms. */
export const makeAhead = (zone: string): ((ms: number) => number) => {
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const clock = Date.UTC(
      part['year']!,
      part['month']! - 1,
      part['day'],
      part['hour'],
      part['minute'],
      part['second'],
    );
    return clock - Math.floor(ms / 1000) * 1000;
  };
};

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const STEPS = [
  ...[200, 500],
  ...[1, 2, 5, 10, 15, 30].map((step) => step * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE),
  ...[1, 2, 3, 6, 12].map((step) => step * HOUR),
  ...[1, 2, 7, 14].map((step) => step * DAY_MS),
];
/** Steps of months are as long as these, about. */
const MONTHS = [1, 2, 3, 6, 12];

type Ticks = { readonly step: number; readonly at: readonly number[] };

/** Round times of a zone's clocks within a view: no more than `most`. `step` in ms; of months about. */
export const ticksOf = ({ from, to }: View, most: number, ahead: (ms: number) => number): Ticks => {
  const least = (to - from) / Math.max(1, most);
  const [first, last] = [from + ahead(from), to + ahead(to)];
  const real = (clock: number): number => {
    const guess = clock - ahead(clock - ahead(from));
    return clock - ahead(guess);
  };
  const seen = (clocks: readonly number[]) => clocks.map(real).filter((at) => at >= from && at < to);
  const step = STEPS.find((each) => each >= least);
  if (step !== undefined) {
    const count = Math.floor((last - first) / step) + 3;
    const begin = Math.floor(first / step) * step;
    return { step, at: [...new Set(seen(Array.from({ length: count }, (_, i) => begin + i * step)))] };
  }
  const months = MONTHS.find((each) => each * 30 * DAY_MS >= least) ?? 12;
  const year = new Date(first).getUTCFullYear();
  const count = Math.ceil((last - Date.UTC(year, 0)) / (months * 28 * DAY_MS)) + 1;
  return {
    step: months * 30 * DAY_MS,
    at: seen(Array.from({ length: count }, (_, i) => Date.UTC(year, i * months))),
  };
};

/** How far an arrow key moves: a round step, a fiftieth of what is seen or less. */
export const stepOf = ({ from, to }: View): number =>
  [...STEPS].reverse().find((step) => step <= (to - from) / 50) ?? Math.max(1, Math.round((to - from) / 50));
