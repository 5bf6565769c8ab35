/** Which copies hold another number of events than they should, or may have been left torn (spec/sync 4.4). */
import { isKtError } from '../../../domain/errors.ts';
import type { Copy, CopyCount, Local } from '../ports.ts';
import { countOf } from '../pull/copy-counts.ts';
import type { SavedState } from '../saved-state.ts';
import { isDue } from './suspicion.ts';

/**
 * A copy that is to be proven whole, and how many events it has here. `why` null: it may be as it should,
 * an apply came to no end.
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
 * Counts these copies. One that was never counted is from now on; of one whose number is another, or torn, it tells
 * whether it may be proven now: hourly at most.
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
      else if (noted.torn || noted.events !== here) {
        const why = noted.torn ? null : `it holds ${here} events, and ${noted.events} after the last pull`;
        doubtful.push({ copy, here, why, due: isDue(saved.state.proofs[copy.localId], nowMs) });
      }
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
