import { Prisma } from '../../../prisma/generated/client/client.ts';
import { micros, timestamptz } from './time.ts';

/** Where a slice of the stage ends. */
export type StagePosition = { readonly startUs: bigint; readonly place: bigint };

/**
 * Moves the next `limit` staged events behind `after` into their bucket, oldest start first, and equal starts as the file has
 * them: ids rise in that order, by which the listing orders ties. Returns how many, the longest, and where to go on.
 */
export const insertStaged = (bucketUuid: string, bucket: number, revision: bigint, after: StagePosition | null, limit: number): Prisma.Sql => Prisma.sql`
  with slice as (
    select timestamp, place, duration_ns, content_hash, data from import_events
    where bucket = ${bucket}::int
    ${after === null ? Prisma.empty : Prisma.sql`and (timestamp, place) > (${timestamptz(Prisma.sql`${after.startUs}::bigint`)}, ${after.place}::bigint)`}
    order by timestamp, place limit ${limit}
  ),
  written as (
    insert into events (bucket_uuid, timestamp, duration_ns, data, content_hash, revision)
    select ${bucketUuid}::uuid, timestamp, duration_ns, data, content_hash, ${revision} from slice order by timestamp, place
  )
  select count(*) as rows, max(duration_ns) as longest_ns, ${micros(Prisma.sql`max(timestamp)`)} as start_us,
         (select place from slice order by timestamp desc, place desc limit 1) as place
  from slice`;

/** Whether any is left for this bucket. */
export const isStaged = (bucket: number): Prisma.Sql => Prisma.sql`select exists (select from import_events where bucket = ${bucket}::int) as found`;
