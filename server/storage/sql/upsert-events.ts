import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { bigints, ints } from './columns.ts';
import { anySource, eventOfSource } from './event-columns.ts';
import { noteEvents } from './event-rows.ts';
import { markDays } from './fact-marks.ts';
import { NEXT_REVISION } from './next-revision.ts';
import { instant, micros, timestamptz } from './time.ts';

/** Events as columns, each source id once; `values` are numbers of the account's values (values.ts). */
export type SourcedColumns = {
  readonly sourceIds: readonly number[];
  readonly starts: readonly bigint[];
  readonly durations: readonly bigint[];
  readonly values: readonly number[];
  readonly hashes: readonly bigint[];
};

/** How many events were new and how many changed, and their source ids as a list; null: all or none of them. */
export type UpsertedRow = {
  readonly inserted: bigint;
  readonly updated: bigint;
  readonly inserted_ids: string | null;
  readonly updated_ids: string | null;
};

const WRITTEN = Prisma.sql`timestamp, duration_ns, value, source_id, content_hash, stamp.revision`;

const least = (ids: readonly number[]): number => ids.reduce((one, other) => (other < one ? other : one));
const most = (ids: readonly number[]): number => ids.reduce((one, other) => (other > one ? other : one));

/**
 * Stores a batch of a device's events in one statement: new ones are inserted, different ones are updated, equal ones
 * stay untouched, and where a key disappears (start or data edited) a tombstone is left at its old instant. Takes a
 * revision, and ids, only if a row changes.
 *
 * The caller holds the locks of the account and of the bucket, so `grown` finds the rows that `old` read, and no other
 * row has a source id of `fresh`. Rows are inserted by ascending start, which fills the indexes' pages better. Leans on
 * events_account_bucket_source_id_key: a probe for the batch, and one per event only where the bucket has a source id
 * among the batch's. A first push goes through the ids in order, and has none: its probes were two fifths of the
 * statement, and "on conflict" on rows that are new another eighth.
 */
export const upsertEvents = (bucket: BucketKey, events: SourcedColumns, longestNs: bigint): Prisma.Sql => Prisma.sql`
  with known as materialized (
    select exists (${anySource(bucket, least(events.sourceIds), most(events.sourceIds))}) as found
  ),
  changed as materialized (
    select event.source_id, event.start_us, ${timestamptz(Prisma.sql`event.start_us`)} as timestamp, event.duration_ns,
      event.value, event.content_hash, old.id as old_id, old.timestamp as old_timestamp,
      old.duration_ns as old_duration_ns, old.value as old_value,
      row_number() over (partition by old.id is null order by event.start_us, event.source_id) as place
    from unnest(${bigints(events.sourceIds)}, ${bigints(events.starts)}, ${bigints(events.durations)},
      ${ints(events.values)}, ${bigints(events.hashes)})
      as event (source_id, start_us, duration_ns, value, content_hash)
    left join ${eventOfSource(
      bucket,
      Prisma.sql`event.source_id`,
      Prisma.sql`id, timestamp, duration_ns, value, content_hash`,
      Prisma.sql`(select found from known)`,
    )} old on true
    where old.id is null or old.content_hash <> event.content_hash
  ),
  counted as materialized (
    select count(*) filter (where old_id is null) as inserted, count(old_id) as updated from changed
  ),
  stamp as (
    update users set revision = ${NEXT_REVISION}, last_event = last_event + counted.inserted
    from counted
    where account = ${bucket.account}::int and counted.inserted + counted.updated > 0
    returning revision, last_event - counted.inserted as before
  ),
  fresh as (
    insert into events (account, bucket, id, timestamp, duration_ns, value, source_id, content_hash, revision)
    select ${bucket.account}::int, ${bucket.number}::int, stamp.before + place, ${WRITTEN}
    from changed, stamp where old_id is null order by timestamp, source_id
  ),
  grown as (
    insert into events (account, bucket, id, timestamp, duration_ns, value, source_id, content_hash, revision)
    select ${bucket.account}::int, ${bucket.number}::int, old_id, ${WRITTEN}
    from changed, stamp where old_id is not null order by timestamp, source_id
    on conflict (account, bucket, source_id) where source_id is not null do update
    set timestamp = excluded.timestamp, duration_ns = excluded.duration_ns, value = excluded.value,
        content_hash = excluded.content_hash, revision = excluded.revision
  ),
  tombstones as (
    insert into deleted_events (account, bucket, instant, revision)
    select distinct ${bucket.account}::int, ${bucket.number}::int, ${instant(Prisma.sql`old_timestamp`)},
      stamp.revision
    from changed, stamp
    where ${instant(Prisma.sql`old_timestamp`)} <> ${instant(Prisma.sql`timestamp`)} or old_value <> value
    on conflict (account, bucket, instant) do update set revision = excluded.revision
  ),
  noted as (${noteEvents(bucket, Prisma.sql`select inserted from counted`, longestNs)}),
  marked as (${markDays(
    bucket,
    Prisma.sql`select start_us, duration_ns from changed
      union all
      select ${micros(Prisma.sql`old_timestamp`)}, old_duration_ns from changed where old_id is not null`,
  )})
  select inserted, updated,
    case when inserted between 1 and ${events.sourceIds.length - 1}
      then (select string_agg(source_id::text, ',') from changed where old_id is null) end as inserted_ids,
    case when updated between 1 and ${events.sourceIds.length - 1}
      then (select string_agg(source_id::text, ',') from changed where old_id is not null) end as updated_ids
  from counted`;
