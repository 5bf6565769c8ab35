/** What a device and the server tell each other about a push (spec/sync 2). */
import type { Micros } from '../time.ts';

/** Most events and deletions of one push: all get the same revision (spec/sync 2.5 and 3.1). */
export const MOST_PUSHED = 5_000;

/** How far a bucket was pushed, in whole ms (spec/sync 2.4); `footMs` null: it is whole. */
export type PushCursor = { readonly headMs: bigint; readonly footMs: bigint | null };

/** How many of a bucket's newest pushed events the server returns; fewer prove nothing. */
export const WITNESSES = 20;

/**
 * A pushed event by which a device recognises its own database (spec/sync 1.5): its id there, its instant in ms, and a
 * hash of its data, which is only given for the `WITNESSES` highest ids of the device.
 */
export type Witness = { readonly sourceId: number; readonly atMs: bigint; readonly data: bigint | null };

/**
 * A bucket's place before a device took it over (spec/sync 7.2): its id on the device that registered as `deviceId`.
 */
export type FormerPlace = { readonly deviceId: string; readonly bucketId: string };

/** What the server holds of one bucket that a device pushed (spec/sync 2.1). */
export type PushState = {
  readonly bucketId: string;
  /** How often its source ids started over, from 1. */
  readonly epoch: number;
  readonly cursor: PushCursor | null;
  /** How many of its rows have a source id. */
  readonly count: number;
  readonly createdUs: Micros | null;
  readonly witnesses: readonly Witness[];
  /** What it was before this device took it over; null if it was not. */
  readonly former: FormerPlace | null;
};

/** A pushed event as a comparison needs it: its id on the device, and its content hash. */
export type SourceHash = { readonly sourceId: number; readonly hash: bigint };
