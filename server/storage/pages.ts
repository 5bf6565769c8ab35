/** Pages of a bucket's list, for every reader of more than a few events. */
import { Buffer } from 'node:buffer';
import { KtError } from '../../domain/errors.ts';
import type { PageColumns } from '../../domain/query/dataset.ts';
import type { BucketKey } from './bucket-key.ts';
import type { Tx } from './database.ts';
import { dataLines, firstOf, PageRows, sortTies } from './event-page.ts';
import { MOST_TIES } from './sql/by-time.ts';
import { eventPage, type EventPageRow } from './sql/event-page.ts';
import type { Part, Period, Position } from './sql/events-in-period.ts';
import { valueData } from './sql/value-data.ts';

/** The size of a page of events, in bytes of data; its last event may exceed it. */
export const PAGE_BYTES = 1_500_000;

/** A page for event-page.ts, the row it ends with, and whether there may be more after it. */
export type EventPage = PageColumns & {
  readonly events: number;
  /** The size of its data, once per event. */
  readonly bytes: number;
  readonly more: boolean;
  readonly end: Position;
};

/** The sizes of the values whose data a reader has: those of his pages so far. */
export type KnownValues = Map<number, number>;

/**
 * How often a page is read whose data are gone: whoever deletes an event may sweep its value before it is read here.
 */
export const TRIES = 5;

/**
 * The page of at most `limit` events and `PAGE_BYTES` after `after`; null when there are none. `earliestUs` comes from
 * `earliest`. The page has the data of all values but those in `known`, which it adds.
 */
export const page = async (
  tx: Tx,
  bucket: BucketKey,
  period: Period,
  limit: number,
  after: Position | null,
  earliestUs: bigint | null,
  known: KnownValues = new Map(),
): Promise<EventPage | null> => {
  const part = { bucket, period, after, earliestUs };
  for (let tries = 1; tries <= TRIES; tries++) {
    let found = await columnsOfPage(tx, part, limit, false);
    if (found && found.values.length / 4 >= limit + MOST_TIES) found = await columnsOfPage(tx, part, limit, true);
    if (!found) return null;
    sortTies(found);
    const more = found.values.length / 4 >= limit;
    const listed = firstOf(found, Math.min(limit, found.values.length / 4));
    const rows = new PageRows(listed);
    const missing = new Set<number>();
    for (let row = 0; row < rows.count; row++) if (!known.has(rows.value(row))) missing.add(rows.value(row));
    const data = missing.size === 0 ? '' : await dataOf(tx, bucket.account, [...missing], PAGE_BYTES);
    const sizes = new Map<number, number>();
    for (const { value, bytes } of dataLines(data)) sizes.set(value, bytes);
    let [events, bytes] = [0, 0];
    for (; events < rows.count && bytes < PAGE_BYTES; events++) {
      const size = known.get(rows.value(events)) ?? sizes.get(rows.value(events));
      if (size === undefined) break;
      bytes += size;
    }
    if (events < rows.count && bytes < PAGE_BYTES) continue;
    for (const [value, size] of sizes) known.set(value, size);
    const cut = events < rows.count;
    return { ...firstOf(listed, events), data, events, bytes, more: more || cut, end: rows.exactly(events - 1) };
  }
  throw new KtError('unavailable', 'events of this list are deleted faster than it can be read: try again');
};

const columnsOfPage = async (
  tx: Tx,
  part: Part,
  limit: number,
  crowded: boolean,
): Promise<Omit<PageColumns, 'data'> | null> => {
  const [row] = await tx.$queryRaw<EventPageRow[]>(eventPage(part, limit, crowded));
  const { ids, starts, durations, numbers } = row!;
  if (ids === null || starts === null || durations === null || numbers === null) return null;
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64');
  return { ids: bytes(ids), starts: bytes(starts), durations: bytes(durations), values: bytes(numbers) };
};

/** The data of these values, up to the one that brings them to `maxBytes`, as text for `dataLines`. */
export const dataOf = async (tx: Tx, account: number, values: readonly number[], maxBytes: number): Promise<string> => {
  const [row] = await tx.$queryRaw<{ lines: string | null }[]>(valueData(account, values, maxBytes));
  return row!.lines ?? '';
};
