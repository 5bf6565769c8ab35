import type { Instant } from '../../../domain/sync/changes.ts';

/**
 * What was written into a copy that this pass created. A copy that began empty holds nothing at any other instant, so
 * there it needs no reading back.
 */
export type Filled = {
  /**
   * Parts instants (ascending) into those where the copy holds nothing yet and the others; all of them count as
   * written.
   */
  part(instants: readonly Instant[]): { readonly fresh: readonly Instant[]; readonly others: readonly Instant[] };
};

/**
 * Remembers a stretch of time per page instead of each instant, so that a history of any length needs no memory: a
 * first push went by time, and so do the pages that tell of it. What lies in a stretch may have been written, and is
 * read back: an event that was told before and has changed since, or one that only lies between others.
 */
export const makeFilled = (): Filled => {
  const stretches: { readonly from: bigint; readonly to: bigint }[] = [];
  return {
    part(instants) {
      const [first, last] = [instants[0], instants.at(-1)];
      if (!first || !last) return { fresh: [], others: [] };
      const near = stretches.filter(({ from, to }) => from <= last.atMs && first.atMs <= to);
      const mayBeThere = ({ atMs }: Instant) => near.some(({ from, to }) => from <= atMs && atMs <= to);
      const fresh = near.length === 0 ? instants : instants.filter((instant) => !mayBeThere(instant));
      const others = near.length === 0 ? [] : instants.filter(mayBeThere);
      if (fresh.length > 0) stretches.push({ from: fresh[0]!.atMs, to: fresh.at(-1)!.atMs });
      return { fresh, others };
    },
  };
};
