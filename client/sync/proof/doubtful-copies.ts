/** Finds copies that hold a wrong number of events, were found to differ, or were left torn (spec/sync 4.5). */
import { isKtError } from '../../../domain/errors.ts';
import type { Copy, CopyCount, Local } from '../ports.ts';
import { doubtOf } from './doubts.ts';
import { countOf } from '../pull/copy-counts.ts';
import type { SavedState } from '../saved-state.ts';
import { isDue } from './suspicion.ts';

/**
 * A copy to be proven whole, and how many events it has here. `why` is null if only its last apply was interrupted:
 * then it may well be right.
 */
export type Doubtful = {
  readonly copy: Copy;
  readonly here: number;
  readonly why: string | null;
  readonly due: boolean;
};

/** A copy that could not be counted, and why. */
export type Uncounted = { readonly copy: Copy; readonly reason: string };

/**
 * Counts these copies. A copy is noted the first time it is counted; one whose count has changed, that is torn, or that
 * an earlier pass found to differ, is returned together with whether it may be proven now (at most once an hour).
 */
export const countCopies = async (
  local: Local,
  saved: SavedState,
  copies: readonly Copy[],
  nowMs: number,
): Promise<{ doubtful: Doubtful[]; uncounted: Uncounted[] }> => {
  const doubtful: Doubtful[] = [];
  const uncounted: Uncounted[] = [];
  const fresh: Record<string, CopyCount> = {};
  for (const copy of copies) {
    try {
      const here = await local.count(copy.localId);
      const noted = countOf(saved.state, copy.localId);
      if (!noted) fresh[copy.localId] = { events: here, torn: false };
      const why =
        noted && !noted.torn && noted.events !== here
          ? `it holds ${here} events, and ${noted.events} after the last pull`
          : doubtOf(saved.state, copy.localId);
      if (why !== null || noted?.torn)
        doubtful.push({ copy, here, why, due: isDue(saved.state.proofs[copy.localId], nowMs) });
    } catch (error) {
      if (!isKtError(error)) throw error;
      uncounted.push({ copy, reason: error.message });
    }
  }
  const kept = Object.entries(saved.state.counts).filter(([id]) =>
    saved.state.copies.some(({ localId }) => localId === id),
  );
  const isSame = Object.keys(fresh).length === 0 && kept.length === Object.keys(saved.state.counts).length;
  if (!isSame) await saved.note({ counts: { ...Object.fromEntries(kept), ...fresh } });
  return { doubtful, uncounted };
};
