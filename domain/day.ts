/** UTC days as whole numbers since 1970-01-01, and as text (`2024-05-31`) in the APIs. */

/** The length of a day. */
export const DAY_MS = 86_400_000;
export const DAY_US = 86_400_000_000n;

/** A day as `YYYY-MM-DD`, for the years 0 to 9999. */
export const formatDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The day named by `YYYY-MM-DD`, in days since 1970-01-01; null for other text, and for a date that does not exist. */
export const parseDay = (text: string): number | null => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // JavaScript reads 30 February as 1 March.
  return Number.isNaN(ms) || formatDay(ms / DAY_MS) !== text ? null : ms / DAY_MS;
};
