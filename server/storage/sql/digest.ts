import type { Moving } from '../../../domain/sync/parts.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { askedBucket, askedBuckets, newest, oldest, within } from './by-time.ts';
import { instant, timestamptz } from './time.ts';

/** A timestamptz column's UTC day as the number of days since 1970. Of the instant too, which is on the same day. */
const dayOf = (column: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`((${column} at time zone 'UTC')::date - date '1970-01-01')`;

const dayStart = (day: Prisma.Sql): Prisma.Sql => timestamptz(Prisma.sql`${day}::bigint * 86400000000`);

/** What follows `where` to read what starts on a day in the bucket `asked`. */
const onDay = (day: Prisma.Sql, filter = Prisma.empty): Prisma.Sql =>
  within(
    { from: dayStart(day), to: Prisma.sql`(${dayStart(Prisma.sql`(${day} + 1)`)} - interval '1 microsecond')` },
    filter,
  );

const DAY = dayOf(Prisma.sql`timestamp`);

/**
 * Buckets' digests (spec/sync 4.1): per UTC day of the instant, how many events and the exact sum of their content
 * hashes, of all rows and of those with a source id. Sums are numeric, so that equal events add up instead of
 * cancelling out. At most `limit` days in all.
 */
export const digests = (account: number, numbers: readonly number[], limit: number): Prisma.Sql => Prisma.sql`
  select asked.number as bucket, days.* from ${askedBuckets(account, numbers)}
  cross join lateral (
    select ${DAY} as day, count(*) as events, sum(content_hash)::text as hash, count(source_id) as pushed,
           coalesce(sum(content_hash) filter (where source_id is not null), 0)::text as pushed_hash
    from (select timestamp, content_hash, source_id from events where ${within()}) held group by day
  ) days
  order by bucket, day limit ${limit}::bigint`;

/** Below any source id. So compared, no planner takes the index on source ids for one that finds those of a day. */
const NONE = -(2n ** 63n);

/** What a device pushed of one day: for a day whose digest differs. The first `limit` source ids above `after`. */
export const sourcesOnDay = (
  bucket: BucketKey,
  day: number,
  after: number | null,
  limit: number,
): Prisma.Sql => Prisma.sql`
  select found.* from ${askedBucket(bucket)} cross join lateral (
    select source_id, content_hash from events
    where ${onDay(
      Prisma.sql`${day}::int`,
      Prisma.sql`and coalesce(source_id, ${NONE}::bigint) > ${after ?? NONE}::bigint`,
    )}
  ) found
  order by source_id limit ${limit}::bigint`;

/** The instants (ms) of a day at which something starts or was deleted: the first `limit` after `after`, ascending. */
export const instantsOnDay = (
  bucket: BucketKey,
  day: number,
  after: bigint | null,
  limit: number,
): Prisma.Sql => Prisma.sql`
  select at_ms from (
    select found.at_ms from ${askedBucket(bucket)} cross join lateral (
      select ${instant(Prisma.sql`timestamp`)} as at_ms from events
      where ${onDay(Prisma.sql`${day}::int`)}
    ) found
    union
    select instant from deleted_events
    where account = ${bucket.account}::int and bucket = ${bucket.number}::int and instant >= ${day}::bigint * 86400000
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

/**
 * The days on which a bucket's newest `rows` events before a day (null: of all days) start, newest first; the last may
 * be incomplete.
 */
export const daysBelow = (
  bucket: BucketKey,
  before: number | null,
  rows: number,
  owned: boolean,
  moving: Moving,
): Prisma.Sql => Prisma.sql`
  select ${DAY} as day, ${sums(moving)} from (
    select part.*, ${owned}::boolean as owned from ${askedBucket(bucket)} cross join lateral (
      select ${COLUMNS} from events where ${newest(
        rows,
        before === null ? {} : { to: Prisma.sql`(${dayStart(Prisma.sql`${before}`)} - interval '1 microsecond')` },
      )}
    ) part
  ) part group by day order by day desc`;

/** The days of some buckets from `since` on, of the newest `rows` events of each. */
export const daysSince = (
  account: number,
  buckets: readonly { number: number; owned: boolean }[],
  since: number,
  rows: number,
  moving: Moving,
): Prisma.Sql => Prisma.sql`
  select asked.number as bucket, ${DAY} as day, ${sums(moving)}
  from (
    select ${account}::int as account, number, owned
    from unnest(${buckets.map(({ number }) => number)}::int[], ${buckets.map(({ owned }) => owned)}::boolean[])
      as wanted (number, owned) offset 0
  ) asked
  cross join lateral (
    select ${COLUMNS} from events where ${newest(rows, { from: dayStart(Prisma.sql`${since}`) })}
  ) part group by asked.number, day order by asked.number, day desc`;

/** These days of a bucket, also those without events, of at most `rows` events each. */
export const onDays = (
  bucket: BucketKey,
  days: readonly number[],
  rows: number,
  owned: boolean,
  moving: Moving,
): Prisma.Sql => Prisma.sql`
  select wanted_day as day, counted.* from ${askedBucket(bucket)}
  cross join unnest(${days}::int[]) as wanted (wanted_day)
  cross join lateral (
    select ${sums(moving)} from (
      select ${COLUMNS}, ${owned}::boolean as owned from events
      where ${onDay(Prisma.sql`wanted_day`)} limit ${rows}::bigint
    ) day_rows
  ) counted order by day desc`;

/** The day of each bucket's oldest event; empty buckets are left out. */
export const firstDays = (account: number, numbers: readonly number[]): Prisma.Sql => Prisma.sql`
  select asked.number as bucket, ${dayOf(Prisma.sql`first.timestamp`)} as day from ${askedBuckets(account, numbers)}
  cross join lateral (select timestamp from events where ${oldest(1)}) first`;
