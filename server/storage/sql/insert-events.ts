import { Prisma } from '../../../prisma/generated/client/client.ts';
import { timestamptz } from './time.ts';

/**
 * Inserts events that no device owns, in the order given, and returns their ids in that order. `events` is JSON text of
 * `[{start_us, duration_ns, data, content_hash}]`. Ids come from one sequence, so they only rise.
 */
export const insertEvents = (bucket: string, revision: bigint, events: string): Prisma.Sql => Prisma.sql`
  with written as (
    insert into events (bucket_uuid, timestamp, duration_ns, data, content_hash, revision)
    select ${bucket}::uuid, ${timestamptz(Prisma.sql`start_us`)}, duration_ns, data, content_hash, ${revision}
    from rows from (json_to_recordset(${events}::json)
      as (start_us bigint, duration_ns bigint, data jsonb, content_hash bigint)) with ordinality
    order by ordinality
    returning id
  )
  select id from written order by id`;
