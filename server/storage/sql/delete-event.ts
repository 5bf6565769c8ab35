import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant } from './time.ts';

/**
 * Deletes one event that no device owns and leaves a tombstone at its instant. Returns its id, or nothing when there
 * was no such event.
 */
export const deleteEvent = (bucket: string, revision: bigint, id: number): Prisma.Sql => Prisma.sql`
  with gone as (
    delete from events
    where id = ${id} and bucket_uuid = ${bucket}::uuid and source_id is null
    returning id, timestamp
  ),
  tombstones as (
    insert into deleted_events (bucket_uuid, instant, revision)
    select ${bucket}::uuid, ${instant(Prisma.sql`timestamp`)}, ${revision}::bigint from gone
    on conflict (bucket_uuid, instant) do update set revision = excluded.revision
  )
  select id from gone`;
