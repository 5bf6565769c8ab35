import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant, micros, timestamptz } from './time.ts';

export type MarkRow = { readonly bucket: string; readonly at_ms: bigint; readonly data: string };

/**
 * Events with larger data are not in a probe, or one request could return many MB of them; a window's title has a few
 * hundred bytes.
 */
const MOST_BYTES = 4_000;
/** Limits of the events that are read: per instant, and per request. */
const MOST_AT_ONCE = 100;
const MOST_IN_ALL = 1_000;

/**
 * The first and last start (µs) of each bucket's events; an empty bucket has no row. Leans on
 * events_bucket_uuid_timestamp_idx.
 */
export const spanOfBuckets = (buckets: readonly string[]): Prisma.Sql => Prisma.sql`
  select bucket.id::text as bucket, ${micros(Prisma.sql`first.timestamp`)} as first_us,
    ${micros(Prisma.sql`last.timestamp`)} as last_us
  from unnest(${buckets}::uuid[]) as bucket (id)
  cross join lateral (select timestamp from events where bucket_uuid = bucket.id order by timestamp limit 1) first
  cross join lateral (select timestamp from events where bucket_uuid = bucket.id order by timestamp desc limit 1) last`;

/** The newest `count` events of each bucket. */
export const newestEvents = (buckets: readonly string[], count: number): Prisma.Sql => Prisma.sql`
  select bucket.id::text as bucket, ${instant(Prisma.sql`event.timestamp`)} as at_ms, event.data::text as data
  from unnest(${buckets}::uuid[]) as bucket (id)
  cross join lateral (
    select id, timestamp, data, data_bytes from events
    where bucket_uuid = bucket.id order by timestamp desc, id desc limit ${count}
  ) event
  where event.data_bytes <= ${MOST_BYTES}`;

/** The first event that starts at or after each of these moments, each event once. */
export const spreadEvents = (moments: readonly { bucket: string; atUs: bigint }[]): Prisma.Sql => Prisma.sql`
  select event.bucket_uuid::text as bucket, ${instant(Prisma.sql`event.timestamp`)} as at_ms, event.data::text as data
  from events event
  where event.data_bytes <= ${MOST_BYTES} and event.id in (
    select found.id
    from unnest(${moments.map(({ bucket }) => bucket)}::uuid[], ${moments.map(({ atUs }) => atUs)}::bigint[])
      as moment (bucket, at_us)
    cross join lateral (
      select id from events
      where bucket_uuid = moment.bucket and timestamp >= ${timestamptz(Prisma.sql`moment.at_us`)}
      order by timestamp, id limit 1
    ) found
  )`;

/** What starts in a bucket at each of these instants (ms). */
export const eventsAtMarks = (bucket: string, instants: readonly bigint[]): Prisma.Sql => Prisma.sql`
  select ${bucket}::text as bucket, instants.at_ms, event.data::text as data
  from unnest(${instants}::bigint[]) as instants (at_ms)
  cross join lateral (
    select data, data_bytes from events
    where bucket_uuid = ${bucket}::uuid
      and timestamp >= ${timestamptz(Prisma.sql`instants.at_ms * 1000`)}
      and timestamp < ${timestamptz(Prisma.sql`(instants.at_ms + 1) * 1000`)}
    order by timestamp, id limit ${MOST_AT_ONCE}
  ) event
  where event.data_bytes <= ${MOST_BYTES}
  limit ${MOST_IN_ALL}`;
