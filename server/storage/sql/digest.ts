import type { Moving } from '../../../domain/sync/parts.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant, timestamptz } from './time.ts';

/** A UTC day as the number of days since 1970. */
const dayOf = (atMs: Prisma.Sql): Prisma.Sql => Prisma.sql`floor(${atMs} / 86400000.0)::int`;

/** The condition that a row's instant lies on a day, as bounds for events_bucket_uuid_timestamp_idx. */
const onDay = (bucket: string, day: number): Prisma.Sql => Prisma.sql`
  bucket_uuid = ${bucket}::uuid
  and timestamp >= ${timestamptz(Prisma.sql`${day}::bigint * 86400000000`)}
  and timestamp < ${timestamptz(Prisma.sql`(${day}::bigint + 1) * 86400000000`)}`;

/**
 * Buckets' digests (spec/sync 4.1): per UTC day of the instant, how many events and the exact sum of their content
 * hashes, of all rows and of those with a source id. Sums are numeric, so that equal events add up instead of
 * cancelling out. At most `limit` days in all.
 */
export const digests = (buckets: readonly string[], limit: number): Prisma.Sql => Prisma.sql`
  select bucket_uuid::text as bucket, ${dayOf(instant(Prisma.sql`timestamp`))} as day,
         count(*) as events, sum(content_hash)::text as hash,
         count(source_id) as pushed,
         coalesce(sum(content_hash) filter (where source_id is not null), 0)::text as pushed_hash
  from events where bucket_uuid = any(${buckets}::uuid[])
  group by bucket_uuid, day order by bucket_uuid, day limit ${limit}::bigint`;

/** What a device pushed of one day: for a day whose digest differs. The first `limit` source ids above `after`. */
export const sourcesOnDay = (
  bucket: string,
  day: number,
  after: number | null,
  limit: number,
): Prisma.Sql => Prisma.sql`
  select source_id, content_hash from events
  where ${onDay(bucket, day)} and source_id is not null
  ${after === null ? Prisma.empty : Prisma.sql`and source_id > ${after}::bigint`}
  order by source_id limit ${limit}::bigint`;

/** The instants (ms) of a day at which something starts or was deleted: the first `limit` after `after`, ascending. */
export const instantsOnDay = (
  bucket: string,
  day: number,
  after: bigint | null,
  limit: number,
): Prisma.Sql => Prisma.sql`
  select at_ms from (
    select ${instant(Prisma.sql`timestamp`)} as at_ms from events where ${onDay(bucket, day)}
    union
    select instant from deleted_events
    where bucket_uuid = ${bucket}::uuid and instant >= ${day}::bigint * 86400000
      and instant < (${day}::bigint + 1) * 86400000
  ) day
  ${after === null ? Prisma.empty : Prisma.sql`where at_ms > ${after}::bigint`}
  order by at_ms limit ${limit}::bigint`;

/** An event's end as both sides compute it: its instant, plus its duration rounded to the µs. */
const endUs = Prisma.sql`(${instant(Prisma.sql`timestamp`)} * 1000 + round(duration_ns / 1000.0)::bigint)`;

/**
 * Digests of rows with the columns `end_us` and `owned` (only rows that a device owns count): the number of rows, and
 * of those not moving the number and the sum of content hashes.
 */
const sums = ({ fromUs, toUs }: Moving): Prisma.Sql => {
  const counted = Prisma.sql`filter (where not (end_us > ${fromUs}::bigint and end_us < ${toUs}::bigint)
    and (source_id is not null or not owned))`;
  return Prisma.sql`count(*) as rows, count(*) ${counted} as events,
    coalesce(sum(content_hash) ${counted}, 0)::text as hash`;
};

const COLUMNS = Prisma.sql`timestamp, source_id, content_hash, ${endUs} as end_us`;
const DAY = dayOf(instant(Prisma.sql`timestamp`));
const dayStart = (day: Prisma.Sql): Prisma.Sql => timestamptz(Prisma.sql`${day}::bigint * 86400000000`);

/**
 * The days on which a bucket's newest `rows` events before a day (null: of all days) start, newest first; the last may
 * be incomplete.
 */
export const daysBelow = (
  bucket: string,
  before: number | null,
  rows: number,
  owned: boolean,
  moving: Moving,
): Prisma.Sql => Prisma.sql`
  select ${DAY} as day, ${sums(moving)} from (
    select ${COLUMNS}, ${owned}::boolean as owned from events where bucket_uuid = ${bucket}::uuid
    ${before === null ? Prisma.empty : Prisma.sql`and timestamp < ${dayStart(Prisma.sql`${before}`)}`}
    order by timestamp desc limit ${rows}::bigint
  ) part group by day order by day desc`;

/** The days of some buckets from `since` on, of the newest `rows` events of each. */
export const daysSince = (
  buckets: readonly { uuid: string; owned: boolean }[],
  since: number,
  rows: number,
  moving: Moving,
): Prisma.Sql => Prisma.sql`
  select wanted_id::text as bucket, ${DAY} as day, ${sums(moving)}
  from unnest(${buckets.map(({ uuid }) => uuid)}::uuid[],
    ${buckets.map(({ owned }) => owned)}::boolean[]) as wanted (wanted_id, owned)
  cross join lateral (
    select ${COLUMNS} from events where bucket_uuid = wanted_id and timestamp >= ${dayStart(Prisma.sql`${since}`)}
    order by timestamp desc limit ${rows}::bigint
  ) part group by wanted_id, day order by wanted_id, day desc`;

/** These days of a bucket, also those without events, of at most `rows` events each. */
export const onDays = (
  bucket: string,
  days: readonly number[],
  rows: number,
  owned: boolean,
  moving: Moving,
): Prisma.Sql => Prisma.sql`
  select wanted_day as day, counted.* from unnest(${days}::int[]) as wanted (wanted_day)
  cross join lateral (
    select ${sums(moving)} from (
      select ${COLUMNS}, ${owned}::boolean as owned from events where bucket_uuid = ${bucket}::uuid
      and timestamp >= ${dayStart(Prisma.sql`wanted_day`)} and timestamp < ${dayStart(Prisma.sql`(wanted_day + 1)`)}
        limit ${rows}::bigint
    ) day_rows
  ) counted order by day desc`;

/** The day of each bucket's oldest event; empty buckets are left out. */
export const firstDays = (buckets: readonly string[]): Prisma.Sql => Prisma.sql`
  select bucket.id::text as bucket, ${DAY} as day from unnest(${buckets}::uuid[]) as bucket (id)
  cross join lateral (select timestamp from events where bucket_uuid = bucket.id order by timestamp limit 1) first`;
