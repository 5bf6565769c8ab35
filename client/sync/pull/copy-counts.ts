/**
 * What copies hold, by number (spec/sync 4.5): a copy should hold what was counted here after its last apply or proof.
 * With fewer it lost what an aw-server had acknowledged (the Rust one keeps up to 15 s of it in memory), and the pull
 * cursor has passed it by.
 */
import type { SavedState } from '../saved-state.ts';
import type { CopyCount, Local, SyncState } from '../ports.ts';

/** What is noted of a copy. */
export const countOf = ({ counts }: Pick<SyncState, 'counts'>, localId: string): CopyCount | undefined =>
  Object.hasOwn(counts, localId) ? counts[localId] : undefined;

/** Notes what a copy holds; nobody doubts it until it is another number. */
export const noteCount = (saved: SavedState, localId: string, events: number): Promise<void> =>
  saved.note({ counts: { ...saved.state.counts, [localId]: { events, torn: false } } });

export type Applying = {
  /** To be called before a copy is written, however often. A kill from here on leaves it torn. */
  begin(localId: string): Promise<void>;
  /** When all is written: what was there beyond, or lacked, before it was written stays so in the number. */
  end(): Promise<void>;
};

/** Counts copies around what is applied to them. */
export const makeApplying = (local: Local, saved: SavedState): Applying => {
  const begun = new Map<string, { readonly before: number; readonly noted: CopyCount | undefined }>();
  return {
    async begin(localId) {
      if (begun.has(localId)) return;
      const before = await local.count(localId);
      const noted = countOf(saved.state, localId);
      begun.set(localId, { before, noted });
      await saved.note({
        counts: { ...saved.state.counts, [localId]: { events: noted?.events ?? before, torn: true } },
      });
    },
    async end() {
      const counts: Record<string, CopyCount> = {};
      for (const [localId, { before, noted }] of begun) {
        const grown = (await local.count(localId)) - before;
        counts[localId] = { events: Math.max(0, (noted?.events ?? before) + grown), torn: noted?.torn ?? false };
      }
      begun.clear();
      if (Object.keys(counts).length > 0) await saved.note({ counts: { ...saved.state.counts, ...counts } });
    },
  };
};
