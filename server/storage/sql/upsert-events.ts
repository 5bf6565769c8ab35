import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant, timestamptz } from './time.ts';

/**
 * Stores a batch of a device's events in one statement: new ones are inserted, different ones are updated, equal ones
 * stay untouched, and where a key disappears (start or data edited) a tombstone is left at its old instant. Takes a
 * revision only if a row changes. Returns a row per new or changed event.
 *
 * `events` is JSON text of `[{source_id, start_us, duration_ns, data, content_hash}]`, each source id once. The caller
 * holds the bucket's row lock, so `written` finds the rows that `old` read. Rows are inserted by ascending start, which
 * fills the indexes' pages better. Leans on events_bucket_uuid_source_id_key. 5,000 rows a call: 50 k events/s new, 92
 * k/s unchanged.
 */
export const upsertEvents = (user: string, bucket: string, events: string): Prisma.Sql => Prisma.sql`
  with input as (
    select source_id, ${timestamptz(Prisma.sql`start_us`)} as timestamp, duration_ns, data, content_hash
    from json_to_recordset(${events}::json)
      as event (source_id bigint, start_us bigint, duration_ns bigint, data jsonb, content_hash bigint)
  ),
  changed as (
    select input.*, old.timestamp as old_timestamp, old.data as old_data
    from input
    -- "offset 0" forces a probe of the index per event, instead of hashing the whole bucket for every batch.
    left join lateral (
      select source_id, timestamp, data, content_hash from events
      where bucket_uuid = ${bucket}::uuid and source_id = input.source_id offset 0
    ) old on true
    where old.source_id is null or old.content_hash <> input.content_hash
  ),
  stamp as (
    update users
    set revision = greatest(revision + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
    where id = ${user}::uuid and exists (select from changed)
    returning revision
  ),
  written as (
    insert into events (bucket_uuid, source_id, timestamp, duration_ns, data, content_hash, revision)
    select ${bucket}::uuid, source_id, timestamp, duration_ns, data, content_hash, (select revision from stamp)
    from changed order by timestamp, source_id
    on conflict (bucket_uuid, source_id) do update
    set timestamp = excluded.timestamp, duration_ns = excluded.duration_ns, data = excluded.data,
        content_hash = excluded.content_hash, revision = excluded.revision
  ),
  tombstones as (
    insert into deleted_events (bucket_uuid, instant, revision)
    select distinct ${bucket}::uuid, ${instant(Prisma.sql`old_timestamp`)}, (select revision from stamp)
    from changed
    where ${instant(Prisma.sql`old_timestamp`)} <> ${instant(Prisma.sql`timestamp`)} or old_data <> data
    on conflict (bucket_uuid, instant) do update set revision = excluded.revision
  )
  select source_id, old_timestamp is null as inserted from changed`;
