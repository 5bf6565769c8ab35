/** When a whole bucket is to be proven at once, before its day comes (spec/sync 4.5). Pure. */

const HOUR_MS = 3_600_000;

/** How many events a bucket holds: here before its tail was read, on the server before the pass and after it. */
export type Counts = { readonly here: number; readonly before: number; readonly after: number };

/**
 * Do the counts say that something was deleted here, or came late, behind the tail? What is recorded while the pass
 * goes on raises no suspicion: it can only make the last number greater.
 */
export const isSuspect = ({ here, before, after }: Counts): boolean => here < before || here > after;

/**
 * Is a bucket that was proven then to be proven again? Hourly at most, and a clock that was set back must not put it
 * off.
 */
export const isDue = (provenMs: number | undefined, nowMs: number): boolean =>
  provenMs === undefined || Math.abs(nowMs - provenMs) >= HOUR_MS;
