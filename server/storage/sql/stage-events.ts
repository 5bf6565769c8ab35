/**
 * An import's events on their way in: they are staged as they are read, a few at a time, and go into their buckets only
 * when the whole file was. Nobody else waits for long, and what was staged whole outlives the process.
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { micros, timestamptz } from './time.ts';

/**
 * Which events of the stage are meant: those of the file's bucket `number` which start behind `afterUs` (null: from the
 * beginning), and at `lastUs` or earlier; of those that start then, the ones up to `lastPlace`, where there are more
 * than an instant has room for.
 *
 * What lies before is gone, but its dead rows are still there until somebody vacuums: without the lower bound each
 * slice would step over those of all before it.
 */
export type Staged = {
  readonly importId: bigint;
  readonly number: number;
  readonly afterUs: bigint | null;
  readonly lastUs: bigint;
  readonly lastPlace?: number;
};

const behind = (afterUs: bigint | null): Prisma.Sql =>
  afterUs === null ? Prisma.empty : Prisma.sql`and timestamp > ${timestamptz(Prisma.sql`${afterUs}::bigint`)}`;

/** Stages events of a bucket of the file: JSON text of `[{place, start_us, duration_ns, data, content_hash}]`. */
export const stageEvents = (importId: bigint, number: number, events: string): Prisma.Sql => Prisma.sql`
  insert into import_events (import_id, number, timestamp, place, duration_ns, content_hash, data)
  select ${importId}::bigint, ${number}::int, ${timestamptz(Prisma.sql`start_us`)}, place, duration_ns, content_hash,
    data
  from json_to_recordset(${events}::json)
    as event (place int, start_us bigint, duration_ns bigint, data jsonb, content_hash bigint)`;

/**
 * How far a slice reaches: the start of the last of the first `limit` staged events behind `afterUs`, or of the one
 * that brings their data to `maxBytes`. All that starts there belongs to the slice, so that equal events are counted
 * together. Null where nothing is left.
 */
export const sliceEnd = (
  importId: bigint,
  number: number,
  afterUs: bigint | null,
  limit: number,
  maxBytes: number,
): Prisma.Sql => Prisma.sql`
  select ${micros(Prisma.sql`max(timestamp)`)} as last_us from (
    select timestamp, sum(data_bytes) over (order by timestamp, place rows unbounded preceding) - data_bytes as before
    from (
      select timestamp, place, data_bytes from import_events
      where import_id = ${importId}::bigint and number = ${number}::int ${behind(afterUs)} order by timestamp, place
        limit ${limit}
    ) first
  ) page
  where before < ${maxBytes}::bigint`;

/** The condition of being among the staged events meant. */
export const among = ({ importId, number, afterUs, lastUs, lastPlace }: Staged): Prisma.Sql => {
  const last = timestamptz(Prisma.sql`${lastUs}::bigint`);
  return Prisma.sql`import_id = ${importId}::bigint and number = ${number}::int ${behind(afterUs)}
    and timestamp <= ${last}
    ${lastPlace === undefined ? Prisma.empty : Prisma.sql`and (timestamp < ${last} or place <= ${lastPlace}::int)`}`;
};

/** Takes `limit` of them off the stage, and tells their places. */
export const unstage = (staged: Staged, limit: number): Prisma.Sql => Prisma.sql`
  delete from import_events where ctid = any(array(select ctid from import_events where ${among(staged)}
    limit ${limit}))
  returning place`;

/** Places, starts (µs) and sizes of the first `limit` of them, without their data. */
export const stagedSizes = (staged: Staged, limit: number): Prisma.Sql => Prisma.sql`
  select place, ${micros(Prisma.sql`timestamp`)} as start_us, data_bytes from import_events
  where ${among(staged)} order by timestamp, place limit ${limit}`;

/** Takes those with these places off the stage. */
export const unstagePlaces = (staged: Staged, places: readonly number[]): Prisma.Sql => Prisma.sql`
  delete from import_events where ${among(staged)} and place = any(${places}::int[])`;
