/** Held deletions are reported until a proof finds otherwise (spec/sync 4.6). Pure. */
import type { SyncState } from '../ports.ts';
import { without } from './doubts.ts';
import type { ProofRow } from './proof-report.ts';
import { hold, type PushedBucket } from '../report.ts';

type Held = SyncState['held'];
/** By local id. */
type Reasons = Readonly<Record<string, string>>;

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

/** What is left after a push, by bucket: one that began a new epoch has nothing left to delete. */
export const withoutRenewed = (reasons: Reasons, reports: readonly PushedBucket[]): Reasons => {
  return without(
    reasons,
    reports.flatMap(({ bucket, renewed: why }) => (why === null ? [] : [bucket])),
  );
};

/** Reports why deletions are held, for buckets that a pass found in step without proving them. */
export const tellHeld = (held: Held, reports: readonly PushedBucket[]): void => {
  for (const report of reports) {
    const reason = held[report.bucket];
    if (reason !== undefined && report.outcome === 'in_step') hold(report, reason);
  }
};
