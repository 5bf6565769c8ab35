/**
 * Detects losses in copies by counting (spec/sync 4.5): a copy should hold what was counted after its last apply or
 * proof. If it holds less, aw-server lost what it had acknowledged (the Rust one keeps up to 15 s in memory), and the
 * pull cursor has already passed it.
 */
import type { SavedState } from '../saved-state.ts';
import type { CopyCount, Local, SyncState } from '../ports.ts';

/** The recorded count of a copy. */
export const countOf = ({ counts }: Pick<SyncState, 'counts'>, localId: string): CopyCount | undefined =>
  Object.hasOwn(counts, localId) ? counts[localId] : undefined;

/** Records what a copy holds; it is in doubt once its count changes. */
export const noteCount = (saved: SavedState, localId: string, events: number): Promise<void> =>
  saved.note({ counts: { ...saved.state.counts, [localId]: { events, torn: false } } });

export type Applying = {
  /** Call before a copy is written, as often as you like. A kill after this leaves the copy torn. */
  begin(localId: string): Promise<void>;
  /**
   * Call when everything is written. Adds only the growth since `begin`, so a surplus or loss from before stays
   * visible.
   */
  end(): Promise<void>;
};

/** Counts copies before and after changes are applied to them. */
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
