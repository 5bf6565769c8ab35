/** Spans of days: a day, a week, a month or a year, as the address names them. Pure. */
import { DAY_MS, formatDay, parseDay } from '../../../domain/day.ts';

export const SPANS = ['day', 'week', 'month', 'year'] as const;
export type Span = (typeof SPANS)[number];

/** Days by number, both included. */
export type Range = { readonly span: Span; readonly first: number; readonly last: number };

/** Years that an address may name: dates have four digits. */
const FIRST_YEAR = 1000;
const LAST_YEAR = 9999;

const partsOf = (day: number): readonly [year: number, month: number, weekday: number] => {
  const date = new Date(day * DAY_MS);
  return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDay()];
};
const dayOf = (year: number, month: number): number => Date.UTC(year, month, 1) / DAY_MS;

/** The span of this kind that a day is in. Weeks begin with a weekday, from 0 for Sunday. */
export const rangeAround = (span: Span, day: number, startOfWeek: number): Range => {
  const [year, month, weekday] = partsOf(day);
  if (span === 'day') return { span, first: day, last: day };
  if (span === 'week') {
    const first = day - ((weekday - startOfWeek + 7) % 7);
    return { span, first, last: first + 6 };
  }
  if (span === 'month') return { span, first: dayOf(year, month), last: dayOf(year, month + 1) - 1 };
  return { span, first: dayOf(year, 0), last: dayOf(year + 1, 0) - 1 };
};

/** The span `steps` after it, or before it. */
export const shifted = ({ span, first, last }: Range, steps: number): Range => {
  const [year, month] = partsOf(first);
  if (span === 'month') return { span, first: dayOf(year, month + steps), last: dayOf(year, month + steps + 1) - 1 };
  if (span === 'year') return { span, first: dayOf(year + steps, 0), last: dayOf(year + steps + 1, 0) - 1 };
  const length = last - first + 1;
  return { span, first: first + steps * length, last: last + steps * length };
};

/** The path that names it. */
export const pathOf = ({ span, first }: Range): string => {
  const day = formatDay(first);
  return `${span}/${span === 'year' ? day.slice(0, 4) : span === 'month' ? day.slice(0, 7) : day}`;
};

/** What such a path names; null if it names nothing. A week may be named by any day of it. */
export const rangeNamed = (span: Span, name: string, startOfWeek: number): Range | null => {
  const day = parseDay(name + (span === 'year' ? '-01-01' : span === 'month' ? '-01' : ''));
  if (day === null) return null;
  const [year] = partsOf(day);
  return year <= FIRST_YEAR || year >= LAST_YEAR ? null : rangeAround(span, day, startOfWeek);
};

/** The spans that it is compared with, the latest first: the same weekday of the weeks before, or the spans before. */
export const comparedWith = (range: Range, count: number): Range[] =>
  Array.from({ length: count }, (_, i) => shifted(range, range.span === 'day' ? -7 * (i + 1) : -(i + 1)));
