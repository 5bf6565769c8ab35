import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { askedBucket, withTies } from './by-time.ts';
import { eventColumns, eventOfId, eventOfIdWithData } from './event-columns.ts';

const UNOWNED = Prisma.sql`and source_id is null and not exists (select from in_slot)`;

/**
 * The event that a heartbeat is compared with (spec/rest 4): the slot's, if it is still there, else the
 * first in listing order. Rows that a device owns don't count (spec/sync 1.1). The caller holds the bucket's row lock.
 *
 * The newest start is found first, with all that start then: ordered by all of the listing's columns at once, a bucket
 * without statistics would be sorted as a whole.
 */
export const lastEvent = (bucket: BucketKey, slot: bigint | null): Prisma.Sql => Prisma.sql`
  with in_slot as materialized (
    select id from ${eventOfId(bucket.account, Prisma.sql`${slot}::bigint`)}
    where bucket = ${bucket.number}::int and source_id is null
  ),
  newest as (
    select id, timestamp, duration_ns from ${askedBucket(bucket)} cross join lateral (
      ${withTies('newest', Prisma.sql`id, timestamp, duration_ns`, 1, {}, UNOWNED)}
    ) found
  )
  select ${eventColumns} from ${eventOfIdWithData(
    bucket.account,
    Prisma.sql`coalesce((select id from in_slot), (select id from newest order by duration_ns, id limit 1))`,
  )}`;
