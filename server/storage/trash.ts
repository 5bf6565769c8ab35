/**
 * The trash: events that syncs deleted, by the statements in sql/. Rows get into it in sql/delete-sourced-events.ts.
 */
import type { StoredEvent } from '../../domain/event.ts';
import type { Micros } from '../../domain/time.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { BucketKey } from './bucket-key.ts';
import type { Tx } from './database.ts';
import { fromJsonb } from './jsonb.ts';
import type { Position } from './events.ts';
import { bigints, ints } from './sql/columns.ts';
import { ofBucket } from './sql/event-rows.ts';
import { trashPage, trashSlice, trashSliceEnd, type Chosen, type TrashedRow } from './sql/trashed-events.ts';

export type { Chosen };

/** An event of the trash, under the id it had; `trashedUs` is when it was deleted. */
export type TrashedEvent = StoredEvent & { readonly trashedUs: Micros };

const eventOf = (row: TrashedRow): TrashedEvent => ({
  id: Number(row.id),
  startUs: row.start_us,
  durationNs: row.duration_ns,
  data: fromJsonb(row.data),
  trashedUs: row.trashed_us,
});

/** The size of a page of the trash, in bytes of data; its last event may exceed it. */
const PAGE_BYTES = 1_500_000;

/** A page of a bucket's trash; `more`: there may be others after it. */
export const list = async (
  tx: Tx,
  bucket: BucketKey,
  limit: number,
  after: Position | null,
): Promise<{ events: TrashedEvent[]; bytes: number; more: boolean }> => {
  const rows = await tx.$queryRaw<TrashedRow[]>(trashPage(bucket, limit, PAGE_BYTES, after));
  const bytes = rows.reduce((sum, { data }) => sum + data.length, 0);
  return { events: rows.map(eventOf), bytes, more: rows.length === limit || bytes >= PAGE_BYTES };
};

/** How many events each bucket has in the trash, by the bucket's number; buckets without any are missing. */
export const countsOf = async (tx: Tx, account: number, numbers: readonly number[]): Promise<Map<number, number>> => {
  const rows = await tx.$queryRaw<{ bucket: number; events: bigint }[]>`
    select bucket, count(*) as events from trashed_events
      where account = ${account}::int and bucket = any(${ints(numbers)}) group by bucket`;
  return new Map(rows.map(({ bucket, events }) => [bucket, Number(events)]));
};

/**
 * How many events were put into each bucket's trash at `since` or later, and are still there, by the bucket's number;
 * counted up to `enough` for each.
 */
export const countsSince = async (
  tx: Tx,
  account: number,
  numbers: readonly number[],
  since: Date,
  enough: number,
): Promise<Map<number, number>> => {
  const rows = await tx.$queryRaw<{ bucket: number; events: bigint }[]>`
    select number as bucket, events from unnest(${ints(numbers)}) as number
    cross join lateral (
      select count(*) as events
      from (select from trashed_events where account = ${account}::int and bucket = number
        and trashed_at >= ${since}::timestamptz limit ${enough}::int) found
    ) counted`;
  return new Map(rows.map(({ bucket, events }) => [bucket, Number(events)]));
};

/**
 * The next slice of a bucket's trash: about `limit` events and `maxBytes` of data at most, whole instants; null when
 * nothing is left.
 */
export const slice = async (
  tx: Tx,
  bucket: BucketKey,
  chosen: Chosen,
  limit: number,
  maxBytes: number,
): Promise<{ events: TrashedEvent[]; lastMs: bigint } | null> => {
  const [end] = await tx.$queryRaw<{ last_ms: bigint | null }[]>(trashSliceEnd(bucket, chosen, limit, maxBytes));
  const lastMs = end?.last_ms ?? null;
  return lastMs === null
    ? null
    : { events: (await tx.$queryRaw<TrashedRow[]>(trashSlice(bucket, chosen, lastMs))).map(eventOf), lastMs };
};

/** Removes these from a bucket's trash. */
export const takeOut = async (tx: Tx, bucket: BucketKey, ids: readonly number[]): Promise<void> => {
  if (ids.length > 0)
    await tx.$executeRaw`delete from trashed_events where ${ofBucket(bucket)} and id = any(${bigints(ids)})`;
};

/**
 * Purges up to `limit` events of a bucket's trash, only those put into it before `before` if that is given; returns how
 * many there were.
 */
export const purge = (tx: Tx, bucket: BucketKey, before: Date | null, limit: number): Promise<number> =>
  tx.$executeRaw`delete from trashed_events where ${ofBucket(bucket)}
    and id = any(array(select id from trashed_events where ${ofBucket(bucket)}
      ${before === null ? Prisma.empty : Prisma.sql`and trashed_at < ${before}::timestamptz`} limit ${limit}::int))`;

/**
 * Among the `limit` buckets after `after` (of any account, by account and number): the last one, and those with
 * something in the trash from before `before`. Null after the last.
 */
export const outdated = async (
  tx: Tx,
  before: Date,
  after: BucketKey | null,
  limit: number,
): Promise<{ last: BucketKey; buckets: BucketKey[] } | null> => {
  const rows = await tx.$queryRaw<(BucketKey & { found: boolean })[]>`
    select account, number, exists (
      select from trashed_events where account = bucket.account and bucket = bucket.number
        and trashed_at < ${before}::timestamptz
    ) as found
    from (select account, number from buckets
      where (account, number) > (${after?.account ?? 0}::int, ${after?.number ?? 0}::int)
      order by account, number limit ${limit}::int) bucket
    order by account, number`;
  const keys = rows.map(({ account, number, found }) => ({ key: { account, number }, found }));
  const last = keys.at(-1);
  return last ? { last: last.key, buckets: keys.filter(({ found }) => found).map(({ key }) => key) } : null;
};

/** How much each bucket of an account has in the trash, most recent deletion first. */
export const summary = async (
  tx: Tx,
  account: number,
): Promise<{ number: number; publicId: string; events: number; oldest: Date; newest: Date }[]> => {
  const rows = await tx.$queryRaw<{ number: number; publicId: string; events: bigint; oldest: Date; newest: Date }[]>`
    select bucket.number, bucket.public_id as "publicId", trash.events, trash.oldest, trash.newest
    from buckets bucket
    cross join lateral (select count(*) as events, min(trashed_at) as oldest, max(trashed_at) as newest
      from trashed_events where account = bucket.account and trashed_events.bucket = bucket.number) trash
    where bucket.account = ${account}::int and trash.events > 0 order by trash.newest desc, bucket.number`;
  return rows.map(({ events, ...row }) => ({ ...row, events: Number(events) }));
};
