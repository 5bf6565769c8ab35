/**
 * Is the local database still the one that was pushed from? Ids start over when it is rebuilt, restored or swapped, so
 * the newest pushed events serve as witnesses: (id, instant) pairs that must still exist (spec/sync 1.5). Pure.
 */
import { instantOf, type StoredEvent } from '../../../domain/event.ts';
import type { Bucket } from '../../../domain/bucket.ts';
import { floorDiv } from '../../../domain/time.ts';
import { WITNESSES, type PushState, type Witness } from '../../../domain/sync/push.ts';

/** If fewer of them are still there, the ids have changed. */
export const STANDING = 10;

/** Which of the witnesses are among these rows, with the same id and instant. */
export const standing = (witnesses: readonly Witness[], rows: readonly StoredEvent[]): Witness[] => {
  const at = new Map(rows.map((row) => [row.id, instantOf(row)]));
  return witnesses.filter(({ sourceId, atMs }) => at.get(sourceId) === atMs);
};

/** Does this number of remaining witnesses mean that the ids have changed? */
export const areOthers = (witnesses: number, stand: number): boolean => witnesses >= WITNESSES && stand < STANDING;

/** The device's own witnesses: the highest ids among those of its buckets, each with its bucket. */
export const deviceWitnesses = (states: readonly PushState[]): { bucketId: string; witness: Witness }[] =>
  states
    .flatMap(({ bucketId, witnesses }) => witnesses.map((witness) => ({ bucketId, witness })))
    .sort((a, b) => b.witness.sourceId - a.witness.sourceId)
    .slice(0, WITNESSES);

/** Was the bucket recreated since it was pushed? Compared in whole ms, which is all the Python aw-server keeps. */
export const wasCreatedAgain = (bucket: Bucket, state: PushState): boolean =>
  bucket.createdUs !== null &&
  state.createdUs !== null &&
  floorDiv(bucket.createdUs, 1000n) !== floorDiv(state.createdUs, 1000n);
