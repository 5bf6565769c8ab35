/**
 * An import's events on their way in: they are staged as they are read, a few at a time, and move to their buckets only
 * when the whole file was read. So nobody else waits long, and a file that was staged completely survives the process.
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import { bigints, ints } from './columns.ts';
import { micros, timestamptz } from './time.ts';

/** An import, by its account and its number. */
export type ImportKey = { readonly account: number; readonly id: bigint };

/** Of an import's rows, those of the file's bucket `number`. */
export const ofImport = ({ account, id }: ImportKey, number: number): Prisma.Sql =>
  Prisma.sql`account = ${account}::int and import_id = ${id}::bigint and number = ${number}::int`;

/**
 * Selects staged events: those of the file's bucket `number` which start after `afterUs` (null: from the beginning),
 * and at or before `lastUs`; of those that start exactly then, the ones up to `lastPlace` if an instant has no room for
 * all of them.
 *
 * Earlier ones are deleted, but their dead rows remain until a vacuum: without the lower bound each slice would have to
 * skip those of all slices before it.
 */
export type Staged = ImportKey & {
  readonly number: number;
  readonly afterUs: bigint | null;
  readonly lastUs: bigint;
  readonly lastPlace?: number;
};

const behind = (afterUs: bigint | null): Prisma.Sql =>
  afterUs === null ? Prisma.empty : Prisma.sql`and timestamp > ${timestamptz(Prisma.sql`${afterUs}::bigint`)}`;

/** Events as columns; `data` is JSON text of an array, the k-th element the data of the k-th event. */
export type StagedColumns = {
  readonly places: readonly number[];
  readonly starts: readonly bigint[];
  readonly durations: readonly bigint[];
  readonly hashes: readonly bigint[];
  readonly data: string;
};

/** Stages events of a bucket of the file. */
export const stageEvents = (
  { account, id }: ImportKey,
  number: number,
  events: StagedColumns,
): Prisma.Sql => Prisma.sql`
  insert into import_events (account, import_id, number, timestamp, place, duration_ns, content_hash, data)
  select ${account}::int, ${id}::bigint, ${number}::int, ${timestamptz(Prisma.sql`start_us`)}, place, duration_ns,
    content_hash, data
  from rows from (unnest(${ints(events.places)}), unnest(${bigints(events.starts)}),
      unnest(${bigints(events.durations)}), unnest(${bigints(events.hashes)}),
      jsonb_array_elements(${events.data}::jsonb))
    as event (place, start_us, duration_ns, content_hash, data)`;

/**
 * The end of a slice: the start of the last of the first `limit` staged events after `afterUs`, or of the one that
 * brings their data to `maxBytes`. All events of that start belong to the slice, because equal events must be counted
 * together. Null when nothing is left.
 */
export const sliceEnd = (
  key: ImportKey,
  number: number,
  afterUs: bigint | null,
  limit: number,
  maxBytes: number,
): Prisma.Sql => Prisma.sql`
  select ${micros(Prisma.sql`max(timestamp)`)} as last_us from (
    select timestamp, sum(data_bytes) over (order by timestamp, place rows unbounded preceding) - data_bytes as before
    from (
      select timestamp, place, data_bytes from import_events
      where ${ofImport(key, number)} ${behind(afterUs)} order by timestamp, place limit ${limit}
    ) first
  ) page
  where before < ${maxBytes}::bigint`;

/** The condition of being among the selected staged events. */
export const among = ({ account, id, number, afterUs, lastUs, lastPlace }: Staged): Prisma.Sql => {
  const last = timestamptz(Prisma.sql`${lastUs}::bigint`);
  return Prisma.sql`${ofImport({ account, id }, number)} ${behind(afterUs)}
    and timestamp <= ${last}
    ${lastPlace === undefined ? Prisma.empty : Prisma.sql`and (timestamp < ${last} or place <= ${lastPlace}::int)`}`;
};

/** Unstages `limit` of them, and returns their places. A `ctid` is one row's only within the account's partition. */
export const unstage = (staged: Staged, limit: number): Prisma.Sql => Prisma.sql`
  delete from import_events where account = ${staged.account}::int
    and ctid = any(array(select ctid from import_events where ${among(staged)} limit ${limit}))
  returning place`;

/** Places, starts (µs) and sizes of the first `limit` of them, without their data. */
export const stagedSizes = (staged: Staged, limit: number): Prisma.Sql => Prisma.sql`
  select place, ${micros(Prisma.sql`timestamp`)} as start_us, data_bytes from import_events
  where ${among(staged)} order by timestamp, place limit ${limit}`;

/** Unstages those with these places. */
export const unstagePlaces = (staged: Staged, places: readonly number[]): Prisma.Sql => Prisma.sql`
  delete from import_events where ${among(staged)} and place = any(${places}::int[])`;
