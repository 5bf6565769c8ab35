import { WITNESSES } from '../../../domain/sync/push.ts';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { askedBuckets, withTies } from './by-time.ts';
import { valueOf } from './event-columns.ts';
import { instant } from './time.ts';

/** Larger data are not read for a witness: such an event is identified only by its instant. */
const MOST_BYTES = 16_000;

/** Written so that no planner takes the index on source ids, which has no times, for one that finds the newest. */
const PUSHED = Prisma.sql`and num_nonnulls(source_id) = 1`;
const columns = Prisma.sql`id, source_id, timestamp, value`;

/**
 * The newest pushed events of each bucket, newest first, as (source id, instant): spec/sync 1.5. Those with the
 * device's highest ids of all come with their data (spec/sync 7.4).
 */
export const witnesses = (account: number, numbers: readonly number[]): Prisma.Sql => Prisma.sql`
  with found as materialized (
    select asked.number as bucket, event.id, event.source_id, event.timestamp, event.value
    from ${askedBuckets(account, numbers)}
    cross join lateral (
      select * from (${withTies('newest', columns, WITNESSES, {}, PUSHED)}) tied
      order by timestamp desc, source_id desc limit ${WITNESSES}
    ) event
  ), called as (
    select id from found order by source_id desc limit ${WITNESSES}
  )
  select found.bucket, found.source_id, ${instant(Prisma.sql`found.timestamp`)} as at_ms, held.data
  from found
  left join called on called.id = found.id
  left join ${valueOf(
    Prisma.sql`${account}::int`,
    Prisma.sql`found.value`,
    Prisma.sql`case when data_bytes <= ${MOST_BYTES} then data::text end as data`,
  )} held on called.id is not null
  order by found.bucket, found.timestamp desc, found.source_id desc`;
