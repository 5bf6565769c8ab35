/**
 * What only a proof of the whole bucket may end is told by every pass until there was one, whatever passes compare
 * meanwhile (spec/sync 4.5). Pure.
 */
import type { SyncState } from '../ports.ts';
import type { ProofRow } from './proof-report.ts';

type Doubts = SyncState['doubts'];

/** With these, by local id; the same object if nothing is new. */
export const withDoubts = (doubts: Doubts, found: ReadonlyMap<string, string>): Doubts =>
  [...found].every(([id, why]) => doubtOf({ doubts }, id) === why)
    ? doubts
    : { ...doubts, ...Object.fromEntries(found) };

/** Why a bucket is to be proven whole; null if nothing was found. */
export const doubtOf = ({ doubts }: Pick<SyncState, 'doubts'>, localId: string): string | null =>
  Object.hasOwn(doubts, localId) ? doubts[localId]! : null;

/** A record without these keys; the same object if it has none of them. */
export const without = <T>(
  record: Readonly<Record<string, T>>,
  keys: Iterable<string>,
): Readonly<Record<string, T>> => {
  const gone = new Set(keys);
  const left = Object.entries(record).filter(([key]) => !gone.has(key));
  return left.length === Object.keys(record).length ? record : Object.fromEntries(left);
};

/** What is left after proofs: one that repairs ends a doubt; one that does not, only if there was nothing to repair. */
export const doubtsAfter = (doubts: Doubts, rows: readonly ProofRow[], isRepair: boolean): Doubts =>
  without(
    doubts,
    rows.flatMap(({ localId, outcome, toDelete }) =>
      localId !== null &&
      (isRepair ? outcome !== 'failed' && outcome !== 'unproven' : outcome === 'equal' && toDelete === 0)
        ? [localId]
        : [],
    ),
  );
