/** A year of days by how much they have, and its week by the hour. Pure. */

/** Shades of days with anything; 0 is for those without. */
export const SHADES = 5;

/**
 * The lengths at which a day is the next shade: each shade has as many days, so one day far beyond the others takes no
 * colour from them. Fewer where days are alike.
 */
export const bordersOf = (seconds: readonly number[]): number[] => {
  const known = seconds.filter((each) => each > 0).sort((a, b) => a - b);
  const borders = Array.from({ length: SHADES - 1 }, (_, i) => known[Math.floor((known.length * (i + 1)) / SHADES)]!);
  return known.length === 0 ? [] : [...new Set(borders)];
};

export const shadeOf = (seconds: number, borders: readonly number[]): number =>
  seconds <= 0 ? 0 : 1 + borders.filter((border) => seconds >= border).length;

type HourRow = { readonly startAt: string | null; readonly day: string | null; readonly seconds: number };

/** A weekday's hour by the clock. `days`: which have something in it, the longest first. */
export type RhythmCell = {
  readonly seconds: number;
  readonly days: readonly { readonly day: string; readonly seconds: number }[];
};

/**
 * The week by the hour: `[weekday][hour]`, weekdays from 0 for Sunday. An hour after midnight is of the day before,
 * where that has not ended; one that the clock shows twice is one here. `hourOf`: the clock's hour at an instant in ms.
 */
export const rhythmOf = (rows: readonly HourRow[], hourOf: (ms: number) => number): RhythmCell[][] => {
  const cells = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => new Map<string, number>()));
  for (const { startAt, day, seconds } of rows) {
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    const cell = cells[weekday]?.[hourOf(Date.parse(startAt ?? ''))];
    cell?.set(day!, (cell.get(day!) ?? 0) + seconds);
  }
  return cells.map((hours) =>
    hours.map((cell) => {
      const days = [...cell].map(([day, seconds]) => ({ day, seconds })).sort((a, b) => b.seconds - a.seconds);
      return { seconds: days.reduce((sum, { seconds }) => sum + seconds, 0), days };
    }),
  );
};

/** How many of each weekday a range has, from 0 for Sunday. */
export const weekdaysIn = (first: number, last: number): number[] => {
  const counts = Array.from({ length: 7 }, () => 0);
  // 1970 began on a Thursday.
  for (let day = first; day <= last; day++) counts[(((day + 4) % 7) + 7) % 7]!++;
  return counts;
};
