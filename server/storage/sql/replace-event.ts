import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant, timestamptz } from './time.ts';

export type Replacement = {
  readonly id: number;
  readonly startUs: bigint;
  readonly durationNs: bigint;
  readonly data: string;
  readonly contentHash: bigint;
};

/**
 * Replaces one event that no device owns, and leaves a tombstone at its old instant if its start or data changed.
 * Returns the row's id, or nothing when the bucket has no such row. The caller holds the bucket's row lock.
 */
export const replaceEvent = (bucket: string, revision: bigint, event: Replacement): Prisma.Sql => Prisma.sql`
  with old as (
    select id, timestamp, data from events
    where id = ${event.id} and bucket_uuid = ${bucket}::uuid and source_id is null
  ),
  written as (
    update events
    set timestamp = ${timestamptz(Prisma.sql`${event.startUs}::bigint`)}, duration_ns = ${event.durationNs}::bigint,
        data = ${event.data}::jsonb, content_hash = ${event.contentHash}::bigint, revision = ${revision}::bigint
    from old where events.id = old.id
    returning events.id, events.timestamp, events.data, old.timestamp as old_timestamp, old.data as old_data
  ),
  tombstones as (
    insert into deleted_events (bucket_uuid, instant, revision)
    select ${bucket}::uuid, ${instant(Prisma.sql`old_timestamp`)}, ${revision}::bigint
    from written
    where ${instant(Prisma.sql`old_timestamp`)} <> ${instant(Prisma.sql`timestamp`)} or old_data <> data
    on conflict (bucket_uuid, instant) do update set revision = excluded.revision
  )
  select id from written`;
