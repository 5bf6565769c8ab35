import { Prisma } from '../../../prisma/generated/client/client.ts';

/** The hash by which an account's values are told apart, of a jsonb expression: the first 16 bytes of its SHA-256. */
export const valueHash = (data: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`substr(sha256(convert_to((${data})::text, 'UTF8')), 1, 16)`;

/**
 * The numbers that an account's data have, in the order given; those that it had not seen get the next ones. `data` is
 * JSON text of an array. One row, with the numbers separated by commas. Writes nothing if all are known. The caller
 * holds the account's lock, taken in a statement of its own: values committed meanwhile must be seen.
 *
 * Numbers are assigned by windows instead of joins, so that no plan depends on statistics. Leans on
 * event_values_account_hash_key, a probe per data.
 */
export const valueNumbers = (account: number, data: string): Prisma.Sql => Prisma.sql`
  with given as materialized (
    select nth, data, ${valueHash(Prisma.sql`data`)} as hash
    from jsonb_array_elements(${data}::jsonb) with ordinality as given (data, nth)
  ),
  found as materialized (
    select given.*, held.value, dense_rank() over (partition by held.value is null order by given.hash)::int as place
    from given
    left join lateral (
      select value from event_values where account = ${account}::int and hash = given.hash offset 0
    ) held on true
  ),
  fresh as (select distinct on (place) place, hash, data from found where value is null order by place),
  stamp as (
    update users set last_value = last_value + (select count(*)::int from fresh)
    where account = ${account}::int and exists (select from fresh)
    returning last_value - (select count(*)::int from fresh) as before
  ),
  made as (
    insert into event_values (account, value, hash, data)
    select ${account}::int, stamp.before + fresh.place, fresh.hash, fresh.data from fresh, stamp
  )
  select string_agg(coalesce(value, (select before from stamp) + place)::text, ',' order by nth) as numbers from found`;
