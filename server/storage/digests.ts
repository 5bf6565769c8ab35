import type { DayDigest } from '../../domain/sync/day-digest.ts';
import type { Moving } from '../../domain/sync/parts.ts';
import type { BucketKey } from './bucket-key.ts';
import { existing } from './buckets.ts';
import type { Tx } from './database.ts';
import * as sql from './sql/digest.ts';

type DigestRow = { bucket: number; day: number; events: bigint; hash: string; pushed: bigint; pushed_hash: string };

/**
 * Digests by the bucket's number, oldest day first; days without events are left out, and so are buckets
 * that are not there. Null if there are more than `limit`
 * days in total.
 */
export const of = async (
  tx: Tx,
  account: number,
  numbers: readonly number[],
  limit: number,
): Promise<Map<number, DayDigest[]> | null> => {
  const rows = await tx.$queryRaw<DigestRow[]>(sql.digests(account, numbers, limit + 1));
  if (rows.length > limit) return null;
  const found = new Map((await existing(tx, account, numbers)).map((number) => [number, [] as DayDigest[]]));
  for (const { bucket, day, events, hash, pushed, pushed_hash } of rows) {
    found.get(bucket)?.push({
      day,
      events: Number(events),
      hash: BigInt(hash),
      pushed: Number(pushed),
      pushedHash: BigInt(pushed_hash),
    });
  }
  return found;
};

/** What a device pushed of one day, as (source id, content hash): the first `limit` above `after`, ascending. */
export const sourcesOnDay = async (
  tx: Tx,
  bucket: BucketKey,
  day: number,
  after: number | null,
  limit: number,
): Promise<{ sourceId: number; hash: bigint }[]> => {
  const rows = await tx.$queryRaw<{ source_id: bigint; content_hash: bigint }[]>(
    sql.sourcesOnDay(bucket, day, after, limit),
  );
  return rows.map((row) => ({ sourceId: Number(row.source_id), hash: row.content_hash }));
};

/** The instants (ms) of a day at which something starts or was deleted: the first `limit` after `after`, ascending. */
export const instantsOnDay = async (
  tx: Tx,
  bucket: BucketKey,
  day: number,
  after: bigint | null,
  limit: number,
): Promise<bigint[]> =>
  (await tx.$queryRaw<{ at_ms: bigint }[]>(sql.instantsOnDay(bucket, day, after, limit))).map((row) => row.at_ms);

/**
 * One day of a part: how many rows were read, and of those that are compared the number and the sum of content hashes.
 */
export type DaySum = { readonly day: number; readonly rows: number; readonly events: number; readonly hash: string };
type DaySumRow = { day: number; rows: bigint; events: bigint; hash: string };

const sumOf = ({ day, rows, events, hash }: DaySumRow): DaySum => ({
  day,
  rows: Number(rows),
  events: Number(events),
  hash,
});

/** The days before one, newest first, on which the newest `rows` events there start; the last may be incomplete. */
export const daysBelow = async (
  tx: Tx,
  bucket: BucketKey,
  before: number | null,
  rows: number,
  owned: boolean,
  moving: Moving,
): Promise<DaySum[]> =>
  (await tx.$queryRaw<DaySumRow[]>(sql.daysBelow(bucket, before, rows, owned, moving))).map(sumOf);

/**
 * The days of some buckets from `since` on, newest first, by number; the newest `rows` events of each bucket are read.
 */
export const daysSince = async (
  tx: Tx,
  account: number,
  buckets: readonly { number: number; owned: boolean }[],
  since: number,
  rows: number,
  moving: Moving,
): Promise<Map<number, DaySum[]>> => {
  const found = new Map(buckets.map(({ number }) => [number, [] as DaySum[]]));
  const sums = sql.daysSince(account, buckets, since, rows, moving);
  for (const row of await tx.$queryRaw<(DaySumRow & { bucket: number })[]>(sums))
    found.get(row.bucket)?.push(sumOf(row));
  return found;
};

/** These days, newest first, also those without events; at most `rows` events of each are read. */
export const onDays = async (
  tx: Tx,
  bucket: BucketKey,
  days: readonly number[],
  rows: number,
  owned: boolean,
  moving: Moving,
): Promise<DaySum[]> => (await tx.$queryRaw<DaySumRow[]>(sql.onDays(bucket, days, rows, owned, moving))).map(sumOf);

/** The day of each bucket's oldest event, by number. */
export const firstDays = async (tx: Tx, account: number, numbers: readonly number[]): Promise<Map<number, number>> => {
  const rows = await tx.$queryRaw<{ bucket: number; day: number }[]>(sql.firstDays(account, numbers));
  return new Map(rows.map(({ bucket, day }) => [bucket, day]));
};
