import { Prisma } from '../../../prisma/generated/client/client.ts';
import { canonicalData } from './canonical-data.ts';
import { among, type Staged } from './stage-events.ts';

/**
 * What two equal events have in common: start, duration, and data by value; the hash spares most comparisons of data.
 */
const content = Prisma.sql`timestamp, duration_ns, content_hash, ${canonicalData} as plain_data`;

/**
 * Takes off the stage what the bucket has already, of the staged events meant: the k-th of equal events
 * goes if the bucket has k of them, whoever owns those (spec/rest 6). All events of one start must be among
 * them. Returns how many went.
 *
 * Staged and stored are sorted together and counted, rather than joined: without statistics, and a stage has none, the
 * planner takes it for empty and joins 8,000 events of one start with each other row by row, for a minute. Leans on
 * events_bucket_uuid_timestamp_idx, a probe per start, and on the stage's key.
 */
export const dropTwins = (bucketUuid: string, staged: Staged): Prisma.Sql => Prisma.sql`
  with staged as materialized (select ctid as line, place, ${content} from import_events where ${among(staged)}),
  all_of_them as (
    select line, place, timestamp, duration_ns, content_hash, plain_data from staged
    union all
    select null, null, here.* from (select distinct timestamp as start from staged) starts
    -- "offset 0": a probe of the index per start, and never a hash of the whole bucket.
    cross join lateral (select ${content} from events where bucket_uuid = ${bucketUuid}::uuid
      and timestamp = starts.start offset 0) here
  ),
  numbered as (
    select line,
           row_number() over (
             partition by timestamp, duration_ns, content_hash, plain_data, line is null order by place
           ) as copy,
           count(*) filter (where line is null) over (
             partition by timestamp, duration_ns, content_hash, plain_data
           ) as copies
    from all_of_them
  )
  delete from import_events where ctid = any(array(select line from numbered where line is not null
    and copy <= copies))`;
