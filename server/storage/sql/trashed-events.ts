/** The trash of a bucket: events that syncs deleted, under the ids they had (spec/sync 4.7). */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { behind, type Position } from './events-in-period.ts';
import { instant, micros, timestamptz } from './time.ts';

/** A row of the trash. `data` is jsonb's text: see jsonb.ts. */
export type TrashedRow = { id: bigint; start_us: bigint; duration_ns: bigint; data: string; trashed_us: bigint };

const columns = Prisma.sql`id, ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns, data::text as data,
  ${micros(Prisma.sql`trashed_at`)} as trashed_us`;

/**
 * The columns of an event that go into the trash: what a statement that deletes returns, as `gone`, for `trashGone`.
 */
export const TRASHED = Prisma.sql`bucket_uuid, id, timestamp, duration_ns, data`;

/** Moves what the same statement deleted, `gone`, to the trash as of `at`. */
export const trashGone = (at: Date): Prisma.Sql => Prisma.sql`
  insert into trashed_events (${TRASHED}, trashed_at) select ${TRASHED}, ${at}::timestamptz from gone`;

/**
 * A page of a bucket's trash after `after`, in listing order: at most `limit`, and none after the one that brings their
 * data to `maxBytes`. Leans on trashed_events_bucket_uuid_timestamp_idx.
 */
export const trashPage = (
  bucket: string,
  limit: number,
  maxBytes: number,
  after: Position | null,
): Prisma.Sql => Prisma.sql`
  select ${columns} from (
    select *, sum(data_bytes) over (order by timestamp desc, duration_ns,
      id rows unbounded preceding) - data_bytes as before
    from (
      select id, timestamp, duration_ns, data, data_bytes, trashed_at from trashed_events
      where bucket_uuid = ${bucket}::uuid ${behind(after)}
      order by timestamp desc, duration_ns, id limit ${limit}::bigint
    ) candidates
  ) found
  where before < ${maxBytes}::bigint
  order by timestamp desc, duration_ns, id`;

/**
 * Selects rows of a bucket's trash: those that start at `fromMs` or later, and have one of these ids if any are given.
 */
export type Chosen = { readonly fromMs: bigint | null; readonly ids: readonly number[] | null };

const among = (bucket: string, { fromMs, ids }: Chosen): Prisma.Sql => Prisma.sql`
  bucket_uuid = ${bucket}::uuid
  ${fromMs === null ? Prisma.empty : Prisma.sql`and timestamp >= ${timestamptz(Prisma.sql`${fromMs * 1000n}::bigint`)}`}
  ${ids === null ? Prisma.empty : Prisma.sql`and id = any(${ids}::bigint[])`}`;

/**
 * The end of a slice of them: the instant (ms) of the last of the first `limit`, or of the one that brings their data
 * to `maxBytes`. Everything that starts then belongs to it, because equal keys must be counted together. Null if there
 * is none.
 */
export const trashSliceEnd = (
  bucket: string,
  chosen: Chosen,
  limit: number,
  maxBytes: number,
): Prisma.Sql => Prisma.sql`
  select max(${instant(Prisma.sql`timestamp`)}) as last_ms from (
    select timestamp, sum(data_bytes) over (order by timestamp, id rows unbounded preceding) - data_bytes as before
    from (select timestamp, id, data_bytes from trashed_events where ${among(bucket, chosen)} order by timestamp, id
      limit ${limit}::bigint) first
  ) page
  where before < ${maxBytes}::bigint`;

/** Those that start at `lastMs` or earlier, oldest first. */
export const trashSlice = (bucket: string, chosen: Chosen, lastMs: bigint): Prisma.Sql => Prisma.sql`
  select ${columns} from trashed_events
  where ${among(bucket, chosen)} and timestamp < ${timestamptz(Prisma.sql`${(lastMs + 1n) * 1000n}::bigint`)}
  order by timestamp, id`;
