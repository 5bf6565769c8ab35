/** Two spans of columns, one after the other: the one that is shown, and the one that it is held against. Pure. */
import { formatDay, parseDay } from '../../../../domain/day.ts';
import { rangeAround, rangeNamed, shifted, type Range } from '../../place/range.ts';

export const GRAINS = ['day', 'week', 'month'] as const;
export type TrendGrain = (typeof GRAINS)[number];

/** Columns of a span: whole weeks of days, so that weekdays match; a year of months, so that seasons do. */
export const COLUMNS: Readonly<Record<TrendGrain, number>> = { day: 28, week: 12, month: 12 };
/** Columns that the moving average is of. */
export const MEAN: Readonly<Record<TrendGrain, number>> = { day: 7, week: 4, month: 3 };

export const grainOf = (params: URLSearchParams): TrendGrain =>
  GRAINS.find((name) => name === params.get('grain')) ?? 'day';

/** Earlier ones would reach back to years without four digits. */
const FIRST_DAY = parseDay('1004-01-01')!;

/** The day up to which is shown; today, where the address says nothing that can be. */
export const untilOf = (params: URLSearchParams, today: number): number => {
  const day = rangeNamed('day', params.get('until') ?? '', 0)?.first ?? today;
  return day < FIRST_DAY ? today : day;
};

type Days = Pick<Range, 'first' | 'last'>;

/** The columns up to the one that a day is in, and as many before them. */
export const spanUntil = (grain: TrendGrain, until: number, startOfWeek: number): Days & { readonly before: Days } => {
  const end = rangeAround(grain, until, startOfWeek);
  const { first } = shifted(end, 1 - COLUMNS[grain]);
  return { first, last: end.last, before: { first: shifted(end, 1 - 2 * COLUMNS[grain]).first, last: first - 1 } };
};

type Now = { readonly today: number; readonly startOfWeek: number };

/** The parameter `until` for columns around a day; null where that is today's: it goes on with the days. */
export const untilText = (grain: TrendGrain, until: number, { today, startOfWeek }: Now): string | null => {
  const { first, last } = rangeAround(grain, until, startOfWeek);
  return first <= today && today <= last ? null : formatDay(until);
};

/** The same for whole spans on (`steps`), or back. */
export const movedUntil = (grain: TrendGrain, until: number, steps: number, now: Now): string | null =>
  untilText(grain, shifted(rangeAround(grain, until, now.startOfWeek), steps * COLUMNS[grain]).last, now);

/**
 * The mean of each column and those before it, `window` of them; null for columns that are not among the first `over`,
 * and where it would reach back before the first one with anything: nothing is known of those.
 */
export const trailingMean = (seconds: readonly number[], window: number, over: number): (number | null)[] => {
  const first = seconds.findIndex((each) => each > 0);
  return seconds.map((_, i) => {
    if (first < 0 || i >= over || i + 1 - window < first) return null;
    return seconds.slice(i + 1 - window, i + 1).reduce((sum, each) => sum + each, 0) / window;
  });
};

/** `before` and `change` are null where it is not known how much it was. */
type Compared = {
  readonly name: string;
  readonly seconds: number;
  readonly before: number | null;
  readonly change: number | null;
};

/** Seconds by name, of so many names as were answered; `isAll`: there are no others. */
type Lengths = { readonly by: ReadonlyMap<string, number>; readonly isAll: boolean };

/**
 * All names of both spans: how long in all, and the change of what is over; the longest first, or what changed most.
 * Both lengths of what is over are null while they are not known.
 */
export const comparedNames = (
  whole: ReadonlyMap<string, number>,
  over: { readonly now: Lengths; readonly before: Lengths } | null,
  order: 'total' | 'change',
): Compared[] => {
  const of = ({ by, isAll }: Lengths, name: string): number | null => by.get(name) ?? (isAll ? 0 : null);
  const names = new Set([...whole.keys(), ...(over?.before.by.keys() ?? [])]);
  const rows = [...names].map((name): Compared => {
    const now = over && of(over.now, name);
    const before = over && of(over.before, name);
    const change = now === null || before === null ? null : now - before;
    return { name, seconds: whole.get(name) ?? 0, before, change };
  });
  const by = ({ seconds, change }: Compared) => (order === 'change' ? Math.abs(change ?? 0) : seconds);
  return rows.sort((a, b) => by(b) - by(a) || b.seconds - a.seconds || (b.before ?? 0) - (a.before ?? 0));
};
