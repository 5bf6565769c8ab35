import type { QueryBucket } from '../dataset.ts';

/**
 * Finds a bucket by a part of its name: the one with exactly this name, else the oldest whose name starts with it, else
 * the oldest that contains it; with a host, only among that host's. Agrees with the Rust server if that finds one, else
 * with Python (spec/query 3.3).
 */
export const findBucket = (buckets: readonly QueryBucket[], text: string, host?: string): QueryBucket | null => {
  const candidates = host ? buckets.filter((bucket) => bucket.hostname === host) : buckets;
  return (
    candidates.find(({ id }) => id === text) ??
    candidates.find(({ id }) => id.startsWith(text)) ??
    candidates.find(({ id }) => id.includes(text)) ??
    null
  );
};
