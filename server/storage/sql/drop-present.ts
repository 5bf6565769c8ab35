import { Prisma } from '../../../prisma/generated/client/client.ts';
import { canonicalData } from './canonical-data.ts';
import { among, type Staged } from './stage-events.ts';
import { instant, timestamptz } from './time.ts';

/** An event's key (spec/sync 1.3), and its duration in whole µs. */
const keyed = Prisma.sql`${instant(Prisma.sql`timestamp`)} as at_ms, div(duration_ns + 500, 1000) as duration_us,
  ${canonicalData} as plain`;

/**
 * Takes off the stage, of the staged events meant, what a bucket that a device pushed has already: of equal keys the
 * k-th longest goes if the bucket's k-th longest row is not shorter (spec/rest DEV-21). All events of one instant must
 * be among them. Returns how many went.
 *
 * Sorted together and counted, for the reason that drop-twins.ts gives. Leans on events_bucket_uuid_timestamp_idx, a
 * probe per instant, and on the stage's key.
 */
export const dropPresent = (bucketUuid: string, staged: Staged): Prisma.Sql => Prisma.sql`
  with staged as materialized (select ctid as line, place, ${keyed} from import_events where ${among(staged)}),
  all_of_them as (
    select line, place, at_ms, duration_us, plain from staged
    union all
    select null, null, here.* from (select distinct at_ms as instant from staged) instants
    cross join lateral (
      select ${keyed} from events
      where bucket_uuid = ${bucketUuid}::uuid
        and timestamp >= ${timestamptz(Prisma.sql`instants.instant * 1000`)}
        and timestamp < ${timestamptz(Prisma.sql`(instants.instant + 1) * 1000`)} offset 0
    ) here
  ),
  numbered as (
    select line, at_ms, duration_us, plain,
           row_number() over (partition by at_ms, plain, line is null order by duration_us desc, place) as nth
    from all_of_them
  ),
  beside as (
    select line, duration_us, max(duration_us) filter (where line is null) over (partition by at_ms, plain,
      nth) as held_us
    from numbered
  )
  delete from import_events where ctid = any(array(select line from beside where line is not null
    and held_us >= duration_us))`;
