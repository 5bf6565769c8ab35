/**
 * What a device tells the server of its proofs (spec/sync 4.10): of each bucket that it compares, what both sides held
 * and which days were equal as of when. The server alone can not know what the device has.
 */
import type { Micros } from '../time.ts';
import { MOST_COMPARED_BUCKETS } from './parts.ts';

/** Most buckets of a report. */
export const MOST_TOLD_BUCKETS = MOST_COMPARED_BUCKETS;
/** Most stretches of equal days of a bucket: what the last whole walk covered, and what the current one did. */
export const MOST_STRETCHES = 2;
/** Most days of a bucket that are told to differ: the newest. */
export const MOST_DIFFERING = 100;
/** Most characters of a reason. */
export const MOST_REASON = 500;

/**
 * How the last pass that compared left a bucket: `in_step`; `held`, as it differs and no pass will fix that by itself;
 * `failed`, to be tried again.
 */
export type ToldOutcome = 'in_step' | 'held' | 'failed';

/** UTC days that were found equal, up to `lastDay` and from `firstDay` on (null: from the first), as of `atUs`. */
export type EqualDays = { readonly firstDay: number | null; readonly lastDay: number; readonly atUs: Micros };

/** A day that differs with nothing a pass can do about it, and how many events it has on the two sides. */
export type DifferingDay = { readonly day: number; readonly here: number; readonly there: number };

/** What the last repair that wrote something wrote, on either side, and when its pass began. */
export type Repaired = {
  readonly atUs: Micros;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
};

/** All times are by the device's clock. */
export type ToldBucket = {
  /** Its id on its device, and which one that is: null for the device that tells this. */
  readonly bucketId: string;
  readonly deviceId: string | null;
  readonly outcome: ToldOutcome;
  readonly reason: string | null;
  /** Events at the device, and on the server, when that pass counted them; null where it did not. */
  readonly here: number | null;
  readonly there: number | null;
  /** When the walk began that found all of it equal; null if none has. */
  readonly wholeUs: Micros | null;
  readonly equal: readonly EqualDays[];
  readonly differing: readonly DifferingDay[];
  readonly repaired: Repaired | null;
};

export type ToldProof = {
  /** The account that was compared with. */
  readonly account: string;
  /** When the last pass that compared began, and the account's revision then. */
  readonly passUs: Micros;
  readonly revision: bigint;
  readonly buckets: readonly ToldBucket[];
};
