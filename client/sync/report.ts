/** What a pass did. */
import type { Micros } from '../../domain/time.ts';
import { MOST_KNOWN, refusedRow, rowKey } from './known-rows.ts';
import type { Copy, KnownRow, Refusal, RemoteBucket } from './ports.ts';
import type { Compared } from './proof/round.ts';

/**
 * How a bucket came out of a pass: `in_step`; `skipped`, on purpose (a copy, or not selected); `held`, because it
 * differs and no pass will fix that by itself; `failed`, to be tried again by the next pass.
 */
export type Outcome = Standing['outcome'];

/** The outcome, with the reason that every one but `in_step` has. Only `skip`, `hold` and `fail` change it. */
type Standing =
  | { readonly outcome: 'in_step'; readonly reason: null }
  | { readonly outcome: 'skipped' | 'held' | 'failed'; readonly reason: string };

export type PushedBucket = Standing & {
  readonly bucket: string;
  /** Why its events had other ids than before and were matched again; null if the ids were the same. */
  renewed: string | null;
  /** How many events it had here before its tail was read, and on the server after the pass; null if not counted. */
  here: number | null;
  there: number | null;
  /** Events sent to the server, whether they changed anything or not. */
  sent: number;
  inserted: number;
  updated: number;
  unchanged: number;
  /**
   * Rows deleted on the server: a proof found that their events are gone here, or that one became part of another that
   * grew.
   */
  deleted: number;
  /** Events that can't be stored on this server, or on any. */
  rejected: Refusal[];
};

export type PulledBucket = Standing & {
  /** The bucket's id on the device it comes from. */
  readonly bucket: string;
  readonly device: string;
  readonly hostname: string;
  /** The local id of the copy; null if there is none. */
  localId: string | null;
  inserted: number;
  replaced: number;
  deleted: number;
  /** Events that the local aw-server could not store. */
  unwritable: number;
  /** Which ones those are. */
  aside: KnownRow[];
};

export type Report = {
  readonly deviceId: string;
  /** The server did not know this device before the pass. */
  readonly newDevice: boolean;
  readonly dryRun: boolean;
  /** The number of the pass; null for a dry run, which takes none. */
  readonly pass: number | null;
  readonly startedUs: Micros;
  endedUs: Micros;
  readonly pushed: PushedBucket[];
  readonly pulled: PulledBucket[];
  /** What has been proven so far; null if the pass compared nothing (a nudged pass, or a dry run). */
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

/** The same for a copy of which only the name is known. */
export const pulledCopy = ({ device, bucket, localId }: Copy, hostname: string): PulledBucket => ({
  ...{ bucket, device, hostname, localId, outcome: 'in_step', reason: null },
  ...{ inserted: 0, replaced: 0, deleted: 0, unwritable: 0, aside: [] },
});

/** Sets the outcome of a report; everywhere else the types forbid it. */
const settle = (report: { outcome: Outcome; reason: string | null }, { outcome, reason }: Standing): void => {
  report.outcome = outcome;
  report.reason = reason;
};

/** It is not synced, on purpose. */
export const skip = (report: PushedBucket | PulledBucket, reason: string): void =>
  settle(report, { outcome: 'skipped', reason });

/** It differs, and no pass fixes that by itself. */
export const hold = (report: PushedBucket | PulledBucket, reason: string): void =>
  settle(report, { outcome: 'held', reason });

/** It could not be read or written: the next pass tries again. */
export const fail = (report: PushedBucket | PulledBucket, reason: string): void =>
  settle(report, { outcome: 'failed', reason });

/** Adds refusals, each event once, up to the number that is kept per bucket: beyond that, single rows don't matter. */
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

/** Is every bucket in step? Refused events are known rows, which are no difference (spec/sync 4.8). */
export const isInStep = ({ pushed, pulled }: Report): boolean =>
  [...pushed, ...pulled].every(({ outcome }) => outcome === 'in_step' || outcome === 'skipped');

/**
 * Progress of long work, for a progress bar. `total` is an estimate, and null if unknown. Reported with `done` 0 when a
 * bucket, or the pull as a whole (`bucket` is ''), begins, so that the bar does not show the previous one.
 */
export type Progress = {
  readonly phase: 'push' | 'pull' | 'prove';
  readonly bucket: string;
  readonly done: number;
  readonly total: number | null;
};
