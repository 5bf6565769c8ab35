import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { canonicalData } from './canonical-data.ts';
import { eventsWithData } from './event-columns.ts';
import { ofBucket } from './event-rows.ts';
import { among, type Staged } from './stage-events.ts';

/** What makes two events equal: start, duration, and data by value; the hash avoids most comparisons of data. */
const content = Prisma.sql`timestamp, duration_ns, content_hash, ${canonicalData} as plain_data`;

/**
 * Unstages, of the selected staged events, those that the bucket has already: the k-th of equal events is dropped if
 * the bucket has k of them, with or without an owner (spec/rest 6). The selection must contain all events of a start or
 * none. Returns the number of dropped events.
 *
 * Staged and stored events are sorted together and counted instead of joined: without statistics, which the stage never
 * has, the planner takes it for empty and joins 8,000 events of one start with each other row by row, for a minute.
 * Leans on events_account_bucket_timestamp_idx, a probe per start, and on the stage's key.
 */
export const dropTwins = (bucket: BucketKey, staged: Staged): Prisma.Sql => Prisma.sql`
  with staged as materialized (select ctid as line, place, ${content} from import_events where ${among(staged)}),
  all_of_them as (
    select line, place, timestamp, duration_ns, content_hash, plain_data from staged
    union all
    select null, null, here.* from (select distinct timestamp as start from staged) starts
    -- "offset 0" forces a probe of the index per start, instead of hashing the whole bucket.
    cross join lateral (select ${content} from ${eventsWithData} where ${ofBucket(bucket)}
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
  delete from import_events where account = ${staged.account}::int
    and ctid = any(array(select line from numbered where line is not null and copy <= copies))`;
