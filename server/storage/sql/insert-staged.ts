import { Prisma } from '../../../prisma/generated/client/client.ts';
import { among, type Staged } from './stage-events.ts';

/**
 * Moves staged events into their bucket, oldest start first, and equal starts in the order of the file: ids rise in
 * that order, by which the listing breaks ties. Returns their number, and the longest duration.
 */
export const insertStaged = (bucketUuid: string, staged: Staged, revision: bigint): Prisma.Sql => Prisma.sql`
  with slice as (
    delete from import_events where ${among(staged)}
    returning timestamp, place, duration_ns, content_hash, data
  ),
  written as (
    insert into events (bucket_uuid, timestamp, duration_ns, data, content_hash, revision)
    select ${bucketUuid}::uuid, timestamp, duration_ns, data, content_hash, ${revision} from slice
      order by timestamp, place
  )
  select count(*) as rows, max(duration_ns) as longest_ns from slice`;
