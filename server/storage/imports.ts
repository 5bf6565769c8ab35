/**
 * An import's events, staged and merged by the statements in sql/; and the record by which one that
 * was cut short is finished.
 */
import type { Bucket } from '../../domain/bucket.ts';
import { dataHash } from '../../domain/sync/content-hash.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { Event } from '../../domain/event.ts';
import { evenly, PROBED, type HistoryProbe, type Mark } from '../../domain/sync/history.ts';
import type { FormerPlace } from '../../domain/sync/push.ts';
import type { Tx } from './database.ts';
import { noteLongest, rowsText } from './events.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';
import { dropPresent as dropPresentSql } from './sql/drop-present.ts';
import { dropTwins as dropTwinsSql } from './sql/drop-twins.ts';
import { insertStaged } from './sql/insert-staged.ts';
import { sliceEnd, stagedSizes, stageEvents, unstage, unstagePlaces, type Staged } from './sql/stage-events.ts';
import { newestStaged, spanOfStaged, spreadStaged, stagedAtMarks, type StagedMarkRow } from './sql/staged-probe.ts';

export type { Staged };

/** Whose an import is, and by whose names it is read: a device's (by the id it registered under), or the account's. */
export type ImportRow = { readonly id: bigint; readonly userId: string; readonly deviceId: string | null };

/** A bucket of the file, and how its merge stands. */
export type ImportBucketRow = {
  readonly number: number;
  readonly facts: Bucket;
  /** Where it is of, as the file says; null where that says nothing. */
  readonly kt: FormerPlace | null;
  readonly bucketUuid: string | null;
  readonly mergedUs: bigint | null;
  readonly imported: number;
  readonly present: number;
};

/** An event with its place in the file's list. */
export type PlacedEvent = Event & { readonly place: number };

export const begin = async (tx: Tx, userId: string, deviceId: string | null): Promise<ImportRow> =>
  tx.import.create({ data: { userId, deviceId }, select: { id: true, userId: true, deviceId: true } });

/** Stages events of the file's bucket `number`. */
export const stage = async (
  tx: Tx,
  importId: bigint,
  number: number,
  events: readonly PlacedEvent[],
): Promise<void> => {
  if (events.length > 0)
    await tx.$executeRaw(
      stageEvents(
        importId,
        number,
        rowsText(events, ({ place }) => `,"place":${place}`),
      ),
    );
};

/** Notes a bucket of the file, once all its events are staged. */
export const stageBucket = async (
  tx: Tx,
  importId: bigint,
  number: number,
  facts: Bucket,
  kt: FormerPlace | null = null,
): Promise<void> => {
  const { createdUs } = facts;
  const text = toJsonb({ ...facts, createdUs: createdUs === null ? null : String(createdUs), ...(kt ? { kt } : {}) });
  await tx.$executeRaw`insert into import_buckets (import_id, number, facts)
    values (${importId}::bigint, ${number}::int, ${text}::jsonb)`;
};

/** From here on the import will be finished, by whomever. */
export const beginMerging = async (tx: Tx, id: bigint): Promise<void> => {
  await tx.import.update({ where: { id }, data: { merging: true, touchedAt: new Date() } });
};

/** Says that somebody works on it. */
export const touch = async (tx: Tx, id: bigint): Promise<void> => {
  await tx.import.update({ where: { id }, data: { touchedAt: new Date() } });
};

/**
 * The imports that are being merged, or were when their process ended; and of those that are being staged,
 * the ones untouched since.
 */
export const unfinished = (tx: Tx, merging: boolean, before: Date): Promise<ImportRow[]> =>
  tx.import.findMany({
    where: { merging, touchedAt: { lt: before } },
    orderBy: { id: 'asc' },
    select: { id: true, userId: true, deviceId: true },
  });

/** As a file's bucket is kept; one that was staged by an earlier version has no `kt`. */
type StoredFacts = Omit<Bucket, 'createdUs'> & { createdUs: string | null; kt?: FormerPlace | null };

/** The buckets of an import, `limit` of them from `number` on. */
export const bucketsOf = async (
  tx: Tx,
  importId: bigint,
  number: number,
  limit: number,
): Promise<ImportBucketRow[]> => {
  type Row = {
    number: number;
    facts: string;
    bucket_uuid: string | null;
    merged_us: bigint | null;
    imported: number;
    present: number;
  };
  const rows = await tx.$queryRaw<Row[]>`
    select number, facts::text as facts, bucket_uuid::text, merged_us, imported, present from import_buckets
    where import_id = ${importId}::bigint and number >= ${number}::int order by number limit ${limit}`;
  return rows.map((row) => {
    const { createdUs, kt = null, ...facts } = fromJsonb<StoredFacts>(row.facts);
    return {
      number: row.number,
      facts: { ...facts, createdUs: createdUs === null ? null : BigInt(createdUs) },
      kt,
      bucketUuid: row.bucket_uuid,
      mergedUs: row.merged_us,
      imported: row.imported,
      present: row.present,
    };
  });
};

/** One of them, and nobody else merges it until the commit; null where the import is over. */
export const lockBucket = async (tx: Tx, importId: bigint, number: number): Promise<ImportBucketRow | null> => {
  await tx.$queryRaw`select from import_buckets where import_id = ${importId}::bigint
    and number = ${number}::int for update`;
  const [row] = await bucketsOf(tx, importId, number, 1);
  return row?.number === number ? row : null;
};

/** Notes what became of a slice. */
export const noteMerged = async (
  tx: Tx,
  importId: bigint,
  number: number,
  merged: { bucketUuid: string; mergedUs: bigint; imported: number; present: number },
): Promise<void> => {
  await tx.$executeRaw`
    update import_buckets
    set bucket_uuid = ${merged.bucketUuid}::uuid, merged_us = ${merged.mergedUs}::bigint,
        imported = imported + ${merged.imported}::int, present = present + ${merged.present}::int
    where import_id = ${importId}::bigint and number = ${number}::int`;
};

/** Where a bucket's events go. */
export const settleBucket = async (tx: Tx, importId: bigint, number: number, bucketUuid: string): Promise<void> => {
  await tx.$executeRaw`update import_buckets set bucket_uuid = ${bucketUuid}::uuid where import_id = ${importId}::bigint
    and number = ${number}::int`;
};

/**
 * How far the next slice behind `afterUs` reaches, of at most about `limit` events and `maxBytes` of data (µs);
 * null where nothing is left.
 */
export const nextSlice = async (
  tx: Tx,
  importId: bigint,
  number: number,
  afterUs: bigint | null,
  limit: number,
  maxBytes: number,
): Promise<bigint | null> =>
  (await tx.$queryRaw<{ last_us: bigint | null }[]>(sliceEnd(importId, number, afterUs, limit, maxBytes)))[0]
    ?.last_us ?? null;

/** Takes up to `limit` staged events away; returns their places. */
export const drop = async (tx: Tx, staged: Staged, limit: number): Promise<number[]> =>
  (await tx.$queryRaw<{ place: number }[]>(unstage(staged, limit))).map(({ place }) => place);

/** Takes those with these places away. */
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

/** Takes off the stage what the bucket has already; returns how many. */
export const dropTwins = (tx: Tx, bucketUuid: string, staged: Staged): Promise<number> =>
  tx.$executeRaw(dropTwinsSql(bucketUuid, staged));

/** The same for a bucket that a device pushed, where what grew since is present too: see sql/drop-present.ts. */
export const dropPresent = (tx: Tx, bucketUuid: string, staged: Staged): Promise<number> =>
  tx.$executeRaw(dropPresentSql(bucketUuid, staged));

/** A probe of a bucket of the file, while all of it is on the stage. */
export const probeOf = async (tx: Tx, importId: bigint, number: number): Promise<HistoryProbe> => {
  const [span] = await tx.$queryRaw<{ first_us: bigint | null; last_us: bigint | null }[]>(
    spanOfStaged(importId, number),
  );
  if (span?.first_us == null || span.last_us == null) return { newest: [], spread: [] };
  const newest = await tx.$queryRaw<StagedMarkRow[]>(newestStaged(importId, number, PROBED));
  const spread = await tx.$queryRaw<StagedMarkRow[]>(
    spreadStaged(importId, number, evenly(span.first_us, span.last_us)),
  );
  return { newest: newest.map(markOf), spread: spread.map(markOf) };
};

/** What is staged of a bucket of the file at the instants of these marks, of which there are a probe's at most. */
export const heldOnStage = async (
  tx: Tx,
  importId: bigint,
  number: number,
  marks: readonly Mark[],
): Promise<Mark[]> => {
  const instants = [...new Set(marks.map(({ atMs }) => atMs))];
  return instants.length === 0
    ? []
    : (await tx.$queryRaw<StagedMarkRow[]>(stagedAtMarks(importId, number, instants))).map(markOf);
};

const markOf = ({ at_ms, data }: StagedMarkRow): Mark => ({ atMs: at_ms, data: dataHash(fromJsonb<JsonObject>(data)) });

/** Moves a slice into its bucket; returns how many events it was. */
export const moveStaged = async (tx: Tx, bucketUuid: string, staged: Staged, revision: bigint): Promise<number> => {
  const [moved] = await tx.$queryRaw<{ rows: bigint; longest_ns: bigint | null }[]>(
    insertStaged(bucketUuid, staged, revision),
  );
  await noteLongest(tx, bucketUuid, moved?.longest_ns ?? 0n);
  return Number(moved?.rows ?? 0);
};

/** Takes up to `limit` events of an import off the stage, of any bucket; returns how many were there. */
export const dropAny = (tx: Tx, importId: bigint, limit: number): Promise<number> =>
  tx.$executeRaw`delete from import_events where ctid = any(array(select ctid from import_events
    where import_id = ${importId}::bigint limit ${limit}))`;

/** Ends an import whose stage is empty. */
export const end = async (tx: Tx, id: bigint): Promise<void> => {
  await tx.import.deleteMany({ where: { id } });
};
