import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { BucketKey } from '../bucket-key.ts';
import { markDays } from './fact-marks.ts';
import { among, type Staged } from './stage-events.ts';
import { micros } from './time.ts';
import { valueHash } from './value-numbers.ts';

/**
 * Moves staged events into their bucket, oldest start first, and equal starts in the order of the file: ids rise in
 * that order, by which the listing breaks ties. Makes the values that are missing, as value-numbers.ts does. Returns
 * their number, and the longest duration. The caller holds the locks of the account and of the bucket.
 */
export const insertStaged = (bucket: BucketKey, staged: Staged, revision: bigint): Prisma.Sql => Prisma.sql`
  with slice as materialized (
    delete from import_events where ${among(staged)}
    returning timestamp, place, duration_ns, content_hash, data
  ),
  hashed as materialized (select slice.*, ${valueHash(Prisma.sql`data`)} as hash from slice),
  found as materialized (
    select hashed.*, held.value, row_number() over (order by timestamp, hashed.place) as nth,
      dense_rank() over (partition by held.value is null order by hashed.hash)::int as value_place
    from hashed
    left join lateral (
      select value from event_values where account = ${bucket.account}::int and hash = hashed.hash offset 0
    ) held on true
  ),
  fresh as (
    select distinct on (value_place) value_place, hash, data from found where value is null order by value_place
  ),
  counted as materialized (
    select count(*) as rows, max(duration_ns) as longest_ns, (select count(*)::int from fresh) as made from found
  ),
  stamp as (
    update users set last_event = last_event + counted.rows, last_value = last_value + counted.made
    from counted where account = ${bucket.account}::int
    returning last_event - counted.rows as before, last_value - counted.made as values_before
  ),
  made as (
    insert into event_values (account, value, hash, data)
    select ${bucket.account}::int, values_before + value_place, hash, data from fresh, stamp
  ),
  written as (
    insert into events (account, bucket, id, timestamp, duration_ns, value, content_hash, revision)
    select ${bucket.account}::int, ${bucket.number}::int, stamp.before + nth, timestamp, duration_ns,
      coalesce(value, values_before + value_place), content_hash, ${revision}::bigint
    from found, stamp order by nth
  ),
  noted as (
    update buckets set event_rows = event_rows + counted.rows
    from counted
    where account = ${bucket.account}::int and number = ${bucket.number}::int and counted.rows > 0
  ),
  marked as (${markDays(
    bucket,
    Prisma.sql`select ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns from found`,
  )})
  select rows, longest_ns from counted`;
