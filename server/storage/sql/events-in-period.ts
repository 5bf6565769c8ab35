import { Prisma } from '../../../prisma/generated/client/client.ts';
import { eventColumns } from './event-columns.ts';
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
 * The start of the earliest event that may reach into a period: its start minus the bucket's longest duration, which
 * bounds the index scan. Before the year 1677 there is nothing to bound. Queried first and then used as a constant:
 * with a subselect as bound the planner expects 0.5 % of the bucket, and sorts all of it for each page (300 ms against
 * 20 for 5,000 of 300 k events).
 */
export const earliestInPeriod = (bucket: string, startUs: bigint): Prisma.Sql => Prisma.sql`
  select greatest(${startUs}::bigint - longest_ns / 1000 - 1, -9223372036854775) as earliest_us from buckets
    where id = ${bucket}::uuid`;

/**
 * The condition of being in a bucket and in a period. `earliestUs` comes from `earliestInPeriod`, and is null when the
 * period has no start.
 */
export const inPeriod = (
  bucket: string,
  { startUs, endUs }: Period,
  earliestUs: bigint | null,
): Prisma.Sql => Prisma.sql`
  bucket_uuid = ${bucket}::uuid
  ${endUs === null ? Prisma.empty : Prisma.sql`and timestamp <= ${timestamptz(Prisma.sql`${endUs}::bigint`)}`}
  ${
    startUs === null
      ? Prisma.empty
      : // What starts in the period need not be added up: exact arithmetic is a third of the scan's time.
        Prisma.sql`and (duration_ns >= 0 and timestamp >= ${timestamptz(Prisma.sql`${startUs}::bigint`)}
          or ${exactEndNs} >= ${startUs}::bigint * 1000::numeric)`
  }
  ${
    earliestUs === null ? Prisma.empty : Prisma.sql`and timestamp >= ${timestamptz(Prisma.sql`${earliestUs}::bigint`)}`
  }`;

/** The condition of coming after a row in listing order; none at the beginning of the listing. */
export const behind = (after: Position | null): Prisma.Sql =>
  after === null
    ? Prisma.empty
    : Prisma.sql`and timestamp <= ${timestamptz(Prisma.sql`${after.startUs}::bigint`)}
        and (timestamp < ${timestamptz(Prisma.sql`${after.startUs}::bigint`)}
             or (duration_ns, id) > (${after.durationNs}::bigint, ${after.id}::bigint))`;

/**
 * The events of a bucket in a period, as stored (unclipped), in the listing order of spec/rest 3.6: newest start
 * first, ties by the earlier end, then the lower id. Leans on events_bucket_uuid_timestamp_idx, read backwards.
 */
export const eventsInPeriod = (
  bucket: string,
  period: Period,
  limit: number,
  after: Position | null,
  earliestUs: bigint | null,
): Prisma.Sql => Prisma.sql`
  select ${eventColumns} from events
  where ${inPeriod(bucket, period, earliestUs)} ${behind(after)}
  order by timestamp desc, duration_ns, id
  limit ${limit}::bigint`;

/** How many events `eventsInPeriod` would list. */
export const countInPeriod = (bucket: string, period: Period, earliestUs: bigint | null): Prisma.Sql => Prisma.sql`
  select count(*) as events from events where ${inPeriod(bucket, period, earliestUs)}`;
