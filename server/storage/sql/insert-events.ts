import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { bigints, ints } from './columns.ts';
import { noteEvents } from './event-rows.ts';
import { markDays } from './fact-marks.ts';
import { timestamptz } from './time.ts';

/** Events as columns; `values` are numbers of the account's values (values.ts). */
export type Columns = {
  readonly starts: readonly bigint[];
  readonly durations: readonly bigint[];
  readonly values: readonly number[];
  readonly hashes: readonly bigint[];
};

/**
 * Inserts events that no device owns, with rising ids in the order given, and returns the number before the first of
 * them. The rows themselves go in by ascending start, which fills the indexes' pages better. The caller holds the locks
 * of the account and of the bucket.
 */
export const insertEvents = (
  bucket: BucketKey,
  revision: bigint,
  { starts, durations, values, hashes }: Columns,
  longestNs: bigint,
): Prisma.Sql => Prisma.sql`
  with event as materialized (
    select * from unnest(${bigints(starts)}, ${bigints(durations)}, ${ints(values)}, ${bigints(hashes)})
      with ordinality as event (start_us, duration_ns, value, content_hash, place)
  ),
  stamp as (
    update users set last_event = last_event + ${starts.length}::int where account = ${bucket.account}::int
    returning last_event - ${starts.length}::int as before
  ),
  written as (
    insert into events (account, bucket, id, timestamp, duration_ns, value, content_hash, revision)
    select ${bucket.account}::int, ${bucket.number}::int, stamp.before + place, ${timestamptz(Prisma.sql`start_us`)},
      duration_ns, value, content_hash, ${revision}::bigint
    from stamp, event
    order by start_us, place
  ),
  noted as (${noteEvents(bucket, Prisma.sql`${starts.length}::int`, longestNs)}),
  marked as (${markDays(bucket, Prisma.sql`select start_us, duration_ns from event`)})
  select before from stamp`;
