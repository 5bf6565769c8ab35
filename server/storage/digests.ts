import type { Tx } from './database.ts';
import * as sql from './sql/digest.ts';

/**
 * One UTC day of a bucket, as days since 1970: how many events start in it and the sum of their content hashes, of all rows and
 * of those that a device owns.
 */
export type DayDigest = { readonly day: number; readonly events: number; readonly hash: string; readonly pushed: number; readonly pushedHash: string };

/** A bucket's digest, oldest day first; days without events are left out. */
export const of = async (tx: Tx, bucket: string): Promise<DayDigest[]> => {
  const rows = await tx.$queryRaw<{ day: number; events: bigint; hash: string; pushed: bigint; pushed_hash: string }[]>(sql.digest(bucket));
  return rows.map(({ day, events, hash, pushed, pushed_hash }) => ({ day, events: Number(events), hash, pushed: Number(pushed), pushedHash: pushed_hash }));
};

/** What a device pushed of one day, as (source id, content hash): the first `limit` above `after`, ascending. */
export const sourcesOnDay = async (tx: Tx, bucket: string, day: number, after: number | null, limit: number): Promise<{ sourceId: number; hash: bigint }[]> => {
  const rows = await tx.$queryRaw<{ source_id: bigint; content_hash: bigint }[]>(sql.sourcesOnDay(bucket, day, after, limit));
  return rows.map((row) => ({ sourceId: Number(row.source_id), hash: row.content_hash }));
};

/** The instants (ms) of a day at which anything starts, or went away: the first `limit` behind `after`, ascending. */
export const instantsOnDay = async (tx: Tx, bucket: string, day: number, after: bigint | null, limit: number): Promise<bigint[]> =>
  (await tx.$queryRaw<{ at_ms: bigint }[]>(sql.instantsOnDay(bucket, day, after, limit))).map((row) => row.at_ms);
