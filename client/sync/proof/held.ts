/** Held deletions are reported until a proof finds otherwise (spec/sync 4.6). Pure. */
import type { SyncState } from '../ports.ts';
import type { ProofRow } from './proof-report.ts';
import { hold, type PushedBucket } from '../report.ts';

type Held = SyncState['held'];

/**
 * What is held after proofs of own buckets. A proof without repair ends a hold if it finds both sides equal; one with
 * repair always ends it, unless it holds again. What could not be compared stays as it was.
 */
export const heldAfter = (held: Held, rows: readonly ProofRow[], isRepair: boolean): Held => {
  const next = { ...held };
  for (const { side, bucket, outcome, reason } of rows) {
    if (side !== 'own') continue;
    if (outcome === 'held') next[bucket] = reason;
    else if (outcome === 'equal' || (isRepair && outcome === 'differs')) delete next[bucket];
  }
  return next;
};

/** The same after a push: a bucket that began a new epoch there has nothing left to delete. */
export const heldAfterPush = (held: Held, reports: readonly PushedBucket[]): Held => {
  const renewed = new Set(reports.flatMap(({ bucket, renewed: why }) => (why === null ? [] : [bucket])));
  return Object.fromEntries(Object.entries(held).filter(([bucket]) => !renewed.has(bucket)));
};

/** Reports why deletions are held, for buckets that a pass found in step without proving them. */
export const tellHeld = (held: Held, reports: readonly PushedBucket[]): void => {
  for (const report of reports) {
    const reason = held[report.bucket];
    if (reason !== undefined && report.outcome === 'in_step') hold(report, reason);
  }
};
