/** Events in volume: chooses among the statements in sql/, and turns rows into domain events. */
import { contentHash, dataHash } from '../../domain/sync/content-hash.ts';
import type { JsonObject } from '../../domain/data.ts';
import type { Event, SourcedEvent, StoredEvent } from '../../domain/event.ts';
import type { Witness } from '../../domain/sync/push.ts';
import type { BucketBounds } from '../../domain/bucket.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { eventsOfPage } from './event-page.ts';
import { fromJsonb, toJsonb } from './jsonb.ts';
import * as adoption from './sql/adoptable-events.ts';
import * as bounds from './sql/bucket-bounds.ts';
import { deleteEvent } from './sql/delete-event.ts';
import { deleteOutgrownEvents } from './sql/delete-outgrown-events.ts';
import { deleteSourcedEvents } from './sql/delete-sourced-events.ts';
import { eventColumns, type EventRow } from './sql/event-columns.ts';
import { eventPage, type EventPageRow } from './sql/event-page.ts';
import { countInPeriod, earliestInPeriod, eventsInPeriod, type Period, type Position } from './sql/events-in-period.ts';
import { insertEvents } from './sql/insert-events.ts';
import { lastEvent } from './sql/last-event.ts';
import { replaceEvent } from './sql/replace-event.ts';
import { upsertEvents } from './sql/upsert-events.ts';
import { witnesses } from './sql/witnesses.ts';

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

// Rows are sent as JSON text that we serialize: one parameter per batch, and `data` already has jsonb's escapes.
const rowText = (event: Event, more = ''): string =>
  `{"start_us":${event.startUs},"duration_ns":${event.durationNs},"content_hash":${contentHash(event)},` +
  `"data":${toJsonb(event.data)}${more}}`;
/** Events as input of the statements in sql/. */
export const rowsText = <E extends Event>(events: readonly E[], more: (event: E) => string = () => ''): string =>
  `[${events.map((event) => rowText(event, more(event))).join(',')}]`;

/** Raises the bucket's longest duration if one of `events` exceeds it. */
const noteDurations = (tx: Tx, bucket: string, events: readonly Event[]): Promise<void> =>
  noteLongest(
    tx,
    bucket,
    events.reduce((most, event) => (event.durationNs > most ? event.durationNs : most), 0n),
  );

/**
 * Raises the bucket's longest duration to at least `longest`: to a power of two, so that a growing event rarely causes
 * a write.
 */
export const noteLongest = async (tx: Tx, bucket: string, longest: bigint): Promise<void> => {
  if (longest <= 0n) return;
  const ceiling = longest >= 2n ** 62n ? 2n ** 63n - 1n : 2n ** BigInt(longest.toString(2).length);
  await tx.$executeRaw`update buckets set longest_ns = ${ceiling}::bigint where id = ${bucket}::uuid
    and longest_ns < ${longest}::bigint`;
};

/** The verdict on each pushed event that changed something; all others were stored already, and equal. */
export type Upserted = {
  readonly inserted: Set<number>;
  readonly updated: Set<number>;
};

/** Stores a device's events: see sql/upsert-events.ts. Each source id once; the caller holds the bucket's row lock. */
export const upsert = async (
  tx: Tx,
  user: string,
  bucket: string,
  events: readonly SourcedEvent[],
): Promise<Upserted> => {
  const result: Upserted = { inserted: new Set(), updated: new Set() };
  if (events.length === 0) return result;
  const text = rowsText(events, (event) => `,"source_id":${event.sourceId}`);
  const rows = await tx.$queryRaw<{ source_id: bigint; inserted: boolean }[]>(upsertEvents(user, bucket, text));
  for (const row of rows) (row.inserted ? result.inserted : result.updated).add(Number(row.source_id));
  await noteDurations(tx, bucket, events);
  return result;
};

/** Inserts events that no device owns; returns their ids in the same order. */
export const insert = async (tx: Tx, bucket: string, revision: bigint, events: readonly Event[]): Promise<number[]> => {
  if (events.length === 0) return [];
  const rows = await tx.$queryRaw<{ id: bigint }[]>(insertEvents(bucket, revision, rowsText(events)));
  await noteDurations(tx, bucket, events);
  return rows.map((row) => Number(row.id));
};

/** Replaces an event that no device owns; false when the bucket has none of this id. */
export const replace = async (tx: Tx, bucket: string, revision: bigint, event: StoredEvent): Promise<boolean> => {
  const { id, startUs, durationNs, data } = event;
  const row = { id, startUs, durationNs, data: toJsonb(data), contentHash: contentHash(event) };
  const rows = await tx.$queryRaw<unknown[]>(replaceEvent(bucket, revision, row));
  await noteDurations(tx, bucket, [event]);
  return rows.length > 0;
};

/** Deletes an event that no device owns; false when the bucket has none of this id. */
export const remove = async (tx: Tx, bucket: string, revision: bigint, id: number): Promise<boolean> =>
  (await tx.$queryRaw<unknown[]>(deleteEvent(bucket, revision, id))).length > 0;

/**
 * Moves rows that a device owns to the trash, as of `at`, each only if its content hash is still the given one; returns
 * the source ids of the rows that were moved.
 */
export const removeSourced = async (
  tx: Tx,
  user: string,
  bucket: string,
  rows: readonly { sourceId: number; hash: bigint }[],
  at: Date,
): Promise<Set<number>> => {
  if (rows.length === 0) return new Set();
  const text = `[${rows.map(({ sourceId, hash }) => `{"source_id":${sourceId},"content_hash":${hash}}`).join(',')}]`;
  const gone = await tx.$queryRaw<{ source_id: bigint }[]>(deleteSourcedEvents(user, bucket, text, at));
  return new Set(gone.map((row) => Number(row.source_id)));
};

/** Moves rows that no device owns to the trash, as of `at`; returns their number. */
export const removeOutgrown = async (
  tx: Tx,
  bucket: string,
  ids: readonly number[],
  revision: bigint,
  at: Date,
): Promise<number> => (await tx.$queryRaw<unknown[]>(deleteOutgrownEvents(bucket, ids, revision, at))).length;

/** One event, or null, also for an id that no row can have. */
export const find = async (tx: Tx, bucket: string, id: number): Promise<OwnedEvent | null> => {
  if (!Number.isSafeInteger(id)) return null;
  const rows = await tx.$queryRaw<EventRow[]>(
    Prisma.sql`select ${eventColumns} from events where id = ${id}::bigint and bucket_uuid = ${bucket}::uuid`,
  );
  return rows[0] ? eventOf(rows[0]) : null;
};

/** Which of these ids the bucket has, with the source ids of their rows; null where no device owns the row. */
export const ownersOf = async (tx: Tx, bucket: string, ids: readonly number[]): Promise<Map<number, bigint | null>> => {
  const possible = ids.filter(Number.isSafeInteger);
  if (possible.length === 0) return new Map();
  const rows = await tx.$queryRaw<{ id: bigint; source_id: bigint | null }[]>(
    Prisma.sql`select id, source_id from events where bucket_uuid = ${bucket}::uuid
      and id = any(${possible}::bigint[])`,
  );
  return new Map(rows.map((row) => [Number(row.id), row.source_id]));
};

/**
 * The start of the earliest event that may reach into a period: see sql/events-in-period.ts. An event that grows beyond
 * the longest duration meanwhile counts as if it grew afterwards.
 */
export const earliest = async (tx: Tx, bucket: string, { startUs }: Period): Promise<bigint | null> => {
  if (startUs === null) return null;
  const rows = await tx.$queryRaw<{ earliest_us: bigint }[]>(earliestInPeriod(bucket, startUs));
  return rows[0]?.earliest_us ?? null;
};

/** The size of a page of events, in bytes of data; its last event may exceed it. */
export const PAGE_BYTES = 1_500_000;

/** A page as text for event-page.ts, the row it ends with, and whether there may be more after it. */
export type EventPage = {
  readonly events: number;
  readonly bytes: number;
  readonly more: boolean;
  readonly text: string;
  readonly end: Position;
};

/**
 * The page of at most `limit` events and `PAGE_BYTES` after `after`; null when there are none. `earliestUs` comes from
 * `earliest`.
 */
export const page = async (
  tx: Tx,
  bucket: string,
  period: Period,
  limit: number,
  after: Position | null,
  earliestUs: bigint | null,
): Promise<EventPage | null> => {
  const [row] = await tx.$queryRaw<EventPageRow[]>(eventPage(bucket, period, limit, PAGE_BYTES, after, earliestUs));
  if (!row) return null;
  const { events, more, text } = row;
  return {
    events,
    bytes: Number(row.bytes),
    more,
    text,
    end: { startUs: row.start_us, durationNs: row.duration_ns, id: Number(row.id) },
  };
};

/** Up to this many rows fit in a page whatever they hold, and rows are faster to read than a text of them. */
const FEW = 4;

/**
 * Stored events in listing order, and whether there may be more after them. Equal data are one object, except in the
 * smallest pages.
 */
export type EventList = { readonly events: readonly StoredEvent[]; readonly bytes: number; readonly more: boolean };

/** A bucket's events in a period after `after`, not clipped: at most `limit`, and no more than fit in a page. */
export const list = async (
  tx: Tx,
  bucket: string,
  period: Period,
  limit: number,
  after: Position | null = null,
): Promise<EventList> => {
  const earliestUs = await earliest(tx, bucket, period);
  if (limit > FEW) {
    const found = await page(tx, bucket, period, limit, after, earliestUs);
    return found
      ? { events: eventsOfPage(found.text), bytes: found.bytes, more: found.more }
      : { events: [], bytes: 0, more: false };
  }
  const rows = await tx.$queryRaw<EventRow[]>(eventsInPeriod(bucket, period, limit, after, earliestUs));
  return {
    events: rows.map(eventOf),
    bytes: rows.reduce((sum, { data }) => sum + data.length, 0),
    more: rows.length === limit,
  };
};

/** How many events `list` would return without a limit. */
export const count = async (tx: Tx, bucket: string, period: Period): Promise<number> => {
  const rows = await tx.$queryRaw<{ events: bigint }[]>(
    countInPeriod(bucket, period, await earliest(tx, bucket, period)),
  );
  return Number(rows[0]?.events ?? 0);
};

/** The event that a heartbeat is compared with; null if the bucket has none without an owner. */
export const last = async (tx: Tx, bucket: string, slot: bigint | null): Promise<StoredEvent | null> => {
  const rows = await tx.$queryRaw<EventRow[]>(lastEvent(bucket, slot));
  return rows[0] ? eventOf(rows[0]) : null;
};

/** First start and last end of each bucket, by the bucket's UUID. */
export const boundsOf = async (tx: Tx, buckets: readonly string[]): Promise<Map<string, BucketBounds>> => {
  const rows = await tx.$queryRaw<{ bucket: string; first_start_us: bigint | null; last_end_us: bigint | null }[]>(
    bounds.bucketBounds(buckets),
  );
  return new Map(rows.map((row) => [row.bucket, { firstStartUs: row.first_start_us, lastEndUs: row.last_end_us }]));
};

/** How many events each bucket holds, by the bucket's UUID; empty buckets are missing. */
export const countsOf = async (tx: Tx, buckets: readonly string[]): Promise<Map<string, number>> => {
  const rows = await tx.$queryRaw<{ bucket: string; events: bigint }[]>(bounds.bucketCounts(buckets));
  return new Map(rows.map((row) => [row.bucket, Number(row.events)]));
};

/** The newest pushed events of each bucket, by the bucket's UUID. */
export const witnessesOf = async (tx: Tx, buckets: readonly string[]): Promise<Map<string, Witness[]>> => {
  const rows = await tx.$queryRaw<{ bucket: string; source_id: bigint; at_ms: bigint; data: string | null }[]>(
    witnesses(buckets),
  );
  const found = new Map(buckets.map((bucket) => [bucket, [] as Witness[]]));
  for (const { bucket, source_id: id, at_ms: atMs, data } of rows) {
    found
      .get(bucket)
      ?.push({ sourceId: Number(id), atMs, data: data === null ? null : dataHash(fromJsonb<JsonObject>(data)) });
  }
  return found;
};

/** A bucket's rows, with or without an owner, that start at one of these instants (ms). */
export const startingAt = async (tx: Tx, bucket: string, instants: readonly bigint[]): Promise<StoredEvent[]> =>
  instants.length === 0
    ? []
    : (await tx.$queryRaw<EventRow[]>(adoption.eventsStartingAt(bucket, instants))).map(eventOf);

/** Whether a bucket has rows that no device owns. */
export const hasOwnerless = async (tx: Tx, bucket: string): Promise<boolean> =>
  (await tx.$queryRaw<{ found: boolean }[]>(adoption.hasOwnerlessEvents(bucket)))[0]?.found ?? false;

/** The bucket's ownerless rows that start at one of these instants (ms). */
export const ownerlessAt = async (tx: Tx, bucket: string, instants: readonly bigint[]): Promise<StoredEvent[]> =>
  instants.length === 0
    ? []
    : (await tx.$queryRaw<EventRow[]>(adoption.adoptableEvents(bucket, instants))).map(eventOf);

/** Which of these source ids the bucket knows. */
export const knownSources = async (tx: Tx, bucket: string, sourceIds: readonly number[]): Promise<Set<number>> =>
  new Set(
    (await tx.$queryRaw<{ source_id: bigint }[]>(adoption.knownSourceIds(bucket, sourceIds))).map((row) =>
      Number(row.source_id),
    ),
  );

/** The bucket's rows of these source ids. */
export const ofSources = async (tx: Tx, bucket: string, sourceIds: readonly number[]): Promise<OwnedEvent[]> =>
  sourceIds.length === 0
    ? []
    : (
        await tx.$queryRaw<EventRow[]>(
          Prisma.sql`select ${eventColumns} from events where bucket_uuid = ${bucket}::uuid
            and source_id = any(${sourceIds}::bigint[])`,
        )
      ).map(eventOf);

/** Makes rows without an owner the device's: `pairs` of (row id, source id). */
export const adopt = (
  tx: Tx,
  bucket: string,
  pairs: readonly (readonly [id: number, sourceId: number])[],
): Promise<number> =>
  tx.$executeRaw(adoption.adoptEvents(bucket, JSON.stringify(pairs.map(([id, source_id]) => ({ id, source_id })))));
