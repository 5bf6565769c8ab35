/**
 * What a device compares in a pass, a part at a time (spec/sync 4.4): newest days of all buckets, and a walk through
 * them in their order.
 */
import type { Micros } from '../time.ts';

/** Buckets in one question; a walk over more goes on with the next pass. */
export const MOST_COMPARED_BUCKETS = 500;
/** Events that the walk of one question may take. */
export const MOST_COMPARED_EVENTS = 250_000;
/** Days that a push asks for: those that its events lie on. */
export const MOST_PUSHED_DAYS = 20;

/** Events that end between these, both excluded, still move, and are left out of a comparison. */
export type Moving = { readonly fromUs: Micros; readonly toUs: Micros };

type WantedPart = {
  /** The bucket's id on its device. */
  readonly bucketId: string;
  /** Its device, by the id it registered under; null for the one that asks. */
  readonly deviceId: string | null;
  /** The walk goes on below this day; null: it begins with the newest. */
  readonly before: number | null;
};

/** What a pass asks the server to compare. */
export type WantedParts = {
  readonly moving: Moving;
  /** The first of the newest days. */
  readonly since: number;
  /** About how many events the walk may take, over all buckets; a day is not cut. */
  readonly events: number;
  readonly buckets: readonly WantedPart[];
};

/** Days that a push compares once its events are stored. */
export type PushedDays = { readonly days: readonly number[]; readonly moving: Moving };

/**
 * All days from `from` on (null: from the first there may be) up to where it was asked for; those without events may be
 * left out.
 */
export type Span<Sums> = { readonly from: number | null; readonly sums: Sums };

/**
 * What the server holds of a bucket's part; `Sums`: its days, each with how many events are compared and the sum of
 * their hashes.
 */
export type Part<Sums> = {
  /** The server's name for the bucket; the next two are what was asked for. */
  readonly id: string;
  readonly bucketId: string;
  readonly deviceId: string;
  /** The day of its oldest event; null where it has none. */
  readonly firstDay: number | null;
  /** From `since` on; null where that is too much for a pass. */
  readonly recent: Sums | null;
  /** What the walk comes to; null where the events ran out before. */
  readonly span: Span<Sums> | null;
};
