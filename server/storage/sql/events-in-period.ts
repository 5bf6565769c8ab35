import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { askedBucket, MOST_TIES, type AskedBucket, sorted, within, withTies } from './by-time.ts';
import { ints } from './columns.ts';
import { eventColumns, valueOf } from './event-columns.ts';
import { exactEndNs, timestamptz } from './time.ts';

/** The row after which a page begins, in listing order. */
export type Position = { readonly startUs: bigint; readonly durationNs: bigint; readonly id: number };

export type Period = {
  /** Inclusive: events that end here or later. */
  readonly startUs: bigint | null;
  /** Inclusive: events that start here or earlier. */
  readonly endUs: bigint | null;
};

/**
 * A part of a bucket's list: the events in a period after a row. `earliestUs` comes from `earliestInPeriod`, and is
 * null when the period has no start.
 */
export type Part = {
  readonly bucket: AskedBucket;
  readonly period: Period;
  readonly after: Position | null;
  readonly earliestUs: bigint | null;
};

/**
 * The start of the earliest event that may reach into a period: its start minus the bucket's longest duration, which
 * bounds the index scan. Before the year 1677 there is nothing to bound.
 */
export const earliestInPeriod = ({ account, number }: BucketKey, startUs: bigint): Prisma.Sql => Prisma.sql`
  select greatest(${startUs}::bigint - longest_ns / 1000 - 1, -9223372036854775) as earliest_us from buckets
    where account = ${account}::int and number = ${number}::int`;

/** The same of several buckets (number, earliest_us). */
export const earliestInPeriods = (
  account: number,
  numbers: readonly number[],
  startUs: bigint,
): Prisma.Sql => Prisma.sql`
  select number, greatest(${startUs}::bigint - longest_ns / 1000 - 1, -9223372036854775) as earliest_us from buckets
    where account = ${account}::int and number = any(${ints(numbers)})`;

const time = (us: bigint): Prisma.Sql => timestamptz(Prisma.sql`${us}::bigint`);

/** The condition of ending in a period; that of starting in it bounds the index scan. */
const reachesInto = ({ startUs }: Period): Prisma.Sql =>
  startUs === null
    ? Prisma.empty
    : // What starts in the period need not be added up: exact arithmetic is a third of the scan's time.
      Prisma.sql`and (duration_ns >= 0 and timestamp >= ${time(startUs)}
        or ${exactEndNs} >= ${startUs}::bigint * 1000::numeric)`;

/** The condition of coming after a row among those that start when it does. */
const behind = (after: Position | null): Prisma.Sql =>
  after === null
    ? Prisma.empty
    : Prisma.sql`and (timestamp < ${time(after.startUs)}
        or (duration_ns, id) > (${after.durationNs}::bigint, ${after.id}::bigint))`;

const columns = Prisma.sql`id, timestamp, duration_ns, value, source_id`;

/** Where a part of a list can start and end, and the condition of being in it. */
const boundsOf = ({ period, after, earliestUs }: Part) => {
  const to = after === null || (period.endUs !== null && period.endUs < after.startUs) ? period.endUs : after.startUs;
  return {
    between: { from: earliestUs === null ? null : time(earliestUs), to: to === null ? null : time(to) },
    filter: Prisma.sql`${reachesInto(period)} ${behind(after)}`,
  };
};

/** The first `limit` rows of a part of a list, and their ties. */
const firstWithTies = (part: Part, limit: number): Prisma.Sql => {
  const { between, filter } = boundsOf(part);
  return Prisma.sql`
    select ${columns}, asked.number as bucket from ${askedBucket(part.bucket)}
    cross join lateral (${withTies('newest', columns, limit, between, filter)}) found`;
};

/** The same where too many start at once: sorted before it is cut. */
const sortedFirst = (part: Part, limit: number): Prisma.Sql => {
  const { between, filter } = boundsOf(part);
  return Prisma.sql`
    select ${columns}, asked.number as bucket from ${askedBucket(part.bucket)} cross join lateral (
      select ${columns} from events
      where ${sorted(between, filter, Prisma.sql`timestamp desc, duration_ns, id`, limit)}
    ) found`;
};

/**
 * The first `limit` rows of a part of a list, newest first, and their ties (columns id, timestamp, duration_ns, value,
 * source_id, bucket); with `crowded` without those, in the listing order.
 */
export const candidates = (part: Part, limit: number, crowded: boolean): Prisma.Sql =>
  crowded ? sortedFirst(part, limit) : firstWithTies(part, limit);

/**
 * `listed` (id, timestamp, duration_ns, value, source_id, bucket): the first `limit` of a part of a list, in the
 * listing order of spec/rest 3.6 (newest start first, ties by the earlier end, then the lower id). `cut` says whether
 * there may be more, and whether they were `crowded`: then the rows are wrong, and the same is asked again with
 * `crowded`.
 */
const firstRows = (part: Part, limit: number, crowded: boolean): Prisma.Sql => Prisma.sql`
  candidates as materialized (${candidates(part, limit, crowded)}),
  cut as materialized (
    select count(*) >= ${limit}::bigint as more,
      ${crowded ? Prisma.sql`false` : Prisma.sql`count(*) >= ${limit + MOST_TIES}::bigint`} as crowded
    from candidates
  ),
  listed as materialized (select * from candidates order by timestamp desc, duration_ns, id limit ${limit}::bigint)`;

/**
 * A part of a list as stored (unclipped), for so few rows that their data always fit. Leans on
 * events_account_bucket_timestamp_idx, read backwards.
 */
export const eventsInPeriod = (part: Part, limit: number, crowded = false): Prisma.Sql => Prisma.sql`
  with ${firstRows(part, limit, crowded)}
  select ${eventColumns}, (select crowded from cut) as crowded, event.bucket
  from listed event
  cross join ${valueOf(Prisma.sql`${part.bucket.account}::int`, Prisma.sql`event.value`, Prisma.sql`data`)} held
  order by event.timestamp desc, event.duration_ns, event.id`;

/** How many events of a bucket are in a period. Those of the whole bucket are counted in its row. */
export const countInPeriod = (bucket: BucketKey, period: Period, earliestUs: bigint | null): Prisma.Sql => {
  const { between, filter } = boundsOf({ bucket, period, after: null, earliestUs });
  return Prisma.sql`
    select count(*) as events
    from ${askedBucket(bucket)} cross join lateral (select from events where ${within(between, filter)}) found`;
};

/** The same of the whole bucket, as every write keeps it. */
export const countOfBucket = ({ account, number }: BucketKey): Prisma.Sql => Prisma.sql`
  select event_rows as events from buckets where account = ${account}::int and number = ${number}::int`;
