import { Prisma } from '../../../prisma/generated/client/client.ts';
import { eventsAtInstants, isGone } from './events-at-instants.ts';
import { instant, micros } from './time.ts';

/** An event of an instant; `id` null: nothing starts there. */
export type InstantRow = {
  bucket: string | null;
  at_ms: bigint;
  gone: boolean;
  id: bigint | null;
  start_us: bigint;
  duration_ns: bigint;
  data: string;
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
  readonly bucket: string;
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
 * without a bucket. Leans on events_bucket_uuid_revision_idx and deleted_events_bucket_uuid_revision_idx, a probe per
 * bucket, and on events_bucket_uuid_timestamp_idx, a probe per instant.
 */
export const changesSince = (
  user: string,
  after: bigint,
  limit: number,
  maxBytes: number,
  excludeDevice: string | null,
  rest: Rest | null,
): Prisma.Sql => Prisma.sql`
  with ${
    rest === null
      ? wholeRevisions(user, after, limit, excludeDevice)
      : restOfRevisions(user, after, excludeDevice, rest)
  },
  ${sized},
  page as (select * from sized where before < ${maxBytes}::bigint)
  select bound.revision, bound.more,
    exists (select from sized where before >= ${maxBytes}::bigint) as cut, ${pageColumns}
  from bound
  left join page instants on true
  order by instants.bucket, instants.at_ms, instants.timestamp, instants.id`;

/**
 * `instants` (bucket, at_ms) with their events, and the bytes of data in all instants `before` each. No data is read
 * for that: until then, a row of many kB is only a pointer.
 */
const sized = Prisma.sql`
  sized as materialized (
    select instants.bucket, instants.at_ms, event.id, event.timestamp, event.duration_ns, event.data,
           coalesce(sum(event.data_bytes) over (order by instants.bucket, instants.at_ms), 0)
             - coalesce(sum(event.data_bytes) over (partition by instants.bucket, instants.at_ms), 0) as before
    from instants
    left join ${eventsAtInstants} event on true
  )`;

const pageColumns = Prisma.sql`instants.bucket::text as bucket, instants.at_ms, ${isGone} as gone,
  instants.id, ${micros(Prisma.sql`instants.timestamp`)} as start_us, instants.duration_ns,
    instants.data::text as data`;

/** The buckets whose changes are requested. */
const askedBuckets = (user: string, excludeDevice: string | null): Prisma.Sql => Prisma.sql`
  buckets bucket join devices device on device.id = bucket.device_uuid
  and bucket.user_id = ${user}::uuid
  and (${excludeDevice}::text is null or device.device_id <> ${excludeDevice}::text)`;

/** `bound`: the last revision of the page, and whether there are more; and its `instants`. */
const wholeRevisions = (
  user: string,
  after: bigint,
  limit: number,
  excludeDevice: string | null,
): Prisma.Sql => Prisma.sql`
  account as (select revision from users where id = ${user}::uuid),
  touched as (
    select bucket.id as bucket, change.revision, change.at_ms
    from ${askedBuckets(user, excludeDevice)}
    cross join lateral (
      (select revision, ${instant(Prisma.sql`timestamp`)} as at_ms from events
       where bucket_uuid = bucket.id and revision > ${after}::bigint order by revision limit ${limit + 1})
      union all
      (select revision, instant from deleted_events
       where bucket_uuid = bucket.id and revision > ${after}::bigint order by revision limit ${limit + 1})
    ) change
  ),
  ranked as (select revision, row_number() over (order by revision) as place from touched),
  -- The revision of the first row past the limit is left to the next page, unless it is the only one.
  overflow as (select min(revision) as revision from ranked where place > ${limit}),
  bound as (
    select case when overflow.revision is null then account.revision
                when exists (select from ranked where ranked.revision < overflow.revision)
                  then (select max(ranked.revision) from ranked where ranked.revision < overflow.revision)
                else overflow.revision end as revision,
           overflow.revision is not null as more
    from account, overflow
  ),
  -- If a single revision is larger than the limit, the probes above returned only a part of its rows, so they are
  -- looked up again in full: per bucket, because the indexes begin with it.
  cut as (select distinct touched.bucket, touched.revision from touched join bound using (revision) where bound.more),
  instants as (
    select bucket, at_ms from touched, bound where touched.revision <= bound.revision
    union
    select cut.bucket, change.at_ms from cut cross join lateral (
      select ${instant(Prisma.sql`timestamp`)} as at_ms from events where bucket_uuid = cut.bucket
        and revision = cut.revision
      union all
      select instant from deleted_events where bucket_uuid = cut.bucket and revision = cut.revision
    ) change
  )`;

/**
 * The same for a page that is continued: its last revision is known, and that revision and those before it have no more
 * rows than a page reads.
 */
const restOfRevisions = (
  user: string,
  after: bigint,
  excludeDevice: string | null,
  { revision, more, bucket, atMs }: Rest,
): Prisma.Sql => Prisma.sql`
  bound as (select ${revision}::bigint as revision, ${more}::boolean as more),
  instants as (
    select distinct bucket.id as bucket, change.at_ms
    from ${askedBuckets(user, excludeDevice)}
    cross join lateral (
      select ${instant(Prisma.sql`timestamp`)} as at_ms from events
      where bucket_uuid = bucket.id and revision > ${after}::bigint and revision <= ${revision}::bigint
      union all
      select instant from deleted_events
      where bucket_uuid = bucket.id and revision > ${after}::bigint and revision <= ${revision}::bigint
    ) change
    where (bucket.id, change.at_ms) > (${bucket}::uuid, ${atMs}::bigint)
  )`;

/**
 * Instants of one bucket as `changesSince` returns them, changed or not, in order: up to the one that brings them to
 * `maxBytes`. `instants` ascend, so those left out are at the end.
 */
export const instantsNow = (bucket: string, instants: readonly bigint[], maxBytes: number): Prisma.Sql => Prisma.sql`
  with instants as (select ${bucket}::uuid as bucket, unnest(${instants}::bigint[]) as at_ms),
  ${sized}
  select ${pageColumns} from sized instants
  where instants.before < ${maxBytes}::bigint
  order by instants.at_ms, instants.timestamp, instants.id`;
