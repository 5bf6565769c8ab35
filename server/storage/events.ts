/** Events in volume: chooses among the statements in sql/, and turns rows into domain events. */
import { contentHash, contentHashes, dataHash } from '../../domain/sync/content-hash.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { Event, SourcedEvent, StoredEvent } from '../../domain/event.ts';
import type { Witness } from '../../domain/sync/push.ts';
import type { BucketBounds } from '../../domain/bucket.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { BucketKey } from './bucket-key.ts';
import type { BucketRow } from './buckets.ts';
import type { Tx } from './database.ts';
import { eventsOfPage } from './event-page.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';
import { page } from './pages.ts';
import type { Statement } from './port.ts';
import * as adoption from './sql/adoptable-events.ts';
import * as bounds from './sql/bucket-bounds.ts';
import { numberNamed } from './sql/by-time.ts';
import { bigints } from './sql/columns.ts';
import { deleteEvent } from './sql/delete-event.ts';
import { deleteOutgrownEvents } from './sql/delete-outgrown-events.ts';
import { deleteSourcedEvents } from './sql/delete-sourced-events.ts';
import { eventColumns, eventOfIdWithData, type EventRow } from './sql/event-columns.ts';
import {
  countInPeriod,
  countOfBucket,
  earliestInPeriod,
  earliestInPeriods,
  eventsInPeriod,
  type Period,
  type Position,
} from './sql/events-in-period.ts';
import { insertEvents, type Columns } from './sql/insert-events.ts';
import { lastEvent } from './sql/last-event.ts';
import { replaceEvent } from './sql/replace-event.ts';
import { upsertEvents, type UpsertedRow } from './sql/upsert-events.ts';
import { witnesses } from './sql/witnesses.ts';
import { madeOnce } from './tx.ts';
import { distinctData, valuesFor } from './values.ts';

export type { Period, Position };

/** An event with its id on its device; `sourceId` null means that no device owns it. */
export type OwnedEvent = StoredEvent & { readonly sourceId: number | null };

const eventOf = (row: EventRow): OwnedEvent => ({
  id: Number(row.id),
  startUs: row.start_us,
  durationNs: row.duration_ns,
  data: fromJsonb(row.data),
  sourceId: row.source_id === null ? null : Number(row.source_id),
});

/** Events as the columns that the statements in sql/ take. Makes the values that are missing. */
const columnsOf = async (tx: Tx, account: number, events: readonly Event[]): Promise<Columns> => {
  const { data, texts, places } = distinctData(events);
  const values = await valuesFor(tx, account, texts);
  return {
    starts: events.map(({ startUs }) => startUs),
    durations: events.map(({ durationNs }) => durationNs),
    values: places.map((place) => values[place]!),
    hashes: contentHashes(events, data, places),
  };
};

const longestOf = (events: readonly Event[]): bigint =>
  events.reduce((most, { durationNs }) => (durationNs > most ? durationNs : most), 0n);

const idsIn = (text: string | null): number[] => (text === null ? [] : text.split(',').map(Number));

/** The verdict on each pushed event that changed something; all others were stored already, and equal. */
export type Upserted = {
  readonly inserted: Set<number>;
  readonly updated: Set<number>;
};

/**
 * Stores a device's events: see sql/upsert-events.ts. Each source id once; the caller holds the locks of the account
 * and of the bucket. Two statements for any number of events.
 */
export const upsert = async (tx: Tx, bucket: BucketKey, events: readonly SourcedEvent[]): Promise<Upserted> => {
  if (events.length === 0) return { inserted: new Set(), updated: new Set() };
  const sourceIds = events.map(({ sourceId }) => sourceId);
  const columns = { sourceIds, ...(await columnsOf(tx, bucket.account, events)) };
  const [row] = await tx.$queryRaw<UpsertedRow[]>(upsertEvents(bucket, columns, longestOf(events)));
  const { inserted, updated, inserted_ids, updated_ids } = row!;
  return {
    inserted: new Set(Number(inserted) === events.length ? sourceIds : idsIn(inserted_ids)),
    updated: new Set(Number(updated) === events.length ? sourceIds : idsIn(updated_ids)),
  };
};

/**
 * Inserts events that no device owns; returns their ids in the same order. The caller holds the locks of the account
 * and of the bucket.
 */
export const insert = async (
  tx: Tx,
  bucket: BucketKey,
  revision: bigint,
  events: readonly Event[],
): Promise<number[]> => {
  if (events.length === 0) return [];
  const columns = await columnsOf(tx, bucket.account, events);
  const [row] = await tx.$queryRaw<{ before: bigint }[]>(insertEvents(bucket, revision, columns, longestOf(events)));
  const first = Number(row!.before) + 1;
  return events.map((_, i) => first + i);
};

/** Replaces an event that no device owns; false when the bucket has none of this id. */
export const replace = async (tx: Tx, bucket: BucketKey, revision: bigint, event: StoredEvent): Promise<boolean> => {
  const { id, startUs, durationNs } = event;
  const [value] = await valuesFor(tx, bucket.account, [toJsonb(event.data)]);
  const row = { id, startUs, durationNs, value: value!, contentHash: contentHash(event) };
  return (await tx.$queryRaw<unknown[]>(replaceEvent(bucket, revision, row))).length > 0;
};

/** Deletes an event that no device owns; false when the bucket has none of this id. */
export const remove = async (tx: Tx, bucket: BucketKey, revision: bigint, id: number): Promise<boolean> =>
  (await tx.$queryRaw<unknown[]>(deleteEvent(bucket, revision, id))).length > 0;

/**
 * Moves rows that a device owns to the trash, as of `at`, each only if its content hash is still the given one; returns
 * the source ids of the rows that were moved.
 */
export const removeSourced = async (
  tx: Tx,
  bucket: BucketKey,
  rows: readonly { sourceId: number; hash: bigint }[],
  at: Date,
): Promise<Set<number>> => {
  if (rows.length === 0) return new Set();
  const [ids, hashes] = [rows.map(({ sourceId }) => sourceId), rows.map(({ hash }) => hash)];
  const gone = await tx.$queryRaw<{ source_id: bigint }[]>(deleteSourcedEvents(bucket, ids, hashes, at));
  return new Set(gone.map((row) => Number(row.source_id)));
};

/** Moves rows that no device owns to the trash, as of `at`; returns their number. */
export const removeOutgrown = async (
  tx: Tx,
  bucket: BucketKey,
  ids: readonly number[],
  revision: bigint,
  at: Date,
): Promise<number> =>
  Number((await tx.$queryRaw<{ rows: bigint }[]>(deleteOutgrownEvents(bucket, ids, revision, at)))[0]!.rows);

/** One event, or null, also for an id that no row can have. */
export const find = async (tx: Tx, bucket: BucketKey, id: number): Promise<OwnedEvent | null> => {
  if (!Number.isSafeInteger(id)) return null;
  const rows = await tx.$queryRaw<EventRow[]>(Prisma.sql`select ${eventColumns}
    from ${eventOfIdWithData(bucket.account, Prisma.sql`${id}::bigint`)} where bucket = ${bucket.number}::int`);
  return rows[0] ? eventOf(rows[0]) : null;
};

/**
 * Of events of a bucket, by their ids: the id on the device that owns them (null: none does), and the revision of their
 * last change.
 */
export const originsOf = async (
  tx: Tx,
  { account, number }: BucketKey,
  ids: readonly number[],
): Promise<Map<number, { readonly sourceId: number | null; readonly revision: bigint }>> => {
  const rows = await tx.$queryRaw<{ id: bigint; source_id: bigint | null; revision: bigint }[]>`
    select id, source_id, revision from events
    where account = ${account}::int and id = any(${ids}::bigint[]) and bucket = ${number}::int`;
  return new Map(
    rows.map(({ id, source_id, revision }) => [
      Number(id),
      { sourceId: source_id === null ? null : Number(source_id), revision },
    ]),
  );
};

/** Which of these ids the bucket has, with the source ids of their rows; null where no device owns the row. */
export const ownersOf = async (
  tx: Tx,
  bucket: BucketKey,
  ids: readonly number[],
): Promise<Map<number, bigint | null>> => {
  const possible = ids.filter(Number.isSafeInteger);
  if (possible.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ id: bigint; source_id: bigint | null }[]>(
    Prisma.sql`select id, source_id from events
      where account = ${bucket.account}::int and id = any(${bigints(possible)}) and bucket = ${bucket.number}::int`,
  );
  return new Map(rows.map((row) => [Number(row.id), row.source_id]));
};

/**
 * The start of the earliest event that may reach into a period: see sql/events-in-period.ts. An event that grows beyond
 * the longest duration meanwhile counts as if it grew afterwards.
 */
export const earliest = async (tx: Tx, bucket: BucketKey, { startUs }: Period): Promise<bigint | null> => {
  if (startUs === null) return null;
  const rows = await tx.$queryRaw<{ earliest_us: bigint }[]>(earliestInPeriod(bucket, startUs));
  return rows[0]?.earliest_us ?? null;
};

/** The same of several buckets, by number; without those that are gone. */
export const earliestOf = async (
  tx: Tx,
  account: number,
  numbers: readonly number[],
  startUs: bigint,
): Promise<ReadonlyMap<number, bigint>> => {
  type Row = { number: number; earliest_us: bigint };
  const rows = await tx.$queryRaw<Row[]>(earliestInPeriods(account, numbers, startUs));
  return new Map(rows.map(({ number, earliest_us }) => [number, earliest_us]));
};

/** Up to this many rows fit in a page whatever they hold, and rows are faster to read than a text of them. */
export const FEW = 4;

/**
 * Stored events in listing order, and whether there may be more after them. Equal data are one object, except in the
 * smallest pages.
 */
export type EventList = { readonly events: readonly StoredEvent[]; readonly bytes: number; readonly more: boolean };

/** Whether so few are asked for, and from where the index has them, that reading them is quick. */
export const isQuick = ({ startUs }: Period, limit: number): boolean => limit <= FEW && startUs === null;

type FewRow = EventRow & { readonly crowded: boolean; readonly bucket: number };

const listOf = (rows: readonly FewRow[], limit: number): EventList => ({
  events: rows.map(eventOf),
  bytes: rows.reduce((sum, { data }) => sum + data.length, 0),
  more: rows.length === limit,
});

/**
 * A bucket's events in a period after `after`, not clipped: at most `limit`, and no more than fit in a page. `quick`
 * reads them where that is quick.
 */
export const list = async (
  tx: Tx,
  bucket: BucketKey,
  period: Period,
  limit: number,
  after: Position | null = null,
  quick: Tx = tx,
): Promise<EventList> => {
  const earliestUs = await earliest(tx, bucket, period);
  if (limit > FEW) {
    const found = await page(tx, bucket, period, limit, after, earliestUs);
    return found
      ? { events: eventsOfPage(found), bytes: found.bytes, more: found.more }
      : { events: [], bytes: 0, more: false };
  }
  const part = { bucket, period, after, earliestUs };
  const read = (on: Tx, crowded: boolean) => on.$queryRaw<FewRow[]>(eventsInPeriod(part, limit, crowded));
  let rows = await read(isQuick(period, limit) ? quick : tx, false);
  // Too many start at once, as only an old database or a restored one can hold: once more, in their exact order.
  if (rows[0]?.crowded) rows = await read(tx, true);
  return listOf(rows, limit);
};

const newestStatements = new Map<string, (account: number, of: number | string) => Statement>();

/** That of `newest`, for a number or a name: a text for each limit. */
const newestStatement = (of: string, limit: number): ((account: number, of: number | string) => Statement) => {
  const key = `${of} ${limit}`;
  let statement = newestStatements.get(key);
  if (!statement) {
    statement = madeOnce((account: number, asked: number | string) => {
      const number = of === 'number' ? (asked as number) : numberNamed(account, asked as string);
      const bucket = { account, number };
      return eventsInPeriod({ bucket, period: { startUs: null, endUs: null }, after: null, earliestUs: null }, limit);
    });
    newestStatements.set(key, statement);
  }
  return statement;
};

/**
 * The newest events of the bucket with this number, or with this name in the flat list: at most `limit`, which is at
 * most FEW, in listing order. Null if there are none, or too many that start at once: whoever asks finds out why.
 */
export const newest = async (
  tx: Tx,
  account: number,
  of: number | string,
  limit: number,
): Promise<(EventList & { readonly bucket: number }) | null> => {
  const found = await tx.rowsOf<FewRow[]>(newestStatement(typeof of, limit)(account, of));
  return found.length === 0 || found[0]!.crowded ? null : { bucket: found[0]!.bucket, ...listOf(found, limit) };
};

const countOfName = madeOnce(
  (account: number, publicId: string) => Prisma.sql`
    select event_rows as events from buckets where account = ${account}::int and public_id = ${publicId}`,
);

/** How many events the bucket with this name in the flat list has; null if there is none. */
export const countNamed = async (tx: Tx, account: number, publicId: string): Promise<number | null> => {
  const [row] = await tx.rowsOf<{ events: bigint }[]>(countOfName(account, publicId));
  return row ? Number(row.events) : null;
};

/** How many events `list` would return without a limit. */
export const count = async (tx: Tx, bucket: BucketKey, period: Period): Promise<number> => {
  const statement =
    period.startUs === null && period.endUs === null
      ? countOfBucket(bucket)
      : countInPeriod(bucket, period, await earliest(tx, bucket, period));
  const rows = await tx.$queryRaw<{ events: bigint }[]>(statement);
  return Number(rows[0]?.events ?? 0);
};

/** The event that a heartbeat is compared with; null if the bucket has none without an owner. */
export const last = async (tx: Tx, bucket: BucketKey, slot: bigint | null): Promise<StoredEvent | null> => {
  const rows = await tx.$queryRaw<EventRow[]>(lastEvent(bucket, slot));
  return rows[0] ? eventOf(rows[0]) : null;
};

/** First start and last end of each bucket, by the bucket's number. */
export const boundsOf = async (
  tx: Tx,
  account: number,
  numbers: readonly number[],
): Promise<Map<number, BucketBounds>> => {
  const rows = await tx.$queryRaw<{ bucket: number; first_start_us: bigint | null; last_end_us: bigint | null }[]>(
    bounds.bucketBounds(account, numbers),
  );
  return new Map(rows.map((row) => [row.bucket, { firstStartUs: row.first_start_us, lastEndUs: row.last_end_us }]));
};

/** How many events each bucket holds, by the bucket's number. */
export const countsOf = async (tx: Tx, account: number, numbers: readonly number[]): Promise<Map<number, number>> => {
  const rows = await tx.$queryRaw<{ bucket: number; events: bigint }[]>(bounds.bucketCounts(account, numbers));
  return new Map(rows.map((row) => [row.bucket, Number(row.events)]));
};

/** The newest pushed events of each bucket, by the bucket's number. */
export const witnessesOf = async (
  tx: Tx,
  account: number,
  numbers: readonly number[],
): Promise<Map<number, Witness[]>> => {
  const rows = await tx.$queryRaw<{ bucket: number; source_id: bigint; at_ms: bigint; data: string | null }[]>(
    witnesses(account, numbers),
  );
  const found = new Map(numbers.map((number) => [number, [] as Witness[]]));
  for (const { bucket, source_id: id, at_ms: atMs, data } of rows) {
    found
      .get(bucket)
      ?.push({ sourceId: Number(id), atMs, data: data === null ? null : dataHash(fromJsonb<JsonObject>(data)) });
  }
  return found;
};

/** A bucket's rows, with or without an owner, that start at one of these instants (ms). */
export const startingAt = async (tx: Tx, bucket: BucketKey, instants: readonly bigint[]): Promise<StoredEvent[]> =>
  rowsAt(tx, bucket, instants, 'all');

/** Whether a bucket has rows that no device owns. Usually it has none, and adoption needs no statement. */
export const hasOwnerless = ({ eventRows, sourceRows }: Pick<BucketRow, 'eventRows' | 'sourceRows'>): boolean =>
  eventRows > sourceRows;

/** The bucket's ownerless rows that start at one of these instants (ms). */
export const ownerlessAt = async (tx: Tx, bucket: BucketKey, instants: readonly bigint[]): Promise<StoredEvent[]> =>
  rowsAt(tx, bucket, instants, 'ownerless');

const rowsAt = async (
  tx: Tx,
  bucket: BucketKey,
  instants: readonly bigint[],
  which: 'all' | 'ownerless',
): Promise<StoredEvent[]> =>
  instants.length === 0
    ? []
    : (await tx.$queryRaw<EventRow[]>(adoption.eventsStartingAt(bucket, [...new Set(instants)], which))).map(eventOf);

/** Which of these source ids the bucket knows. */
export const knownSources = async (tx: Tx, bucket: BucketKey, sourceIds: readonly number[]): Promise<Set<number>> =>
  new Set(
    idsIn((await tx.$queryRaw<{ known: string | null }[]>(adoption.knownSourceIds(bucket, sourceIds)))[0]!.known),
  );

/** The bucket's rows of these source ids, each once. */
export const ofSources = async (tx: Tx, bucket: BucketKey, sourceIds: readonly number[]): Promise<OwnedEvent[]> =>
  sourceIds.length === 0
    ? []
    : (await tx.$queryRaw<EventRow[]>(adoption.eventsOfSources(bucket, sourceIds))).map(eventOf);

/** Makes rows without an owner the device's: `pairs` of (row id, source id). */
export const adopt = (
  tx: Tx,
  bucket: BucketKey,
  pairs: readonly (readonly [id: number, sourceId: number])[],
): Promise<number> =>
  tx.$executeRaw(
    adoption.adoptEvents(
      bucket,
      pairs.map(([id]) => id),
      pairs.map(([, sourceId]) => sourceId),
    ),
  );
