/** The course of a span: its hours, days or months as columns, each cut by category. Pure. */
import { DAY_MS, parseDay } from '../../../domain/day.ts';
import type { Range, Span } from '../place/range.ts';

export type Grain = 'HOUR' | 'DAY' | 'MONTH';
export const GRAIN_OF: Readonly<Record<Span, Grain>> = { day: 'HOUR', week: 'DAY', month: 'DAY', year: 'MONTH' };

/** What `activity` answers by category, of each stretch. */
export type CourseRow = {
  readonly startAt: string | null;
  readonly day: string | null;
  readonly category: readonly string[] | null;
  readonly seconds: number;
};

/** `key` is when it begins: an instant in ms for hours, else its first day by number. */
export type Column = {
  readonly key: number;
  readonly seconds: number;
  readonly parts: readonly { readonly category: readonly string[]; readonly seconds: number }[];
};

const QUARTER_MS = 900_000;

/** When the hours of a range begin by the clocks of a zone; the first one with the range, whatever the minute. */
export const hoursBetween = (startMs: number, endMs: number, zone: string): number[] => {
  const minute = new Intl.DateTimeFormat('en', { timeZone: zone, minute: 'numeric' });
  const hours = [startMs];
  for (let at = startMs + QUARTER_MS; at < endMs; at += QUARTER_MS) if (minute.format(at) === '0') hours.push(at);
  return hours;
};

/** The first days of the columns of a range that is told by days or months. */
export const daysBetween = ({ first, last }: Pick<Range, 'first' | 'last'>, grain: 'DAY' | 'MONTH'): number[] => {
  const days = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return grain === 'DAY' ? days : days.filter((day) => day === first || new Date(day * DAY_MS).getUTCDate() === 1);
};

/** Columns at these places, empty ones too. Rows of other places are added where they belong: to the one before. */
export const columnsOf = (places: readonly number[], rows: readonly CourseRow[], grain: Grain): Column[] => {
  const parts = places.map(() => new Map<string, number>());
  for (const { startAt, day, category, seconds } of rows) {
    const key = grain === 'HOUR' ? Date.parse(startAt ?? '') : (parseDay(day ?? '') ?? Number.NaN);
    const place = places.findLastIndex((each) => each <= key);
    const into = parts[place];
    if (!into) continue;
    const name = JSON.stringify(category ?? []);
    into.set(name, (into.get(name) ?? 0) + seconds);
  }
  return places.map((key, i) => {
    const list = [...parts[i]!].map(([name, seconds]) => ({ category: JSON.parse(name) as string[], seconds }));
    return { key, seconds: list.reduce((sum, { seconds }) => sum + seconds, 0), parts: list };
  });
};

export type CategorySum = { readonly category: readonly string[]; readonly seconds: number };

/** All columns together, the longest first. */
export const totalsOf = (columns: readonly Column[]): CategorySum[] => {
  const sums = new Map<string, number>();
  for (const { parts } of columns)
    for (const { category, seconds } of parts) {
      const name = JSON.stringify(category);
      sums.set(name, (sums.get(name) ?? 0) + seconds);
    }
  return [...sums]
    .map(([name, seconds]) => ({ category: JSON.parse(name) as string[], seconds }))
    .sort((a, b) => b.seconds - a.seconds);
};

/**
 * The median of spans before, the latest first; null if nothing is known of any. Those from before anything was
 * recorded do not count.
 */
export const medianOf = (seconds: readonly number[]): { readonly seconds: number; readonly count: number } | null => {
  const known = seconds.slice(0, seconds.findLastIndex((each) => each > 0) + 1).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const [low, high] = [known[Math.floor((known.length - 1) / 2)]!, known[Math.floor(known.length / 2)]!];
  return { seconds: (low + high) / 2, count: known.length };
};
