import { Prisma } from '../../../prisma/generated/client/client.ts';
import { eventColumns } from './event-columns.ts';
import { exactEndNs, timestamptz } from './time.ts';

/** Where a page begins: after this row, in listing order. */
export type Position = { readonly startUs: bigint; readonly durationNs: bigint; readonly id: number };

export type Period = {
  /** Inclusive: events that end here or later. */
  readonly startUs: bigint | null;
  /** Inclusive: events that start here or earlier. */
  readonly endUs: bigint | null;
};

/** The condition of being in a period, and in a bucket. */
export const inPeriod = (bucket: string, { startUs, endUs }: Period): Prisma.Sql => Prisma.sql`
  bucket_uuid = ${bucket}::uuid
  ${endUs === null ? Prisma.empty : Prisma.sql`and timestamp <= ${timestamptz(Prisma.sql`${endUs}::bigint`)}`}
  ${
    startUs === null
      ? Prisma.empty
      : // What ends in the period began at most the bucket's longest duration before it: that bounds the index scan. Below
        // the year 1677 there is nothing to bound.
        Prisma.sql`and ${exactEndNs} >= ${startUs}::bigint * 1000::numeric
          and timestamp >= (select ${timestamptz(Prisma.sql`greatest(${startUs}::bigint - longest_ns / 1000 - 1, -9223372036854775)`)}
                            from buckets where id = ${bucket}::uuid)`
  }`;

/** The condition of coming after a row in listing order; none where the listing begins. */
export const behind = (after: Position | null): Prisma.Sql =>
  after === null
    ? Prisma.empty
    : Prisma.sql`and timestamp <= ${timestamptz(Prisma.sql`${after.startUs}::bigint`)}
        and (timestamp < ${timestamptz(Prisma.sql`${after.startUs}::bigint`)}
             or (duration_ns, id) > (${after.durationNs}::bigint, ${after.id}::bigint))`;

/**
 * The events of a bucket in a period, as stored (unclipped), in the listing order of aw-rest-api.md 3.6: newest start
 * first, ties by the earlier end, then the lower id. Leans on events_bucket_uuid_timestamp_idx, read backwards.
 */
export const eventsInPeriod = (bucket: string, period: Period, limit: number | null, after: Position | null): Prisma.Sql => Prisma.sql`
  select ${eventColumns} from events
  where ${inPeriod(bucket, period)} ${behind(after)}
  order by timestamp desc, duration_ns, id
  ${limit === null ? Prisma.empty : Prisma.sql`limit ${limit}::bigint`}`;

/** How many events `eventsInPeriod` would list. */
export const countInPeriod = (bucket: string, period: Period): Prisma.Sql => Prisma.sql`
  select count(*) as events from events where ${inPeriod(bucket, period)}`;
