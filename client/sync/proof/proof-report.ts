/** What a proof found, and what a repair did about it (spec/sync 4.2, 4.3). */
import type { Micros } from '../../../domain/time.ts';
import type { KnownRow, Refusal, RemoteBucket } from '../ports.ts';

/**
 * `equal`: both sides hold the same, apart from what is moving; `differs`; `held`: it differs, and nothing was deleted
 * because that might do harm; `unproven`: it is not whole yet; `failed`: it could not be compared; `apart`: there is
 * nothing to compare it with.
 */
export type ProofOutcome = Finding['outcome'];

/** The outcome, with the reason unless the days that differ say it all. Only the functions below change it. */
export type Finding =
  | { readonly outcome: 'equal' | 'differs'; readonly reason: null }
  | { readonly outcome: 'held' | 'unproven' | 'failed' | 'apart'; readonly reason: string };

export type ProofRow = Finding & {
  /** A bucket of this device, or a copy of another's. */
  readonly side: 'own' | 'copy';
  /** The bucket's id on its device, and which device that is. */
  readonly bucket: string;
  readonly device: string;
  readonly hostname: string;
  localId: string | null;
  here: number;
  /** For an own bucket the rows with a source id, for a copy all rows. */
  there: number;
  /** What only one side has, and keeps: rows without a source id on the server, or events of a copy here. */
  kept: number;
  /** The days that differed, in days since 1970-01-01. */
  days: number[];
  toSend: number;
  toDelete: number;
  moving: number;
  /** What a repair wrote: on the server for an own bucket, here for a copy. */
  inserted: number;
  updated: number;
  deleted: number;
  /** Events of a copy that the local aw-server could not store. */
  unwritable: number;
  /** Events that can't be stored on this server, or on any. */
  rejected: Refusal[];
  /** All known rows of the local bucket, if it was compared to the end; else null. */
  known: readonly KnownRow[] | null;
};

export type ProofReport = {
  readonly deviceId: string;
  readonly pass: number;
  readonly repair: boolean;
  readonly startedUs: Micros;
  readonly endedUs: Micros;
  readonly rows: readonly ProofRow[];
};

export const proofRow = ({
  side,
  bucket,
  device,
  hostname,
  localId,
}: Pick<ProofRow, 'side' | 'bucket' | 'device' | 'hostname' | 'localId'>): ProofRow => ({
  side,
  bucket,
  device,
  hostname,
  localId,
  outcome: 'equal',
  reason: null,
  here: 0,
  there: 0,
  kept: 0,
  days: [],
  toSend: 0,
  toDelete: 0,
  moving: 0,
  inserted: 0,
  updated: 0,
  deleted: 0,
  unwritable: 0,
  rejected: [],
  known: null,
});

/** Sets the outcome; everywhere else the types forbid it. */
const settle = (row: { outcome: ProofOutcome; reason: string | null }, { outcome, reason }: Finding): void => {
  row.outcome = outcome;
  row.reason = reason;
};

/** Both sides hold the same (possibly after a repair). */
export const markEqual = (row: ProofRow): void => settle(row, { outcome: 'equal', reason: null });

/** Some of its days differ. */
export const markDiffering = (row: ProofRow): void => settle(row, { outcome: 'differs', reason: null });

/** It differs, and nothing is deleted. */
export const markHeld = (row: ProofRow, reason: string): void => settle(row, { outcome: 'held', reason });

/** It is not whole yet. */
export const markUnproven = (row: ProofRow, reason: string): void => settle(row, { outcome: 'unproven', reason });

/** It could not be compared. */
export const markFailed = (row: ProofRow, reason: string): void => settle(row, { outcome: 'failed', reason });

/** There is nothing to compare it with. */
export const markApart = (row: ProofRow, reason: string): void => settle(row, { outcome: 'apart', reason });

/** A row for the copy of another device's bucket. */
export const copyRow = (
  { bucketId, deviceId, deviceHostname }: RemoteBucket,
  localId: string | null = null,
): ProofRow => proofRow({ side: 'copy', bucket: bucketId, device: deviceId, hostname: deviceHostname, localId });

/** Are own buckets equal, and do copies lack nothing? Buckets with nothing to compare with don't count. */
export const isProven = ({ rows }: ProofReport): boolean =>
  rows.every(({ outcome }) => outcome === 'equal' || outcome === 'apart');
