import { Prisma } from '../../../prisma/generated/client/client.ts';
import { behind, inPeriod, type Period, type Position } from './events-in-period.ts';
import { micros } from './time.ts';

/**
 * A page as one text (event-page.ts parses it), and the row it ends with, as stored. `more`: there may be events after
 * it, because the page reached its limit of events or bytes. An empty page has no row at all.
 */
export type EventPageRow = {
  events: number;
  bytes: bigint;
  more: boolean;
  text: string;
  start_us: bigint;
  duration_ns: bigint;
  id: bigint;
};

/**
 * A page of what `eventsInPeriod` lists, for the query language: a line per distinct data, with the id, start and
 * duration of each event as PostgreSQL sends them in binary (16 hexadecimal digits each, the start in µs since 2000), a
 * tab, and the data. jsonb's text contains neither tabs nor line breaks. Leans on events_bucket_uuid_timestamp_idx,
 * read backwards.
 *
 * A month of window events has about 200 distinct data, so no JSON is printed or parsed twice, and no number in
 * decimal: 20,000 events take 25 ms on PostgreSQL 15, and 5,000 take 9 ms on PGlite, where a line of text per event
 * takes 30 and 17, and rows through Prisma 120 and 80.
 *
 * The page ends with the event that brings its data to `maxBytes`: of later events only the sizes are read, so 5,000
 * events of a megabyte cost no more than the few on the page.
 */
export const eventPage = (
  bucket: string,
  period: Period,
  limit: number,
  maxBytes: number,
  after: Position | null,
  earliestUs: bigint | null,
): Prisma.Sql => Prisma.sql`
  with found as materialized (
    select id, timestamp, duration_ns, data, data_bytes,
           sum(data_bytes) over (order by timestamp desc, duration_ns, id rows unbounded preceding) as so_far
    from (
      select id, timestamp, duration_ns, data, data_bytes from events
      where ${inPeriod(bucket, period, earliestUs)} ${behind(after)}
      order by timestamp desc, duration_ns, id
      limit ${limit}::bigint
    ) candidates
  ),
  page as materialized (select * from found where so_far - data_bytes < ${maxBytes}::bigint),
  lines as (
    select encode(string_agg(int8send(id) || timestamptz_send(timestamp) || int8send(duration_ns), ''), 'hex')
             || chr(9) || data::text as line
    from page group by data
  ),
  -- Kept apart from the text, which the sort would copy with every row: 18 s instead of 0.1.
  ending as (select timestamp, duration_ns, id from page order by timestamp, duration_ns desc, id desc limit 1)
  select (select count(*)::int from page) as events, (select max(so_far)::bigint from page) as bytes,
         (select count(*) from found) >= ${limit}::bigint
           or exists (select from found where so_far - data_bytes >= ${maxBytes}::bigint) as more,
         (select string_agg(line, chr(10)) from lines) as text,
         ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns, id
  from ending`;
