import { Prisma } from '../../../prisma/generated/client/client.ts';
import { newest, oldest, within } from './by-time.ts';
import { end, micros, timestamptz } from './time.ts';

/**
 * First start and last end of buckets, null when empty. Needs no index on the end: the event that ends last starts at
 * most the bucket's longest duration before the end of the newest one. Leans on events_account_bucket_timestamp_idx.
 */
export const bucketBounds = (account: number, numbers: readonly number[]): Prisma.Sql => Prisma.sql`
  select asked.number as bucket,
         ${micros(Prisma.sql`first.timestamp`)} as first_start_us,
         ${micros(Prisma.sql`last.ends`)} as last_end_us
  from (
    select account, number, longest_ns from buckets
    where account = ${account}::int and number = any(${numbers}::int[]) offset 0
  ) asked
  left join lateral (select timestamp from events where ${oldest(1)}) first on true
  left join lateral (select ${end} as ends from events where ${newest(1)}) newest on true
  left join lateral (
    select max(ends) as ends from (select ${end} as ends from events where ${within({
      from: timestamptz(
        Prisma.sql`greatest(${micros(Prisma.sql`newest.ends`)} - asked.longest_ns / 1000 - 1, -9223372036854775)`,
      ),
    })}) late
  ) last on true`;

/** How many events each bucket holds, as every write keeps it. */
export const bucketCounts = (account: number, numbers: readonly number[]): Prisma.Sql => Prisma.sql`
  select number as bucket, event_rows as events from buckets
  where account = ${account}::int and number = any(${numbers}::int[])`;
