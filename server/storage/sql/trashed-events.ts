/** The trash of a bucket: events that syncs deleted, under the ids they had (spec/sync 4.7). */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { bigints } from './columns.ts';
import { ofBucket } from './event-rows.ts';
import type { Position } from './events-in-period.ts';
import { instant, micros, timestamptz } from './time.ts';

/** A row of the trash. `data` is jsonb's text: see jsonb.ts. */
export type TrashedRow = { id: bigint; start_us: bigint; duration_ns: bigint; data: string; trashed_us: bigint };

const columns = Prisma.sql`id, ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns, held.data::text as data,
  ${micros(Prisma.sql`trashed_at`)} as trashed_us`;

/** A row's value, out of an `account` and `value` of `row`. "offset 0": see event-columns.ts. */
const valueOf = (row: Prisma.Sql, what: Prisma.Sql): Prisma.Sql => Prisma.sql`cross join lateral (
  select ${what} from event_values where account = ${row}.account and value = ${row}.value offset 0
) held`;
const TRASH = Prisma.sql`trash`;
const DATA = Prisma.sql`data`;
const SIZE = Prisma.sql`data_bytes`;

/**
 * The columns of an event that go into the trash: what a statement that deletes returns, as `gone`, for `trashGone`.
 */
export const TRASHED = Prisma.sql`account, bucket, id, timestamp, duration_ns, value`;

/** Moves what the same statement deleted, `gone`, to the trash as of `at`. */
export const trashGone = (at: Date): Prisma.Sql => Prisma.sql`
  insert into trashed_events (${TRASHED}, trashed_at) select ${TRASHED}, ${at}::timestamptz from gone`;

const startOf = ({ startUs }: Position): Prisma.Sql => timestamptz(Prisma.sql`${startUs}::bigint`);

/** The condition of coming after a row in listing order. */
const behind = (after: Position | null): Prisma.Sql =>
  after === null
    ? Prisma.empty
    : Prisma.sql`and timestamp <= ${startOf(after)} and (timestamp < ${startOf(after)}
        or (duration_ns, id) > (${after.durationNs}::bigint, ${after.id}::bigint))`;

/**
 * A page of a bucket's trash after `after`, in listing order: at most `limit`, and none after the one that brings their
 * data to `maxBytes`. Leans on trashed_events_account_bucket_timestamp_idx: the newest are found by their start alone,
 * with all that start when the last of them does, because ordered by all columns at once a trash without statistics
 * would be sorted as a whole.
 */
export const trashPage = (
  bucket: BucketKey,
  limit: number,
  maxBytes: number,
  after: Position | null,
): Prisma.Sql => Prisma.sql`
  select ${columns} from (
    select *, sum(data_bytes) over (order by timestamp desc, duration_ns,
      id rows unbounded preceding) - data_bytes as before
    from (
      select trash.*, held.data_bytes from (
        select * from (
          select account, id, timestamp, duration_ns, value, trashed_at from trashed_events
          where ${ofBucket(bucket)} ${behind(after)}
          order by timestamp desc fetch first (${limit}::bigint) rows with ties
        ) newest
        order by timestamp desc, duration_ns, id limit ${limit}::bigint
      ) trash ${valueOf(TRASH, SIZE)}
    ) candidates
  ) trash ${valueOf(TRASH, DATA)}
  where before < ${maxBytes}::bigint
  order by timestamp desc, duration_ns, id`;

/**
 * Selects rows of a bucket's trash: those that start at `fromMs` or later, and have one of these ids if any are given.
 */
export type Chosen = { readonly fromMs: bigint | null; readonly ids: readonly number[] | null };

const among = (bucket: BucketKey, { fromMs, ids }: Chosen): Prisma.Sql => Prisma.sql`
  ${ofBucket(bucket)}
  ${fromMs === null ? Prisma.empty : Prisma.sql`and timestamp >= ${timestamptz(Prisma.sql`${fromMs * 1000n}::bigint`)}`}
  ${ids === null ? Prisma.empty : Prisma.sql`and id = any(${bigints(ids)})`}`;

/**
 * The end of a slice of them: the instant (ms) of the last of the first `limit`, or of the one that brings their data
 * to `maxBytes`. Everything that starts then belongs to it, because equal keys must be counted together. Null if there
 * is none.
 */
export const trashSliceEnd = (
  bucket: BucketKey,
  chosen: Chosen,
  limit: number,
  maxBytes: number,
): Prisma.Sql => Prisma.sql`
  select max(${instant(Prisma.sql`timestamp`)}) as last_ms from (
    select timestamp, sum(data_bytes) over (order by timestamp, id rows unbounded preceding) - data_bytes as before
    from (
      select timestamp, id, held.data_bytes
      from (
        select account, timestamp, id, value from trashed_events
        where ${among(bucket, chosen)} order by timestamp, id limit ${limit}::bigint
      ) trash ${valueOf(TRASH, SIZE)}
    ) first
  ) page
  where before < ${maxBytes}::bigint`;

/** Those that start at `lastMs` or earlier, oldest first. */
export const trashSlice = (bucket: BucketKey, chosen: Chosen, lastMs: bigint): Prisma.Sql => Prisma.sql`
  select ${columns} from (
    select account, id, timestamp, duration_ns, value, trashed_at from trashed_events
    where ${among(bucket, chosen)} and timestamp < ${timestamptz(Prisma.sql`${(lastMs + 1n) * 1000n}::bigint`)}
  ) trash ${valueOf(TRASH, DATA)}
  order by timestamp, id`;
