import { Prisma } from '../../../prisma/generated/client/client.ts';
import { behind, inPeriod, type Period, type Position } from './events-in-period.ts';
import { micros } from './time.ts';

/** A page as one text (event-page.ts reads it), and the row it ends with, as stored. No row at all for an empty page. */
export type EventPageRow = { events: number; text: string; start_us: bigint; duration_ns: bigint; id: bigint };

/**
 * A page of what `eventsInPeriod` lists, for the query language: a line per distinct data, of id, start and duration of each event as
 * PostgreSQL sends them in binary (16 hexadecimal digits each, the start in µs since 2000), a tab, and the data. jsonb's text has
 * neither tabs nor line breaks. Leans on events_bucket_uuid_timestamp_idx, read backwards.
 *
 * A month of window events has some 200 data, so nobody prints or reads the same JSON again, nor a number in decimal: 20,000 events
 * in 25 ms on PostgreSQL 15, 5,000 in 9 ms on PGlite, where a line of text an event takes 30 and 17, and rows through Prisma 120 and 80.
 */
export const eventPage = (bucket: string, period: Period, limit: number, after: Position | null, earliestUs: bigint | null): Prisma.Sql => Prisma.sql`
  with page as materialized (
    select id, timestamp, duration_ns, data from events
    where ${inPeriod(bucket, period, earliestUs)} ${behind(after)}
    order by timestamp desc, duration_ns, id
    limit ${limit}::bigint
  ),
  lines as (
    select encode(string_agg(int8send(id) || timestamptz_send(timestamp) || int8send(duration_ns), ''), 'hex') || chr(9) || data::text as line
    from page group by data
  ),
  -- Apart from the text, which the sort would copy with every row: 18 s instead of 0.1.
  ending as (select timestamp, duration_ns, id from page order by timestamp, duration_ns desc, id desc limit 1)
  select (select count(*)::int from page) as events, (select string_agg(line, chr(10)) from lines) as text,
         ${micros(Prisma.sql`timestamp`)} as start_us, duration_ns, id
  from ending`;
