import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { noteEvents } from './event-rows.ts';
import { markDays } from './fact-marks.ts';
import { instant, micros } from './time.ts';

/**
 * Deletes one event that no device owns and leaves a tombstone at its instant. Returns its id, or nothing when there
 * was no such event. The caller holds the locks of the account and of the bucket.
 */
export const deleteEvent = (bucket: BucketKey, revision: bigint, id: number): Prisma.Sql => Prisma.sql`
  with gone as (
    delete from events
    where account = ${bucket.account}::int and id = ${id}::bigint and bucket = ${bucket.number}::int
      and source_id is null
    returning id, timestamp, duration_ns
  ),
  tombstones as (
    insert into deleted_events (account, bucket, instant, revision)
    select ${bucket.account}::int, ${bucket.number}::int, ${instant(Prisma.sql`timestamp`)}, ${revision}::bigint
    from gone
    on conflict (account, bucket, instant) do update set revision = excluded.revision
  ),
  noted as (${noteEvents(bucket, Prisma.sql`select -count(*) from gone`, 0n)}),
  marked as (${markDays(
    bucket,
    Prisma.sql`select ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns from gone`,
  )})
  select id from gone`;
