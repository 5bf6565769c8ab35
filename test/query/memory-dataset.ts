import { clip, endNs, inListingOrder, type StoredEvent } from '../../domain/event.ts';
import type { Dataset, Period, QueryBucket } from '../../domain/query/dataset.ts';
import { spanOf } from '../../domain/query/transform/span.ts';

export type MemoryBucket = Partial<Omit<QueryBucket, 'id' | 'ordinal'>> & {
  readonly id: string;
  readonly events: readonly StoredEvent[];
};

/**
 * A dataset in memory that reads as spec/query 3.1 says, of buckets in order of creation; `reads` records what was
 * read.
 */
export const makeMemoryDataset = (buckets: readonly MemoryBucket[]): Dataset & { readonly reads: string[] } => {
  const reads: string[] = [];
  const touching = (bucketId: string, { startUs, endUs }: Period) =>
    buckets
      .find(({ id }) => id === bucketId)!
      .events.filter((event) => endNs(event) >= startUs * 1000n && event.startUs <= endUs);
  return {
    reads,
    buckets: async () =>
      // Not in order of creation, which is what `ordinal` is for.
      buckets
        .map(({ id, type = '', client = '', hostname = '' }, ordinal) => ({ id, type, client, hostname, ordinal }))
        .reverse(),
    events: async (bucketId, period, most) => {
      reads.push(bucketId);
      return touching(bucketId, period)
        .sort(inListingOrder)
        .slice(0, most)
        .map((event) => spanOf(clip(event, period.startUs, period.endUs)));
    },
    count: async (bucketId, period) => touching(bucketId, period).length,
  };
};
