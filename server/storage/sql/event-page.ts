import { Prisma } from '../../../prisma/generated/client/client.ts';
import { valueOf } from './event-columns.ts';
import { firstRows, type Part } from './events-in-period.ts';
import { micros } from './time.ts';

/**
 * A page as one text (event-page.ts parses it), and the row it ends with, as stored. `more`: there may be events after
 * it, because the page reached its limit of events or bytes. An empty page has no row at all. `crowded`: the page is
 * wrong, and is asked for again with `crowded`.
 */
export type EventPageRow = {
  events: number;
  bytes: bigint;
  more: boolean;
  crowded: boolean;
  text: string;
  start_us: bigint;
  duration_ns: bigint;
  id: bigint;
};

/**
 * A page of a part of a list, for the query language and every longer list: a line per distinct data, with the id,
 * start and duration of each event as PostgreSQL sends them in binary (16 hexadecimal digits each, the start in
 * µs since 2000), a tab, the value's number in the account, a tab, and the data. jsonb's text contains neither
 * tabs nor line breaks. Leans on events_account_bucket_timestamp_idx, read backwards, and probes
 * event_values_pkey once per distinct data.
 *
 * The page ends with the event that brings its data to `maxBytes`: of later events only the sizes are read, so 5,000
 * events of a megabyte cost no more than the few on the page. Sizes are added up per event only where the page doesn't
 * fit, which their sum per distinct data tells.
 */
export const eventPage = (part: Part, limit: number, maxBytes: number, crowded = false): Prisma.Sql => {
  const heldValue = (columns: Prisma.Sql) =>
    valueOf(Prisma.sql`${part.bucket.account}::int`, Prisma.sql`held.value`, columns);
  return Prisma.sql`
  with ${firstRows(part, limit, crowded)},
  whole as materialized (
    select coalesce(sum(held.events * sized.data_bytes), 0)::bigint as bytes
    from (select value, count(*) as events from listed group by value) held
    cross join ${heldValue(Prisma.sql`data_bytes`)} sized
  ),
  fitting as materialized (
    select id, timestamp, duration_ns, value, null::bigint as so_far from listed
    where (select bytes from whole) <= ${maxBytes}::bigint
    union all
    select id, timestamp, duration_ns, value, so_far from (
      select each.id, each.timestamp, each.duration_ns, held.value, sized.data_bytes, sum(sized.data_bytes)
        over (order by each.timestamp desc, each.duration_ns, each.id rows unbounded preceding)::bigint as so_far
      from (
        select value, array_agg(id) as ids, array_agg(timestamp) as timestamps, array_agg(duration_ns) as durations
        from listed where (select bytes from whole) > ${maxBytes}::bigint group by value
      ) held
      cross join ${heldValue(Prisma.sql`data_bytes`)} sized
      cross join lateral unnest(ids, timestamps, durations) as each (id, timestamp, duration_ns)
    ) added where so_far - data_bytes < ${maxBytes}::bigint
  ),
  lines as (
    select encode(held.events, 'hex') || chr(9) || held.value || chr(9) || texts.data::text as line
    from (
      select value, string_agg(int8send(id) || timestamptz_send(timestamp) || int8send(duration_ns), '') as events
      from fitting group by value
    ) held
    cross join ${heldValue(Prisma.sql`data`)} texts
  ),
  -- Kept apart from the text, which the sort would copy with every row: 18 s instead of 0.1.
  ending as (
    select timestamp, duration_ns, id, so_far from fitting order by timestamp, duration_ns desc, id desc limit 1
  ),
  size as (select count(*)::int as events from fitting)
  select size.events, coalesce(ending.so_far, whole.bytes) as bytes, cut.crowded,
         cut.more or size.events < (select count(*) from listed) as more,
         (select string_agg(line, chr(10)) from lines) as text,
         ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns, id
  from ending, whole, cut, size`;
};
