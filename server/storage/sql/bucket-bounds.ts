import { Prisma } from '../../../prisma/generated/client/client.ts';
import { end, micros, timestamptz } from './time.ts';

/**
 * First start and last end of buckets, null when empty. Needs no index on the end: the event that ends last starts at
 * most the bucket's longest duration before the end of the newest one. Leans on events_bucket_uuid_timestamp_idx.
 */
export const bucketBounds = (buckets: readonly string[]): Prisma.Sql => Prisma.sql`
  select bucket.id::text as bucket,
         ${micros(Prisma.sql`first.timestamp`)} as first_start_us,
         ${micros(Prisma.sql`last.ends`)} as last_end_us
  from buckets bucket
  left join lateral (
    select timestamp from events where bucket_uuid = bucket.id order by timestamp limit 1
  ) first on true
  left join lateral (
    select ${end} as ends from events where bucket_uuid = bucket.id order by timestamp desc limit 1
  ) newest on true
  left join lateral (
    select max(${end}) as ends from events
    where bucket_uuid = bucket.id
      and timestamp >= ${timestamptz(
        Prisma.sql`greatest(${micros(Prisma.sql`newest.ends`)} - bucket.longest_ns / 1000 - 1, -9223372036854775)`,
      )}
  ) last on true
  where bucket.id = any(${buckets}::uuid[])`;

/** How many events each bucket holds. Reads a whole index, so it runs only when the number is shown. */
export const bucketCounts = (buckets: readonly string[]): Prisma.Sql => Prisma.sql`
  select bucket_uuid::text as bucket, count(*) as events from events
  where bucket_uuid = any(${buckets}::uuid[]) group by bucket_uuid`;
