/** Imported buckets, and how a device says that it takes one over (spec/sync 7.2). */
import type { HistoryProbe, Mark } from './history.ts';

/** A bucket that only imports made and filled: its public id, and its id in the imported file. */
export type ImportedBucket = {
  readonly id: string;
  readonly bucketId: string;
  readonly type: string;
  readonly probe: HistoryProbe;
};

/**
 * The imported bucket that a first push takes over, by its public id, and the evidence: a probe of the device's own
 * bucket, and which of the imported bucket's marks that has.
 */
export type TakeOver = { readonly id: string; readonly probe: HistoryProbe; readonly held: readonly Mark[] };
