/** The stretches of time that a range is cut into, as the server cuts it. Pure. */
import { cutDays, type Grain } from '../../../domain/facts/calendar.ts';
import { SLOT_MS } from '../../../domain/facts/slots.ts';
import { rangeAround, type Range } from './range.ts';

/** How the account counts days; `startOfDay` as `HH:MM`. */
export type Counting = { readonly zone: string; readonly startOfDay: string; readonly startOfWeek: number };

/** `start` and `end` are instants in ms; `first` and `last` the days that it has, by number; an hour has its day. */
export type Stretch = {
  readonly start: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
};

export const stretchesOf = (
  { zone, startOfDay, startOfWeek }: Counting,
  { first, last }: Pick<Range, 'first' | 'last'>,
  grain: Grain,
): Stretch[] => {
  const [hours = 0, minutes = 0] = startOfDay.split(':').map(Number);
  const calendar = { zone, startOfDayMs: (hours * 60 + minutes) * 60_000, startOfWeek };
  const { stretches, end } = cutDays(calendar, grain, first, last);
  return stretches.map(({ start, day }, i) => ({
    start: start * SLOT_MS,
    end: (stretches[i + 1]?.start ?? end) * SLOT_MS,
    first: day,
    last: grain === 'HOUR' ? day : (stretches[i + 1]?.day ?? last + 1) - 1,
  }));
};

/** The span that a stretch is all of; hours have their day's. */
export const rangeOfStretch = (grain: Grain, { first }: Stretch, startOfWeek: number): Range => {
  const spans = { WEEK: 'week', MONTH: 'month', YEAR: 'year' } as const;
  return rangeAround(grain in spans ? spans[grain as keyof typeof spans] : 'day', first, startOfWeek);
};
