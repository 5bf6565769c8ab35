/** What an import reports: for each bucket of the file how many events were taken, and which were refused. */
import type { ImportBucketRow } from '../storage/imports.ts';
import type { Merged } from './merge-import.ts';

/**
 * The result for a bucket: how many events were imported, present before, and refused, with the first refusals and
 * their places in the file's list. `note`: a remark for the user on where the bucket went.
 */
export type BucketReport = {
  imported: number;
  present: number;
  refused: { index: number; reason: string }[];
  moreRefused: number;
  note: string | null;
};
export type ImportReport = ReadonlyMap<string, BucketReport>;

/** Refused events that are reported one by one (spec/rest DEV-20). */
const TOLD = 20;

/** A bucket of the file, with what has been staged of it so far. */
export type Staged = { id: string; length: number; refused: { index: number; reason: string }[]; moreRefused: number };
export const newStaged = (): Staged => ({ id: '', length: 0, refused: [], moreRefused: 0 });

export const refuse = (bucket: Pick<Staged, 'refused' | 'moreRefused'>, index: number, reason: string): void => {
  if (bucket.refused.length < TOLD) bucket.refused.push({ index, reason });
  else bucket.moreRefused++;
};

/**
 * Adds a merged bucket of the file to the report, under its id. `staged` is what staging it found; null in a process
 * that continues the import of another.
 */
export const addMerged = (
  report: Map<string, BucketReport>,
  bucket: ImportBucketRow,
  { crowded, note }: Merged,
  staged: Staged | null,
): void => {
  const known = staged ?? { ...newStaged(), id: bucket.facts.id };
  for (const { index, reason } of crowded) refuse(known, index, reason);
  const told = report.get(bucket.facts.id) ?? { imported: 0, present: 0, refused: [], moreRefused: 0, note: null };
  told.note ??= note;
  told.imported += bucket.imported;
  told.present += bucket.present;
  told.moreRefused += known.moreRefused;
  for (const { index, reason } of known.refused) refuse(told, index, reason);
  report.set(bucket.facts.id, told);
};
