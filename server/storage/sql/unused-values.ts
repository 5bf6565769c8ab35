import { Prisma } from '../../../prisma/generated/client/client.ts';
import { ints } from './columns.ts';

/** An account's values up to `upTo` that come after `after`, ascending: their numbers, separated by commas. */
export const valuesAfter = (account: number, after: number, upTo: number, limit: number): Prisma.Sql => Prisma.sql`
  select string_agg(value::text, ',' order by value) as numbers from (
    select value from event_values
    where account = ${account}::int and value > ${after}::int and value <= ${upTo}::int
    order by value limit ${limit}::int
  ) page`;

/** The values that the `limit` events after the one with the id `after` have, and the id of the last of these. */
export const valuesOfEvents = (account: number, after: bigint, limit: number): Prisma.Sql => Prisma.sql`
  with page as materialized (
    select id, value from events where account = ${account}::int and id > ${after}::bigint order by id
    limit ${limit}::int
  )
  select (select max(id) from page) as last, string_agg(value::text, ',') as numbers
  from (select distinct value from page) used`;

/** The same of the trash. */
export const valuesOfTrash = (
  account: number,
  after: { bucket: number; id: bigint },
  limit: number,
): Prisma.Sql => Prisma.sql`
  with page as materialized (
    select bucket, id, value from trashed_events
    where account = ${account}::int and (bucket, id) > (${after.bucket}::int, ${after.id}::bigint)
    order by bucket, id limit ${limit}::int
  )
  select last.bucket, last.id, (select string_agg(value::text, ',')
    from (select distinct value from page) used) as numbers
  from (select bucket, id from page order by bucket desc, id desc limit 1) last`;

/**
 * Deletes those of `values` that nothing written since revision `since` uses, and nothing put into the trash at
 * `trashedSince` or later. The caller holds the account's lock, taken in a statement of its own. Returns their number.
 */
export const deleteValues = (
  account: number,
  values: readonly number[],
  since: bigint,
  trashedSince: Date,
): Prisma.Sql => Prisma.sql`
  with recent as materialized (
    select found.value
    from (select number from buckets where account = ${account}::int) place
    cross join lateral (
      select value from events
      where account = ${account}::int and bucket = place.number and revision > ${since}::bigint
      union all
      select value from trashed_events
      where account = ${account}::int and bucket = place.number and trashed_at >= ${trashedSince}::timestamptz
      offset 0
    ) found
  ),
  gone as (
    delete from event_values
    where account = ${account}::int and value = any(${ints(values)}) and value not in (select value from recent)
    returning value
  )
  select count(*) as rows from gone`;
