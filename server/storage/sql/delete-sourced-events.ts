import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant } from './time.ts';
import { TRASHED, trashGone } from './trashed-events.ts';

/**
 * Deletes rows that a device no longer has, each only if its content is still what the device expects, leaves
 * tombstones (spec/sync 4.3), and moves the rows to the trash as of `at` (spec/sync 4.7). `rows` is JSON text of
 * `[{source_id, content_hash}]`. Takes a revision only if a row is deleted. Returns the source ids of the deleted rows.
 * The caller holds the bucket's row lock.
 */
export const deleteSourcedEvents = (user: string, bucket: string, rows: string, at: Date): Prisma.Sql => Prisma.sql`
  with input as (
    select source_id, content_hash from json_to_recordset(${rows}::json) as row (source_id bigint, content_hash bigint)
  ),
  doomed as (
    select event.id, event.source_id, event.timestamp from input
    cross join lateral (
      select id, source_id, timestamp, content_hash from events
      where bucket_uuid = ${bucket}::uuid and source_id = input.source_id offset 0
    ) event
    where event.content_hash = input.content_hash
  ),
  stamp as (
    update users
    set revision = greatest(revision + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
    where id = ${user}::uuid and exists (select from doomed)
    returning revision
  ),
  gone as (
    delete from events where id in (select id from doomed)
    returning ${TRASHED}
  ),
  trashed as (${trashGone(at)}),
  tombstones as (
    insert into deleted_events (bucket_uuid, instant, revision)
    select distinct ${bucket}::uuid, ${instant(Prisma.sql`timestamp`)}, (select revision from stamp) from doomed
    on conflict (bucket_uuid, instant) do update set revision = excluded.revision
  )
  select source_id from doomed`;
