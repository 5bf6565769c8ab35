import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { bigints } from './columns.ts';
import { eventOfSource } from './event-columns.ts';
import { noteEvents } from './event-rows.ts';
import { markDays } from './fact-marks.ts';
import { NEXT_REVISION } from './next-revision.ts';
import { instant, micros } from './time.ts';
import { TRASHED, trashGone } from './trashed-events.ts';

/**
 * Deletes rows that a device no longer has, each only if its content is still what the device expects, leaves
 * tombstones (spec/sync 4.3), and moves the rows to the trash as of `at` (spec/sync 4.7). Takes a revision only if a
 * row is deleted. Returns the source ids of the deleted rows. The caller holds the locks of the account and of the
 * bucket.
 */
export const deleteSourcedEvents = (
  bucket: BucketKey,
  sourceIds: readonly number[],
  hashes: readonly bigint[],
  at: Date,
): Prisma.Sql => Prisma.sql`
  with doomed as materialized (
    select event.id, event.source_id, event.timestamp
    from unnest(${bigints(sourceIds)}, ${bigints(hashes)}) as input (source_id, content_hash)
    cross join ${eventOfSource(
      bucket,
      Prisma.sql`input.source_id`,
      Prisma.sql`id, source_id, timestamp, content_hash`,
    )} event
    where event.content_hash = input.content_hash
  ),
  stamp as (
    update users set revision = ${NEXT_REVISION}
    where account = ${bucket.account}::int and exists (select from doomed)
    returning revision
  ),
  gone as (
    delete from events where account = ${bucket.account}::int and id = any(array(select id from doomed))
    returning ${TRASHED}
  ),
  trashed as (${trashGone(at)}),
  tombstones as (
    insert into deleted_events (account, bucket, instant, revision)
    select distinct ${bucket.account}::int, ${bucket.number}::int, ${instant(Prisma.sql`timestamp`)}, stamp.revision
    from doomed, stamp
    on conflict (account, bucket, instant) do update set revision = excluded.revision
  ),
  noted as (${noteEvents(bucket, Prisma.sql`select -count(*) from gone`, 0n)}),
  marked as (${markDays(
    bucket,
    Prisma.sql`select ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns from gone`,
  )})
  select source_id from doomed`;
