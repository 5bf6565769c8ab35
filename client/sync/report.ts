/** What a pass did. */
import type { Micros } from '../../domain/time.ts';
import { MOST_KNOWN, refusedRow, rowKey } from './known-rows.ts';
import type { Copy, KnownRow, Refusal, RemoteBucket } from './ports.ts';
import type { Compared } from './proof/round.ts';

/**
 * How a bucket came out of a pass: `in_step`; `skipped`, as it should be (a copy, or not selected); `held`, because it
 * differs and no pass will mend that by itself; `failed`, to be tried again by the next pass.
 */
export type Outcome = Standing['outcome'];

/** The outcome, with the reason that every one but `in_step` has. Only `skip`, `hold` and `fail` change it. */
type Standing =
  | { readonly outcome: 'in_step'; readonly reason: null }
  | { readonly outcome: 'skipped' | 'held' | 'failed'; readonly reason: string };

export type PushedBucket = Standing & {
  readonly bucket: string;
  /** Why its events had other ids than before and were matched anew; null where they had not. */
  renewed: string | null;
  /**
   * How many events it had here before its tail was read, and on the server after the pass; null
   * where that was not counted.
   */
  here: number | null;
  there: number | null;
  /** Events handed to the server, changed or not. */
  sent: number;
  inserted: number;
  updated: number;
  unchanged: number;
  /**
   * Rows that went from the server: their events are not here any more, which a proof found, or are
   * one with another that grew.
   */
  deleted: number;
  /** Events that the server, or no server, can take. */
  rejected: Refusal[];
};

export type PulledBucket = Standing & {
  /** The bucket's id on the device it comes from. */
  readonly bucket: string;
  readonly device: string;
  readonly hostname: string;
  /** The local id of the copy; null when there is none. */
  localId: string | null;
  inserted: number;
  replaced: number;
  deleted: number;
  /** Events that the local aw-server could not keep. */
  unwritable: number;
  /** Which those are. */
  aside: KnownRow[];
};

export type Report = {
  readonly deviceId: string;
  /** This device was not known to the server before the pass. */
  readonly newDevice: boolean;
  readonly dryRun: boolean;
  /** The number of the pass; null in a dry run, which takes none. */
  readonly pass: number | null;
  readonly startedUs: Micros;
  endedUs: Micros;
  readonly pushed: PushedBucket[];
  readonly pulled: PulledBucket[];
  /** What is proven by now; null for a pass that compared nothing (a nudged one, or a dry run). */
  readonly compared: Compared | null;
};

export const pushedBucket = (bucket: string): PushedBucket => ({
  bucket,
  outcome: 'in_step',
  reason: null,
  renewed: null,
  here: null,
  there: null,
  sent: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  rejected: [],
});

export const pulledBucket = (bucket: Pick<RemoteBucket, 'bucketId' | 'deviceId' | 'deviceHostname'>): PulledBucket => ({
  bucket: bucket.bucketId,
  device: bucket.deviceId,
  hostname: bucket.deviceHostname,
  localId: null,
  outcome: 'in_step',
  reason: null,
  inserted: 0,
  replaced: 0,
  deleted: 0,
  unwritable: 0,
  aside: [],
});

/** The same for a copy of which no more is known than its name. */
export const pulledCopy = ({ device, bucket, localId }: Copy, hostname: string): PulledBucket => ({
  ...{ bucket, device, hostname, localId, outcome: 'in_step', reason: null },
  ...{ inserted: 0, replaced: 0, deleted: 0, unwritable: 0, aside: [] },
});

/** Changes where a report stands; the types keep everybody else from it. */
const settle = (report: { outcome: Outcome; reason: string | null }, { outcome, reason }: Standing): void => {
  report.outcome = outcome;
  report.reason = reason;
};

/** It is not synced, as it should be. */
export const skip = (report: PushedBucket | PulledBucket, reason: string): void =>
  settle(report, { outcome: 'skipped', reason });

/** It differs, and no pass mends that by itself. */
export const hold = (report: PushedBucket | PulledBucket, reason: string): void =>
  settle(report, { outcome: 'held', reason });

/** It could not be read or written: the next pass tries again. */
export const fail = (report: PushedBucket | PulledBucket, reason: string): void =>
  settle(report, { outcome: 'failed', reason });

/**
 * Adds refusals, each event once, and no more of a bucket than are kept of it: what is beyond is not looked at one by
 * one.
 */
export const noteRefused = (into: Refusal[], refusals: readonly Refusal[]): void => {
  if (into.length > MOST_KNOWN || refusals.length === 0) return;
  const seen = new Set(into.map((refusal) => rowKey(refusedRow(refusal))));
  for (const refusal of refusals) {
    const key = rowKey(refusedRow(refusal));
    if (into.length > MOST_KNOWN || seen.has(key)) continue;
    seen.add(key);
    into.push(refusal);
  }
};

/** Is every bucket in step? Events that are set aside are known, and no difference (spec/sync 4.8). */
export const isInStep = ({ pushed, pulled }: Report): boolean =>
  [...pushed, ...pulled].every(({ outcome }) => outcome === 'in_step' || outcome === 'skipped');

/**
 * Progress of long work, for a bar: `total` is a guess, and null where nobody knows. Told with `done` 0 when a bucket,
 * or the pull as a whole (`bucket` is '' then), begins, so that nobody watches the one before it.
 */
export type Progress = {
  readonly phase: 'push' | 'pull' | 'prove';
  readonly bucket: string;
  readonly done: number;
  readonly total: number | null;
};
