import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { canonicalData } from './canonical-data.ts';
import { eventsWithData } from './event-columns.ts';
import { ofBucket } from './event-rows.ts';
import { among, type Staged } from './stage-events.ts';
import { instant, timestamptz } from './time.ts';

/** An event's key (spec/sync 1.3), and its duration in whole µs. */
const keyed = Prisma.sql`${instant(Prisma.sql`timestamp`)} as at_ms, div(duration_ns + 500, 1000) as duration_us,
  ${canonicalData} as plain`;

/**
 * Unstages, of the selected staged events, those that a bucket which a device pushed has already: each row of the
 * bucket stands for one event of its key that is not longer, and as many are dropped as can be (spec/rest DEV-21). The
 * selection must contain all events of an instant or none. Returns the number of dropped events.
 *
 * From the longest on, an event stays staged where more events than rows are at least as long, by more than before it:
 *
 *   events  9 s  5 s  1 s        rows  10 s  4 s
 *   10 s stands for 9 s, 4 s for 1 s, and 5 s stays
 *
 * Sorted together and counted, for the reason given in drop-twins.ts. Leans on events_account_bucket_timestamp_idx, a
 * probe per instant, and on the stage's key.
 */
export const dropPresent = (bucket: BucketKey, staged: Staged): Prisma.Sql => Prisma.sql`
  with staged as materialized (select ctid as line, place, ${keyed} from import_events where ${among(staged)}),
  all_of_them as (
    select line, place, at_ms, duration_us, plain from staged
    union all
    select null, null, here.* from (select distinct at_ms as instant from staged) instants
    cross join lateral (
      select ${keyed} from ${eventsWithData}
      where ${ofBucket(bucket)}
        and timestamp >= ${timestamptz(Prisma.sql`instants.instant * 1000`)}
        and timestamp < ${timestamptz(Prisma.sql`(instants.instant + 1) * 1000`)} offset 0
    ) here
  ),
  numbered as (
    select line, at_ms, plain,
           row_number() over (partition by at_ms, plain, line is null order by duration_us desc, place) as nth,
           count(*) filter (where line is null) over (
             partition by at_ms, plain order by duration_us desc range unbounded preceding
           ) as rows
    from all_of_them
  ),
  beside as (
    select line, nth - rows as lacking,
           max(nth - rows) over (
             partition by at_ms, plain order by nth rows between unbounded preceding and 1 preceding
           ) as before
    from numbered where line is not null
  )
  delete from import_events where account = ${staged.account}::int
    and ctid = any(array(select line from beside where lacking <= greatest(before, 0)))`;
