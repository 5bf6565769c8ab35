import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant } from './time.ts';
import { TRASHED, trashGone } from './trashed-events.ts';

/**
 * Moves rows that no device owns to the trash as of `at` (spec/sync 4.7), because events of the device have become
 * equal to them, and leaves tombstones. By id, so by the primary key. Returns their number. The caller holds the
 * bucket's row lock.
 */
export const deleteOutgrownEvents = (
  bucket: string,
  ids: readonly number[],
  revision: bigint,
  at: Date,
): Prisma.Sql => Prisma.sql`
  with gone as (
    delete from events
    where id = any(${ids}::bigint[]) and bucket_uuid = ${bucket}::uuid and source_id is null
    returning ${TRASHED}
  ),
  trashed as (${trashGone(at)}),
  tombstones as (
    insert into deleted_events (bucket_uuid, instant, revision)
    select distinct ${bucket}::uuid, ${instant(Prisma.sql`timestamp`)}, ${revision}::bigint from gone
    on conflict (bucket_uuid, instant) do update set revision = excluded.revision
  )
  select id from gone`;
