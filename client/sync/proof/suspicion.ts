/** When a whole bucket is to be proven at once, without waiting for the walk to reach it (spec/sync 4.5). Pure. */

const HOUR_MS = 3_600_000;

/** How many events a bucket holds: here before its tail was read, on the server before and after the pass. */
export type Counts = { readonly here: number; readonly before: number; readonly after: number };

/**
 * Do the counts suggest that something was deleted here, or arrived late, older than the tail? Events recorded during
 * the pass raise no suspicion: they can only increase `after`.
 */
export const isSuspect = ({ here, before, after }: Counts): boolean => here < before || here > after;

/**
 * May a bucket that was proven at this time be proven again? At most once an hour; a clock that was set back must not
 * delay it.
 */
export const isDue = (provenMs: number | undefined, nowMs: number): boolean =>
  provenMs === undefined || Math.abs(nowMs - provenMs) >= HOUR_MS;
