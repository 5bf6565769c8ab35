/**
 * An import's events on their way in: they are staged as they are read, a few at a time, and move to their buckets only
 * when the whole file was read. So nobody else waits long, and a file that was staged completely survives the process.
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { micros, timestamptz } from './time.ts';

/**
 * Selects staged events: those of the file's bucket `number` which start after `afterUs` (null: from the beginning),
 * and at or before `lastUs`; of those that start exactly then, the ones up to `lastPlace` if an instant has no room for
 * all of them.
 *
 * Earlier ones are deleted, but their dead rows remain until a vacuum: without the lower bound each slice would have to
 * skip those of all slices before it.
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
 * The end of a slice: the start of the last of the first `limit` staged events after `afterUs`, or of the one that
 * brings their data to `maxBytes`. All events of that start belong to the slice, because equal events must be counted
 * together. Null when nothing is left.
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

/** The condition of being among the selected staged events. */
export const among = ({ importId, number, afterUs, lastUs, lastPlace }: Staged): Prisma.Sql => {
  const last = timestamptz(Prisma.sql`${lastUs}::bigint`);
  return Prisma.sql`import_id = ${importId}::bigint and number = ${number}::int ${behind(afterUs)}
    and timestamp <= ${last}
    ${lastPlace === undefined ? Prisma.empty : Prisma.sql`and (timestamp < ${last} or place <= ${lastPlace}::int)`}`;
};

/** Unstages `limit` of them, and returns their places. */
export const unstage = (staged: Staged, limit: number): Prisma.Sql => Prisma.sql`
  delete from import_events where ctid = any(array(select ctid from import_events where ${among(staged)}
    limit ${limit}))
  returning place`;

/** Places, starts (µs) and sizes of the first `limit` of them, without their data. */
export const stagedSizes = (staged: Staged, limit: number): Prisma.Sql => Prisma.sql`
  select place, ${micros(Prisma.sql`timestamp`)} as start_us, data_bytes from import_events
  where ${among(staged)} order by timestamp, place limit ${limit}`;

/** Unstages those with these places. */
export const unstagePlaces = (staged: Staged, places: readonly number[]): Prisma.Sql => Prisma.sql`
  delete from import_events where ${among(staged)} and place = any(${places}::int[])`;
