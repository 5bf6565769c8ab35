/**
 * What copies hold, by number (sync.md 8.3): a copy should hold what was counted here after its last apply or proof. With fewer it lost
 * what an aw-server had acknowledged (the Rust one keeps up to 15 s of it in memory), and the pull cursor has passed it by.
 */
import { isKtError } from '../../domain/errors.ts';
import type { Book } from './book.ts';
import type { Copy, CopyCount, Local, SyncState } from './ports.ts';
import { isDue } from './suspicion.ts';

/** What is noted of a copy. */
export const countOf = ({ counts }: Pick<SyncState, 'counts'>, localId: string): CopyCount | undefined =>
  Object.hasOwn(counts, localId) ? counts[localId] : undefined;

/** Notes what a copy holds; nobody doubts it until it is another number. */
export const noteCount = (book: Book, localId: string, events: number): Promise<void> =>
  book.note({ counts: { ...book.state.counts, [localId]: { events, torn: false } } });

export type Applying = {
  /** To be called before a copy is written, however often. A kill from here on leaves it torn. */
  begin(localId: string): Promise<void>;
  /** When all is written: what was there beyond, or lacked, before it was written stays so in the number. */
  end(): Promise<void>;
};

/** Counts copies around what is applied to them. */
export const makeApplying = (local: Local, book: Book): Applying => {
  const begun = new Map<string, { readonly before: number; readonly noted: CopyCount | undefined }>();
  return {
    async begin(localId) {
      if (begun.has(localId)) return;
      const before = await local.count(localId);
      const noted = countOf(book.state, localId);
      begun.set(localId, { before, noted });
      await book.note({ counts: { ...book.state.counts, [localId]: { events: noted?.events ?? before, torn: true } } });
    },
    async end() {
      const counts: Record<string, CopyCount> = {};
      for (const [localId, { before, noted }] of begun) {
        const grown = (await local.count(localId)) - before;
        counts[localId] = { events: Math.max(0, (noted?.events ?? before) + grown), torn: noted?.torn ?? false };
      }
      begun.clear();
      if (Object.keys(counts).length > 0) await book.note({ counts: { ...book.state.counts, ...counts } });
    },
  };
};

/** A copy that is to be proven whole, and how many events it has here. `why` null: it may be as it should, an apply came to no end. */
export type Doubtful = {
  readonly copy: Copy;
  readonly here: number;
  readonly why: string | null;
  readonly due: boolean;
};

/** A copy that could not be counted, and why. */
export type Uncounted = { readonly copy: Copy; readonly reason: string };

/**
 * Counts these copies. One that was never counted is from now on; of one whose number is another, or torn, it tells whether it may be
 * proven now: hourly at most.
 */
export const countCopies = async (
  local: Local,
  book: Book,
  copies: readonly Copy[],
  nowMs: number,
): Promise<{ doubtful: Doubtful[]; uncounted: Uncounted[] }> => {
  const doubtful: Doubtful[] = [];
  const uncounted: Uncounted[] = [];
  const fresh: Record<string, CopyCount> = {};
  for (const copy of copies) {
    try {
      const here = await local.count(copy.localId);
      const noted = countOf(book.state, copy.localId);
      if (!noted) fresh[copy.localId] = { events: here, torn: false };
      else if (noted.torn || noted.events !== here) {
        const why = noted.torn ? null : `it holds ${here} events, and ${noted.events} after the last pull`;
        doubtful.push({ copy, here, why, due: isDue(book.state.proofs[copy.localId], nowMs) });
      }
    } catch (error) {
      if (!isKtError(error)) throw error;
      uncounted.push({ copy, reason: error.message });
    }
  }
  const kept = Object.entries(book.state.counts).filter(([id]) =>
    book.state.copies.some(({ localId }) => localId === id),
  );
  const isSame = Object.keys(fresh).length === 0 && kept.length === Object.keys(book.state.counts).length;
  if (!isSame) await book.note({ counts: { ...Object.fromEntries(kept), ...fresh } });
  return { doubtful, uncounted };
};
