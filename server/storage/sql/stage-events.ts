/**
 * An import's events on their way in: they are staged as they are read, and go into their buckets only when the whole file was, so
 * the account's row is locked for no longer than that takes. The table belongs to one transaction and goes with it.
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { micros, timestamptz } from './time.ts';

export const createStage = Prisma.sql`
  create temporary table import_events (
    bucket int not null, place bigint not null, timestamp timestamptz not null, duration_ns bigint not null,
    content_hash bigint not null, data jsonb not null
  ) on commit drop`;

/** After the last row: it is read in this order alone. */
export const indexStage = Prisma.sql`create index on import_events (bucket, timestamp, place)`;
/** Without statistics the planner takes the table for empty. */
export const analyzeStage = Prisma.sql`analyze import_events`;

/** Stages events of the file's bucket number `bucket`; the first is at `place` in the file. `events` as insert-events.ts has them. */
export const stageEvents = (bucket: number, place: number, events: string): Prisma.Sql => Prisma.sql`
  insert into import_events (bucket, place, timestamp, duration_ns, content_hash, data)
  select ${bucket}::int, ${place}::bigint + ordinality, ${timestamptz(Prisma.sql`start_us`)}, duration_ns, content_hash, data
  from rows from (json_to_recordset(${events}::json)
    as (start_us bigint, duration_ns bigint, data jsonb, content_hash bigint)) with ordinality`;

/** The start of the `size`-th staged event behind `after` (µs), or of the last one: how far a page reaches that tears no start apart. */
export const stagePageEnd = (bucket: number, after: bigint | null, size: number): Prisma.Sql => Prisma.sql`
  select ${micros(Prisma.sql`max(timestamp)`)} as last_us from (
    select timestamp from import_events where bucket = ${bucket}::int
    ${after === null ? Prisma.empty : Prisma.sql`and timestamp > ${timestamptz(Prisma.sql`${after}::bigint`)}`}
    order by timestamp limit ${size}
  ) page`;
