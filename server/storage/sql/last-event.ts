import { Prisma } from '../../../prisma/generated/client/client.ts';
import { eventColumns } from './event-columns.ts';

/**
 * The event that a heartbeat is compared with (spec/rest 4): the slot's, if it is still there, else the
 * first in listing order. Rows that a device owns don't count (spec/sync 1.1). The caller holds the bucket's row lock.
 */
export const lastEvent = (bucket: string, slot: bigint | null): Prisma.Sql => Prisma.sql`
  (select ${eventColumns}, true as in_slot from events
   where id = ${slot}::bigint and bucket_uuid = ${bucket}::uuid and source_id is null)
  union all
  (select ${eventColumns}, false as in_slot from events
   where bucket_uuid = ${bucket}::uuid and source_id is null
   order by timestamp desc, duration_ns, id limit 1)
  order by in_slot desc limit 1`;
