import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { bigints } from './columns.ts';
import { noteEvents } from './event-rows.ts';
import { markDays } from './fact-marks.ts';
import { instant, micros } from './time.ts';
import { TRASHED, trashGone } from './trashed-events.ts';

/**
 * Moves rows that no device owns to the trash as of `at` (spec/sync 4.7), because events of the device have become
 * equal to them, and leaves tombstones. By id, so by the primary key. Returns their number. The caller holds the locks
 * of the account and of the bucket.
 */
export const deleteOutgrownEvents = (
  bucket: BucketKey,
  ids: readonly number[],
  revision: bigint,
  at: Date,
): Prisma.Sql => Prisma.sql`
  with gone as (
    delete from events
    where account = ${bucket.account}::int and id = any(${bigints(ids)}) and bucket = ${bucket.number}::int
      and source_id is null
    returning ${TRASHED}
  ),
  trashed as (${trashGone(at)}),
  tombstones as (
    insert into deleted_events (account, bucket, instant, revision)
    select distinct ${bucket.account}::int, ${bucket.number}::int, ${instant(Prisma.sql`timestamp`)},
      ${revision}::bigint
    from gone
    on conflict (account, bucket, instant) do update set revision = excluded.revision
  ),
  noted as (${noteEvents(bucket, Prisma.sql`select -count(*) from gone`, 0n)}),
  marked as (${markDays(
    bucket,
    Prisma.sql`select ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns from gone`,
  )})
  select count(*) as rows from gone`;
