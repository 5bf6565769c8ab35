import type { Tx } from './database.ts';
import * as sql from './sql/digest.ts';

/**
 * One UTC day of a bucket, as days since 1970: how many events start in it and the sum of their content hashes, of all rows and
 * of those that a device owns.
 */
export type DayDigest = { readonly day: number; readonly events: number; readonly hash: string; readonly pushed: number; readonly pushedHash: string };

type DigestRow = { bucket: string; day: number; events: bigint; hash: string; pushed: bigint; pushed_hash: string };

/** Digests by the bucket's UUID, oldest day first; days without events are left out. Null for more than `limit` days in all. */
export const of = async (tx: Tx, buckets: readonly string[], limit: number): Promise<Map<string, DayDigest[]> | null> => {
  const rows = await tx.$queryRaw<DigestRow[]>(sql.digests(buckets, limit + 1));
  if (rows.length > limit) return null;
  const found = new Map(buckets.map((bucket) => [bucket, [] as DayDigest[]]));
  for (const { bucket, day, events, hash, pushed, pushed_hash } of rows) {
    found.get(bucket)!.push({ day, events: Number(events), hash, pushed: Number(pushed), pushedHash: pushed_hash });
  }
  return found;
};

/** What a device pushed of one day, as (source id, content hash): the first `limit` above `after`, ascending. */
export const sourcesOnDay = async (tx: Tx, bucket: string, day: number, after: number | null, limit: number): Promise<{ sourceId: number; hash: bigint }[]> => {
  const rows = await tx.$queryRaw<{ source_id: bigint; content_hash: bigint }[]>(sql.sourcesOnDay(bucket, day, after, limit));
  return rows.map((row) => ({ sourceId: Number(row.source_id), hash: row.content_hash }));
};

/** The instants (ms) of a day at which anything starts, or went away: the first `limit` behind `after`, ascending. */
export const instantsOnDay = async (tx: Tx, bucket: string, day: number, after: bigint | null, limit: number): Promise<bigint[]> =>
  (await tx.$queryRaw<{ at_ms: bigint }[]>(sql.instantsOnDay(bucket, day, after, limit))).map((row) => row.at_ms);
