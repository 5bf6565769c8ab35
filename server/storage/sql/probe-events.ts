import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { askedBucket, askedBuckets, newest, oldest, withTies } from './by-time.ts';
import { valueOf } from './event-columns.ts';
import { instant, micros, timestamptz } from './time.ts';

export type MarkRow = { readonly bucket: number; readonly at_ms: bigint; readonly data: string };

/**
 * Events with larger data are not in a probe, or one request could return many MB of them; a window's title has a few
 * hundred bytes.
 */
const MOST_BYTES = 4_000;
/** Limits of the events that are read: per instant, and per request. */
const MOST_AT_ONCE = 100;
const MOST_IN_ALL = 1_000;

const columns = Prisma.sql`id, timestamp, value`;

/** The data of `event`, joined laterally; no row where they are too large. */
const held = (account: number): Prisma.Sql => Prisma.sql`lateral (
  select data::text as data
  from (select) one cross join ${valueOf(
    Prisma.sql`${account}::int`,
    Prisma.sql`event.value`,
    Prisma.sql`data, data_bytes`,
  )} small where data_bytes <= ${MOST_BYTES}
) held`;

/**
 * The first and last start (µs) of each bucket's events; an empty bucket has no row. Leans on
 * events_account_bucket_timestamp_idx, as all of these do.
 */
export const spanOfBuckets = (account: number, numbers: readonly number[]): Prisma.Sql => Prisma.sql`
  select asked.number as bucket, ${micros(Prisma.sql`first.timestamp`)} as first_us,
    ${micros(Prisma.sql`last.timestamp`)} as last_us
  from ${askedBuckets(account, numbers)}
  cross join lateral (select timestamp from events where ${oldest(1)}) first
  cross join lateral (select timestamp from events where ${newest(1)}) last`;

/** The newest `count` events of each bucket. */
export const newestEvents = (account: number, numbers: readonly number[], count: number): Prisma.Sql => Prisma.sql`
  select asked.number as bucket, ${instant(Prisma.sql`event.timestamp`)} as at_ms, held.data
  from ${askedBuckets(account, numbers)}
  cross join lateral (
    select * from (${withTies('newest', columns, count)}) tied order by timestamp desc, id desc limit ${count}
  ) event
  cross join ${held(account)}
  order by asked.number, event.timestamp desc, event.id desc`;

/** The first event that starts at or after each of these moments, each event once. */
export const spreadEvents = (
  account: number,
  moments: readonly { bucket: number; atUs: bigint }[],
): Prisma.Sql => Prisma.sql`
  select event.bucket, ${instant(Prisma.sql`event.timestamp`)} as at_ms, held.data
  from (
    select distinct asked.number as bucket, found.id, found.timestamp, found.value
    from (
      select ${account}::int as account, number, at_us
      from unnest(${moments.map(({ bucket }) => bucket)}::int[], ${moments.map(({ atUs }) => atUs)}::bigint[])
        as moment (number, at_us) offset 0
    ) asked
    cross join lateral (
      select * from (${withTies('oldest', columns, 1, { from: timestamptz(Prisma.sql`asked.at_us`) })}) tied
      order by timestamp, id limit 1
    ) found
  ) event
  cross join ${held(account)}`;

/** What starts in a bucket at each of these instants (ms). */
export const eventsAtMarks = (bucket: BucketKey, instants: readonly bigint[]): Prisma.Sql => Prisma.sql`
  select asked.number as bucket, instants.at_ms, held.data
  from ${askedBucket(bucket)}
  cross join unnest(${instants}::bigint[]) as instants (at_ms)
  cross join lateral (
    select value from events where ${oldest(MOST_AT_ONCE, {
      from: timestamptz(Prisma.sql`instants.at_ms * 1000`),
      to: timestamptz(Prisma.sql`(instants.at_ms * 1000 + 999)`),
    })}
  ) event
  cross join ${held(bucket.account)}
  limit ${MOST_IN_ALL}`;
