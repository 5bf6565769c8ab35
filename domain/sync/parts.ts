/**
 * What a device compares in a pass, a part at a time (spec/sync 4.4): the newest days of all buckets, and a walk
 * through the buckets in order.
 */
import type { Micros } from '../time.ts';

/** Most buckets per request; a walk over more continues with the next pass. */
export const MOST_COMPARED_BUCKETS = 500;
/** Most events that the walk of one request may cover. */
export const MOST_COMPARED_EVENTS = 250_000;
/** Most days that a push asks to compare: those that its events are on. */
export const MOST_PUSHED_DAYS = 20;

/** Events that end between these, both excluded, are still moving, and are left out of a comparison. */
export type Moving = { readonly fromUs: Micros; readonly toUs: Micros };

type WantedPart = {
  /** The bucket's id on its device. */
  readonly bucketId: string;
  /** Its device, by the id it registered under; null for the asking one. */
  readonly deviceId: string | null;
  /** The walk continues below this day; null: it begins with the newest. */
  readonly before: number | null;
};

/** What a pass asks the server to compare. */
export type WantedParts = {
  readonly moving: Moving;
  /** The first of the newest days. */
  readonly since: number;
  /** About how many events the walk may cover, over all buckets; no day is cut in two. */
  readonly events: number;
  readonly buckets: readonly WantedPart[];
};

/** Days that a push compares once its events are stored. */
export type PushedDays = { readonly days: readonly number[]; readonly moving: Moving };

/**
 * All days from `from` on (null: from the first possible) up to the day asked for; days without events may be left out.
 */
export type Span<Sums> = { readonly from: number | null; readonly sums: Sums };

/**
 * What the server holds for the part of a bucket. `Sums`: its days, each with the number of compared events and the sum
 * of their hashes.
 */
export type Part<Sums> = {
  /** The server's name for the bucket; the next two are what was asked for. */
  readonly id: string;
  readonly bucketId: string;
  readonly deviceId: string;
  /** The day of its oldest event; null if it has none. */
  readonly firstDay: number | null;
  /** From `since` on; null if that is too much for one pass. */
  readonly recent: Sums | null;
  /** The part of the walk; null if the number of events was reached before it. */
  readonly span: Span<Sums> | null;
};
