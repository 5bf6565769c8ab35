import { WITNESSES } from '../../../domain/sync/push.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant } from './time.ts';

/** Larger data are not read for a witness: such an event is identified only by its instant. */
const MOST_BYTES = 16_000;

/**
 * The newest pushed events of each bucket, newest first, as (source id, instant): spec/sync 1.5. Those with the
 * device's highest ids of all come with their data (spec/sync 7.4).
 */
export const witnesses = (buckets: readonly string[]): Prisma.Sql => Prisma.sql`
  with found as materialized (
    select bucket.id as bucket, event.id, event.source_id, event.timestamp, event.data, event.data_bytes
    from unnest(${buckets}::uuid[]) as bucket (id)
    cross join lateral (
      select id, source_id, timestamp, data, data_bytes from events
      where bucket_uuid = bucket.id and source_id is not null
      order by timestamp desc, source_id desc limit ${WITNESSES}
    ) event
  ), called as (
    select id from found order by source_id desc limit ${WITNESSES}
  )
  select found.bucket::text as bucket, found.source_id, ${instant(Prisma.sql`found.timestamp`)} as at_ms,
    case when found.data_bytes <= ${MOST_BYTES} and found.id in (select id
      from called) then found.data::text end as data
  from found
  order by found.bucket, found.timestamp desc, found.source_id desc`;
