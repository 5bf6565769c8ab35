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
export type ChangeRow = InstantRow & { revision: bigint; more: boolean };

/**
 * A page of changes (sync.md 3.3): the instants touched by whole revisions after `after`, oldest first, with what starts in
 * each of them *now*. One statement, so one snapshot: the account's revision read here covers every row seen here. Looks
 * at about `limit` rows; a single revision is never split (a write stamps at most 5,000 rows with one number).
 * One row an event, or one without `id` for an instant where nothing is left; a page without changes is one row without bucket.
 * Leans on events_bucket_uuid_revision_idx and deleted_events_bucket_uuid_revision_idx, a probe per bucket.
 */
export const changesSince = (user: string, after: bigint, limit: number, excludeDevice: string | null): Prisma.Sql => Prisma.sql`
  with account as (select revision from users where id = ${user}::uuid),
  touched as (
    select bucket.id as bucket, change.revision, change.at_ms
    from buckets bucket
    join devices device on device.id = bucket.device_uuid
    cross join lateral (
      (select revision, ${instant(Prisma.sql`timestamp`)} as at_ms from events
       where bucket_uuid = bucket.id and revision > ${after}::bigint order by revision limit ${limit + 1})
      union all
      (select revision, instant from deleted_events
       where bucket_uuid = bucket.id and revision > ${after}::bigint order by revision limit ${limit + 1})
    ) change
    where bucket.user_id = ${user}::uuid and (${excludeDevice}::text is null or device.device_id <> ${excludeDevice}::text)
  ),
  ranked as (select revision, row_number() over (order by revision) as place from touched),
  -- The revision that the first row past the limit belongs to is left to the next page, unless it is all there is.
  overflow as (select min(revision) as revision from ranked where place > ${limit}),
  bound as (
    select case when overflow.revision is null then account.revision
                when exists (select from ranked where ranked.revision < overflow.revision)
                  then (select max(ranked.revision) from ranked where ranked.revision < overflow.revision)
                else overflow.revision end as revision,
           overflow.revision is not null as more
    from account, overflow
  ),
  -- A lone revision larger than the limit was cut off by the probes above, so its rows are looked up again in full: per bucket,
  -- because the indexes begin with it.
  cut as (select distinct touched.bucket, touched.revision from touched join bound using (revision) where bound.more),
  instants as (
    select bucket, at_ms from touched, bound where touched.revision <= bound.revision
    union
    select cut.bucket, change.at_ms from cut cross join lateral (
      select ${instant(Prisma.sql`timestamp`)} as at_ms from events where bucket_uuid = cut.bucket and revision = cut.revision
      union all
      select instant from deleted_events where bucket_uuid = cut.bucket and revision = cut.revision
    ) change
  )
  select bound.revision, bound.more, instants.bucket::text as bucket, instants.at_ms,
         ${isGone} as gone,
         event.id, ${micros(Prisma.sql`event.timestamp`)} as start_us, event.duration_ns, event.data::text as data
  from bound
  left join instants on true
  left join ${eventsAtInstants} event on true
  order by instants.bucket, instants.at_ms, event.timestamp, event.id`;

/** Instants of one bucket as `changesSince` tells them, whether anything changed or not. */
export const instantsNow = (bucket: string, instants: readonly bigint[]): Prisma.Sql => Prisma.sql`
  select instants.bucket::text as bucket, instants.at_ms, ${isGone} as gone,
         event.id, ${micros(Prisma.sql`event.timestamp`)} as start_us, event.duration_ns, event.data::text as data
  from (select ${bucket}::uuid as bucket, unnest(${instants}::bigint[]) as at_ms) instants
  left join ${eventsAtInstants} event on true
  order by instants.at_ms, event.timestamp, event.id`;
