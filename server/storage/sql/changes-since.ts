import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { valueOf } from './event-columns.ts';
import { eventsAtInstants, isGone } from './events-at-instants.ts';
import { instant, micros } from './time.ts';

/** An event of an instant; `id` null: nothing starts there. */
export type InstantRow = {
  bucket: number | null;
  at_ms: bigint;
  gone: boolean;
  id: bigint | null;
  start_us: bigint;
  duration_ns: bigint;
  /** The number of its data: see value-data.ts. */
  value: number;
};
export type ChangeRow = InstantRow & {
  revision: bigint;
  more: boolean;
  /** Whether some instants of these revisions were left out because of their size. */
  cut: boolean;
};

/**
 * Where a page was cut within revisions whose instants are too large for one page: the last revision that the page
 * covers, and the last instant in it.
 */
export type Rest = {
  readonly revision: bigint;
  readonly more: boolean;
  /** By its number in the account. */
  readonly bucket: number;
  readonly atMs: bigint;
};

/**
 * A page of changes (spec/sync 3.3): the instants touched by whole revisions after `after`, oldest first, with the
 * events that start in each of them *now*. One statement, so one snapshot: the account's revision read here covers
 * every row seen here. Reads about `limit` rows; a single revision is never split (a write stamps at most 5,000 rows
 * with one number).
 *
 * Any number of rows of any revision may start in an instant. So the page ends, in the order of buckets and instants,
 * with the instant that brings it to `maxBytes` of data, and sets `cut`: `rest` continues after it with the same
 * revisions.
 *
 * One row per event, or one without `id` for an instant where nothing is left; a page without changes is one row
 * without a bucket. Leans on events_account_bucket_revision_idx and deleted_events_account_bucket_revision_idx, a probe
 * per bucket, on events_account_bucket_timestamp_idx, a probe per instant, and on event_values_pkey, a probe per value.
 */
export const changesSince = (
  account: number,
  after: bigint,
  limit: number,
  maxBytes: number,
  excludeDevice: string | null,
  rest: Rest | null,
): Prisma.Sql => Prisma.sql`
  with ${
    rest === null
      ? wholeRevisions(account, after, limit, excludeDevice)
      : restOfRevisions(account, after, excludeDevice, rest)
  },
  ${sized},
  page as (select * from sized where before < ${maxBytes}::bigint)
  select bound.revision, bound.more,
    exists (select from sized where before >= ${maxBytes}::bigint) as cut, ${pageColumns}
  from bound
  left join page instants on true
  order by instants.bucket, instants.at_ms, instants.timestamp, instants.id`;

/**
 * `instants` (account, bucket, at_ms) with their events, and the bytes of data in all instants `before` each. No data
 * is read for that, only how large it is, once per value. An instant without events has one row without an id.
 */
const sized = Prisma.sql`
  started as materialized (
    select instants.account, instants.bucket, instants.at_ms, event.id, event.timestamp, event.duration_ns, event.value
    from instants left join ${eventsAtInstants} event on true
  ),
  measured as (
    select held.account, each.bucket, each.at_ms, each.id, each.timestamp, each.duration_ns, held.value,
           size.data_bytes
    from (
      select account, value, array_agg(bucket) as buckets, array_agg(at_ms) as at_ms, array_agg(id) as ids,
             array_agg(timestamp) as timestamps, array_agg(duration_ns) as durations
      from started group by account, value
    ) held
    left join ${valueOf(Prisma.sql`held.account`, Prisma.sql`held.value`, Prisma.sql`data_bytes`)} size on true
    cross join lateral unnest(buckets, at_ms, ids, timestamps, durations)
      as each (bucket, at_ms, id, timestamp, duration_ns)
  ),
  sized as materialized (
    select measured.*, coalesce(sum(data_bytes) over (order by bucket, at_ms), 0)
             - coalesce(sum(data_bytes) over (partition by bucket, at_ms), 0) as before
    from measured
  )`;

const pageColumns = Prisma.sql`instants.bucket, instants.at_ms, ${isGone} as gone, instants.id,
  ${micros(Prisma.sql`instants.timestamp`)} as start_us, instants.duration_ns, instants.value`;

/**
 * The buckets whose changes are requested, as a relation `asked` (account, number). "offset 0": see by-time.ts.
 */
const askedBuckets = (account: number, excludeDevice: string | null): Prisma.Sql => Prisma.sql`(
  select bucket.account, bucket.number from buckets bucket
  join devices device on device.account = bucket.account and device.id = bucket.device_uuid
  where bucket.account = ${account}::int
    and (${excludeDevice}::text is null or device.device_id <> ${excludeDevice}::text)
  offset 0
) asked`;

/**
 * What follows `where` to read those events or tombstones of the bucket `asked` that were stamped from one revision
 * (SQL expressions) to another, both included. Like `within` of by-time.ts.
 */
const stamped = (from: Prisma.Sql, to: Prisma.Sql): Prisma.Sql => Prisma.sql`
  account = asked.account and bucket = asked.number and revision > 0 and revision >= ${from} and revision <= ${to}
  order by revision`;
const LAST = Prisma.sql`${2n ** 63n - 1n}::bigint`;

/**
 * `bound`: the last revision of the page, and whether there are more; and its `instants`. No bucket is read beyond the
 * revision of that row which alone is one too many for the page: the one after `limit` in the bucket whose changes are
 * oldest. After a first push, which stores bucket after bucket, only that one is read; before, a page read `limit` rows
 * of each, and a bucket more made every page dearer.
 */
const wholeRevisions = (account: number, after: bigint, limit: number, excludeDevice: string | null): Prisma.Sql => {
  const all = stamped(Prisma.sql`${after + 1n}::bigint`, LAST);
  const newer = stamped(Prisma.sql`${after + 1n}::bigint`, Prisma.sql`(select revision from latest)`);
  const thatOne = stamped(Prisma.sql`asked.revision`, Prisma.sql`asked.revision`);
  return Prisma.sql`
  account as (select revision from users where account = ${account}::int),
  wanted as materialized (select account, number from ${askedBuckets(account, excludeDevice)}),
  eldest as (
    select asked.account, asked.number
    from wanted asked cross join lateral (select revision from events where ${all} limit 1) first
    order by first.revision limit 1
  ),
  latest as materialized (
    select coalesce((
      select change.revision from eldest asked
      cross join lateral (select revision from events where ${all} limit 1 offset ${limit}) change
    ), ${LAST}) as revision
  ),
  touched as (
    select asked.account, asked.number as bucket, change.revision, change.at_ms
    from wanted asked
    cross join lateral (
      (select revision, ${instant(Prisma.sql`timestamp`)} as at_ms from events where ${newer} limit ${limit + 1})
      union all
      (select revision, instant from deleted_events where ${newer} limit ${limit + 1})
    ) change
  ),
  ranked as (select revision, row_number() over (order by revision) as place from touched),
  -- The revision of the first row past the limit is left to the next page, unless it is the only one.
  overflow as (select min(revision) as revision from ranked where place > ${limit}),
  bound as (
    select case when overflow.revision is null then account.revision
                else coalesce(fitting.revision, overflow.revision) end as revision,
           overflow.revision is not null as more,
           overflow.revision is not null and fitting.revision is null as large
    from account, overflow
    cross join lateral (select max(revision) as revision from ranked where revision < overflow.revision) fitting
  ),
  -- If a single revision is larger than the limit, the probes above returned only a part of its rows, so they are
  -- looked up again in full: per bucket, because the indexes begin with it.
  cut as (
    select distinct touched.account, touched.bucket as number, touched.revision
    from touched join bound using (revision) where bound.large
  ),
  instants as (
    select account, bucket, at_ms from touched, bound where touched.revision <= bound.revision
    union
    select asked.account, asked.number, change.at_ms from cut asked cross join lateral (
      (select ${instant(Prisma.sql`timestamp`)} as at_ms from events where ${thatOne} offset 0)
      union all
      (select instant from deleted_events where ${thatOne} offset 0)
    ) change
  )`;
};

/**
 * The same for a page that is continued: its last revision is known, and that revision and those before it have no more
 * rows than a page reads.
 */
const restOfRevisions = (
  account: number,
  after: bigint,
  excludeDevice: string | null,
  { revision, more, bucket, atMs }: Rest,
): Prisma.Sql => {
  const these = stamped(Prisma.sql`${after + 1n}::bigint`, Prisma.sql`${revision}::bigint`);
  return Prisma.sql`
  bound as (select ${revision}::bigint as revision, ${more}::boolean as more),
  instants as (
    select distinct asked.account, asked.number as bucket, change.at_ms
    from ${askedBuckets(account, excludeDevice)}
    cross join lateral (
      (select ${instant(Prisma.sql`timestamp`)} as at_ms from events where ${these} offset 0)
      union all
      (select instant from deleted_events where ${these} offset 0)
    ) change
    where (asked.number, change.at_ms) > (${bucket}::bigint, ${atMs}::bigint)
  )`;
};

/**
 * Instants of one bucket as `changesSince` returns them, changed or not, in order: up to the one that brings them to
 * `maxBytes`. `instants` ascend, so those left out are at the end.
 */
export const instantsNow = (
  { account, number }: BucketKey,
  instants: readonly bigint[],
  maxBytes: number,
): Prisma.Sql => Prisma.sql`
  with instants as (
    select ${account}::int as account, ${number}::int as bucket, unnest(${instants}::bigint[]) as at_ms
  ),
  ${sized}
  select ${pageColumns} from sized instants
  where instants.before < ${maxBytes}::bigint
  order by instants.at_ms, instants.timestamp, instants.id`;
