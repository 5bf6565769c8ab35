/**
 * An import's events, staged and merged by the statements in sql/, and the record from which an interrupted import is
 * finished.
 */
import type { Bucket } from '../../domain/bucket.ts';
import { contentHash, dataHash } from '../../domain/sync/content-hash.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { Event } from '../../domain/event.ts';
import { evenly, PROBED, type HistoryProbe, type Mark } from '../../domain/sync/history.ts';
import type { FormerPlace } from '../../domain/sync/push.ts';
import type { BucketKey } from './bucket-key.ts';
import { noteLongest } from './buckets.ts';
import type { Tx } from './database.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';
import { dropPresent as dropPresentSql } from './sql/drop-present.ts';
import { dropTwins as dropTwinsSql } from './sql/drop-twins.ts';
import { insertStaged } from './sql/insert-staged.ts';
import {
  ofImport,
  sliceEnd,
  stagedSizes,
  stageEvents,
  unstage,
  unstagePlaces,
  type ImportKey,
  type Staged,
} from './sql/stage-events.ts';
import { newestStaged, spanOfStaged, spreadStaged, stagedAtMarks, type StagedMarkRow } from './sql/staged-probe.ts';

export type { ImportKey, Staged };

/**
 * An import's account, and whose names for buckets its file uses: a device's (by the id it registered under), or the
 * account's.
 */
export type ImportRow = ImportKey & { readonly deviceId: string | null };

/** A bucket of the file, and the progress of its merge. */
export type ImportBucketRow = {
  readonly number: number;
  readonly facts: Bucket;
  /** Its origin according to the file; null if the file gives none. */
  readonly kt: FormerPlace | null;
  /** The number of the bucket that its events are merged into; null as long as that is not decided. */
  readonly bucket: number | null;
  readonly mergedUs: bigint | null;
  readonly imported: number;
  readonly present: number;
};

/** An event with its place in the file's list. */
export type PlacedEvent = Event & { readonly place: number };

export const begin = async (tx: Tx, account: number, deviceId: string | null): Promise<ImportRow> => {
  const [row] = await tx.$queryRaw<ImportRow[]>`
    insert into imports (account, device_id) values (${account}::int, ${deviceId})
    returning account, id, device_id as "deviceId"`;
  return row!;
};

/** Stages events of the file's bucket `number`. */
export const stage = async (tx: Tx, key: ImportKey, number: number, events: readonly PlacedEvent[]): Promise<void> => {
  if (events.length > 0)
    await tx.$executeRaw(
      stageEvents(key, number, {
        places: events.map(({ place }) => place),
        starts: events.map(({ startUs }) => startUs),
        durations: events.map(({ durationNs }) => durationNs),
        hashes: events.map(contentHash),
        data: `[${events.map(({ data }) => toJsonb(data)).join(',')}]`,
      }),
    );
};

/** Records a bucket of the file, once all its events are staged. */
export const stageBucket = async (
  tx: Tx,
  key: ImportKey,
  number: number,
  facts: Bucket,
  kt: FormerPlace | null = null,
): Promise<void> => {
  const { createdUs } = facts;
  const text = toJsonb({ ...facts, createdUs: createdUs === null ? null : String(createdUs), ...(kt ? { kt } : {}) });
  await tx.$executeRaw`insert into import_buckets (account, import_id, number, facts)
    values (${key.account}::int, ${key.id}::bigint, ${number}::int, ${text}::jsonb)`;
};

/** From here on the import will be finished, if not by this process then by another. */
export const beginMerging = async (tx: Tx, { account, id }: ImportKey): Promise<void> => {
  await tx.$executeRaw`update imports set merging = true, touched_at = now()
    where account = ${account}::int and id = ${id}::bigint`;
};

/** Records that a process is working on it. */
export const touch = async (tx: Tx, { account, id }: ImportKey): Promise<void> => {
  await tx.$executeRaw`update imports set touched_at = now() where account = ${account}::int and id = ${id}::bigint`;
};

/**
 * The imports that are being merged, or were when their process ended; and of those being staged, the ones not touched
 * since.
 */
export const unfinished = (tx: Tx, merging: boolean, before: Date): Promise<ImportRow[]> =>
  tx.$queryRaw<ImportRow[]>`
    select account, id, device_id as "deviceId" from imports
    where merging = ${merging}::boolean and touched_at < ${before}::timestamptz order by id`;

/** A file's bucket as stored; one that was staged by an earlier version has no `kt`. */
type StoredFacts = Omit<Bucket, 'createdUs'> & { createdUs: string | null; kt?: FormerPlace | null };

/** The buckets of an import, `limit` of them from `number` on. */
export const bucketsOf = async (tx: Tx, key: ImportKey, number: number, limit: number): Promise<ImportBucketRow[]> => {
  type Row = {
    number: number;
    facts: string;
    bucket: number | null;
    merged_us: bigint | null;
    imported: number;
    present: number;
  };
  const rows = await tx.$queryRaw<Row[]>`
    select number, facts::text as facts, bucket, merged_us, imported, present from import_buckets
    where account = ${key.account}::int and import_id = ${key.id}::bigint and number >= ${number}::int order by number
      limit ${limit}`;
  return rows.map((row) => {
    const { createdUs, kt = null, ...facts } = fromJsonb<StoredFacts>(row.facts);
    return {
      number: row.number,
      facts: { ...facts, createdUs: createdUs === null ? null : BigInt(createdUs) },
      kt,
      bucket: row.bucket,
      mergedUs: row.merged_us,
      imported: row.imported,
      present: row.present,
    };
  });
};

/** One of them, locked against other merges to the commit; null when the import is over. */
export const lockBucket = async (tx: Tx, key: ImportKey, number: number): Promise<ImportBucketRow | null> => {
  await tx.$queryRaw`select from import_buckets where ${ofImport(key, number)} for update`;
  const [row] = await bucketsOf(tx, key, number, 1);
  return row?.number === number ? row : null;
};

/** Records the result of a slice. */
export const noteMerged = async (
  tx: Tx,
  key: ImportKey,
  number: number,
  merged: { bucket: number; mergedUs: bigint; imported: number; present: number },
): Promise<void> => {
  await tx.$executeRaw`
    update import_buckets
    set bucket = ${merged.bucket}::int, merged_us = ${merged.mergedUs}::bigint,
        imported = imported + ${merged.imported}::int, present = present + ${merged.present}::int
    where ${ofImport(key, number)}`;
};

/** Sets the bucket that its events are merged into. */
export const settleBucket = async (tx: Tx, key: ImportKey, number: number, bucket: number): Promise<void> => {
  await tx.$executeRaw`update import_buckets set bucket = ${bucket}::int where ${ofImport(key, number)}`;
};

/**
 * The end (µs) of the next slice after `afterUs`, of about `limit` events and `maxBytes` of data at most; null when
 * nothing is left.
 */
export const nextSlice = async (
  tx: Tx,
  key: ImportKey,
  number: number,
  afterUs: bigint | null,
  limit: number,
  maxBytes: number,
): Promise<bigint | null> =>
  (await tx.$queryRaw<{ last_us: bigint | null }[]>(sliceEnd(key, number, afterUs, limit, maxBytes)))[0]?.last_us ??
  null;

/** Unstages up to `limit` events; returns their places. */
export const drop = async (tx: Tx, staged: Staged, limit: number): Promise<number[]> =>
  (await tx.$queryRaw<{ place: number }[]>(unstage(staged, limit))).map(({ place }) => place);

/** Unstages the events with these places. */
export const dropPlaces = async (tx: Tx, staged: Staged, places: readonly number[]): Promise<void> => {
  if (places.length > 0) await tx.$executeRaw(unstagePlaces(staged, places));
};

/** Places, starts (µs) and sizes (bytes) of the first `limit` staged events of a slice. */
export const sizesOf = async (
  tx: Tx,
  staged: Staged,
  limit: number,
): Promise<{ place: number; startUs: bigint; bytes: number }[]> => {
  const rows = await tx.$queryRaw<{ place: number; start_us: bigint; data_bytes: number }[]>(
    stagedSizes(staged, limit),
  );
  return rows.map((row) => ({ place: row.place, startUs: row.start_us, bytes: row.data_bytes }));
};

/** Unstages what the bucket has already; returns the number. */
export const dropTwins = (tx: Tx, bucket: BucketKey, staged: Staged): Promise<number> =>
  tx.$executeRaw(dropTwinsSql(bucket, staged));

/**
 * The same for a bucket that a device pushed, where events that have grown since count as present: see
 * sql/drop-present.ts.
 */
export const dropPresent = (tx: Tx, bucket: BucketKey, staged: Staged): Promise<number> =>
  tx.$executeRaw(dropPresentSql(bucket, staged));

/** A probe of a bucket of the file, while all of it is staged. */
export const probeOf = async (tx: Tx, key: ImportKey, number: number): Promise<HistoryProbe> => {
  const [span] = await tx.$queryRaw<{ first_us: bigint | null; last_us: bigint | null }[]>(spanOfStaged(key, number));
  if (span?.first_us == null || span.last_us == null) return { newest: [], spread: [] };
  const newest = await tx.$queryRaw<StagedMarkRow[]>(newestStaged(key, number, PROBED));
  const spread = await tx.$queryRaw<StagedMarkRow[]>(spreadStaged(key, number, evenly(span.first_us, span.last_us)));
  return { newest: newest.map(markOf), spread: spread.map(markOf) };
};

/** The staged events of a bucket of the file at the instants of these marks, which are those of one probe at most. */
export const heldOnStage = async (tx: Tx, key: ImportKey, number: number, marks: readonly Mark[]): Promise<Mark[]> => {
  const instants = [...new Set(marks.map(({ atMs }) => atMs))];
  return instants.length === 0
    ? []
    : (await tx.$queryRaw<StagedMarkRow[]>(stagedAtMarks(key, number, instants))).map(markOf);
};

const markOf = ({ at_ms, data }: StagedMarkRow): Mark => ({ atMs: at_ms, data: dataHash(fromJsonb<JsonObject>(data)) });

/** Moves a slice into its bucket; returns the number of events. */
export const moveStaged = async (tx: Tx, bucket: BucketKey, staged: Staged, revision: bigint): Promise<number> => {
  const [moved] = await tx.$queryRaw<{ rows: bigint; longest_ns: bigint | null }[]>(
    insertStaged(bucket, staged, revision),
  );
  await noteLongest(tx, bucket, moved?.longest_ns ?? 0n);
  return Number(moved?.rows ?? 0);
};

/** Unstages up to `limit` events of an import, of any of its buckets; returns how many there were. */
export const dropAny = (tx: Tx, key: ImportKey, limit: number): Promise<number> =>
  tx.$executeRaw`delete from import_events where account = ${key.account}::int and ctid = any(array(
    select ctid from import_events where account = ${key.account}::int and import_id = ${key.id}::bigint
    limit ${limit}))`;

/** Deletes an import with nothing staged. */
export const end = async (tx: Tx, { account, id }: ImportKey): Promise<void> => {
  await tx.$executeRaw`delete from imports where account = ${account}::int and id = ${id}::bigint`;
};
