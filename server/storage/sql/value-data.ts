import { Prisma } from '../../../prisma/generated/client/client.ts';
import { ints } from './columns.ts';
import { valueOf } from './event-columns.ts';

/**
 * The data of an account's values, in the order given, up to the one that brings them to `maxBytes`: a line for each
 * with its number, a tab, its size in bytes, a tab, and the data. jsonb's text contains neither tabs nor line breaks.
 * One row. Of the values behind that one only the sizes are read. Leans on event_values_pkey, two probes for each.
 */
export const valueData = (account: number, values: readonly number[], maxBytes: number): Prisma.Sql => {
  const heldValue = (columns: Prisma.Sql) => valueOf(Prisma.sql`${account}::int`, Prisma.sql`asked.value`, columns);
  return Prisma.sql`
  with measured as materialized (
    select asked.place, asked.value, sized.data_bytes,
      sum(sized.data_bytes) over (order by asked.place rows unbounded preceding) - sized.data_bytes as before
    from unnest(${ints(values)}) with ordinality as asked (value, place)
    cross join ${heldValue(Prisma.sql`data_bytes`)} sized
  )
  select string_agg(asked.value || chr(9) || asked.data_bytes || chr(9) || held.data::text, chr(10)) as lines
  from measured asked cross join ${heldValue(Prisma.sql`data`)} held
  where asked.before < ${maxBytes}::bigint`;
};
