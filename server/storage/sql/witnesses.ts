import { Prisma } from '../../../prisma/generated/client/client.ts';
import { instant } from './time.ts';

/** How many of a bucket's newest pushed events the server tells, so that the client knows its own database again. */
export const WITNESSES = 20;

/** The newest pushed events of each bucket, newest first, as (source id, instant): sync.md section 1. */
export const witnesses = (buckets: readonly string[]): Prisma.Sql => Prisma.sql`
  select bucket.id::text as bucket, event.source_id, ${instant(Prisma.sql`event.timestamp`)} as at_ms
  from unnest(${buckets}::uuid[]) as bucket (id)
  cross join lateral (
    select source_id, timestamp from events
    where bucket_uuid = bucket.id and source_id is not null
    order by timestamp desc, source_id desc limit ${WITNESSES}
  ) event
  order by bucket.id, event.timestamp desc, event.source_id desc`;
