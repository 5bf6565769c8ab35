import { batches } from '../../../domain/batch.ts';
import { isKtError, KtError } from '../../../domain/errors.ts';
import { instantOf, type Event, type StoredEvent } from '../../../domain/event.ts';
import type { Instant } from '../../../domain/sync/changes.ts';
import { makeBytesOf } from '../../../domain/stored-size.ts';
import { isWritable, makeWritable, pair } from './pair.ts';
import { MOST_KNOWN, unwritableRow } from '../known-rows.ts';
import type { EventQuery, KnownRow, Local } from '../ports.ts';
import type { PulledBucket } from '../report.ts';
import { mayBeClipped, PAGE_SIZE } from '../push/walk.ts';

/** Events per write to the local aw-server: the Python one takes seconds for more. */
const WRITE_SIZE = 1000;
/** Events per write to a copy that is being filled, where seconds for one write save minutes over all. */
const FILL_SIZE = 5000;
/** Bytes of data per write, as stored. The Rust aw-server takes a GB, the Python one anything. */
const WRITE_BYTES = 8_000_000;

/**
 * Local events that start at one of these instants, unclipped; null if the answer did not reach back to the first of
 * them.
 */
const readAt = async (
  local: Local,
  bucketId: string,
  instants: readonly Instant[],
  limit: number,
): Promise<StoredEvent[] | null> => {
  const first = instants[0]!.atMs;
  const query: EventQuery = { endUs: (instants.at(-1)!.atMs + 1n) * 1000n, limit };
  const page = await local.events(bucketId, query);
  if (page.full && !page.events.some((event) => instantOf(event) < first)) return null;
  const wanted = new Set(instants.map(({ atMs }) => atMs));
  const found: StoredEvent[] = [];
  for (const row of page.events) {
    if (!wanted.has(instantOf(row))) continue;
    const event = mayBeClipped(row, query) ? await local.event(bucketId, row.id) : row;
    // Treated as missing, an existing event would be inserted a second time.
    if (event === null) throw new KtError('unavailable', `bucket "${bucketId}" changes while it is read: sync again`);
    if (instantOf(event) === instantOf(row)) found.push(event);
  }
  return found;
};

/**
 * Writes events in batches. A refused batch is halved; an event refused on its own is counted and left out
 * (spec/sync 3.6).
 */
const writeAll = async <E extends Event>(
  events: readonly E[],
  write: (batch: readonly E[]) => Promise<void>,
  size = WRITE_SIZE,
) => {
  const refused: E[] = [];
  const attempt = async (batch: readonly E[]): Promise<void> => {
    try {
      await write(batch);
    } catch (error) {
      if (!isKtError(error, 'invalid') && !isKtError(error, 'too_large')) throw error;
      if (batch.length === 1) {
        refused.push(batch[0]!);
        return;
      }
      await attempt(batch.slice(0, batch.length >> 1));
      await attempt(batch.slice(batch.length >> 1));
    }
  };
  const bytesOf = makeBytesOf(WRITE_BYTES);
  for (const batch of batches(events, size, WRITE_BYTES, ({ data }) => bytesOf(data))) await attempt(batch);
  return { written: events.length - refused.length, refused };
};

/**
 * Makes a copy hold, at each of these instants (ascending), what the server holds there (spec/sync 3.5), and counts in
 * `report`. May be repeated, killed halfway, or done late: the result is the same. Fails as Local does; what was
 * written stays.
 */
export const applyInstants = async (
  local: Local,
  bucketId: string,
  instants: readonly Instant[],
  report: PulledBucket,
): Promise<void> => {
  if (instants.length === 0) return;
  const events = instants.reduce((sum, instant) => sum + instant.events.length, 0);
  for (let limit = Math.min(PAGE_SIZE, 2 * (events + instants.length) + 50); ; limit *= 2) {
    const here = await readAt(local, bucketId, instants, limit);
    if (here !== null) return settle(local, bucketId, instants, here, report);
    if (instants.length > 1) {
      const middle = instants.length >> 1;
      await applyInstants(local, bucketId, instants.slice(0, middle), report);
      return applyInstants(local, bucketId, instants.slice(middle), report);
    }
  }
};

/**
 * Writes what the server holds at instants where the copy holds nothing, as `applyInstants` would, without reading them
 * back: nothing there can be a twin, or too much.
 */
export const fillInstants = async (
  local: Local,
  bucketId: string,
  instants: readonly Instant[],
  report: PulledBucket,
): Promise<void> => {
  const { keepable, unwritable } = sortOut(instants.flatMap(({ events }) => events));
  const inserted = await writeAll(keepable, (batch) => local.insert(bucketId, batch), FILL_SIZE);
  report.inserted += inserted.written;
  setAside(report, unwritable, inserted.refused);
};

/** Events as an aw-server takes them, and those that it can't store. */
const sortOut = (events: readonly Event[]) => {
  const keepable: Event[] = [];
  const unwritable: KnownRow[] = [];
  const writable = makeWritable();
  for (const event of events) {
    const written = writable(event);
    if (isWritable(written)) keepable.push(written);
    else unwritable.push(unwritableRow(event));
  }
  return { keepable, unwritable };
};

/** Notes what this aw-server can't store, and what it refused. */
const setAside = (report: PulledBucket, unwritable: readonly KnownRow[], refused: readonly Event[]): void => {
  const rows = [...unwritable, ...refused.map((event) => unwritableRow(event, 'this aw-server refuses it'))];
  report.unwritable += rows.length;
  report.aside.push(...rows.slice(0, Math.max(0, MOST_KNOWN - report.aside.length)));
};

const settle = async (
  local: Local,
  bucketId: string,
  instants: readonly Instant[],
  here: readonly StoredEvent[],
  report: PulledBucket,
) => {
  const byInstant = new Map<bigint, StoredEvent[]>(instants.map(({ atMs }) => [atMs, []]));
  for (const event of here) byInstant.get(instantOf(event))?.push(event);
  const insert: Event[] = [];
  const replace: StoredEvent[] = [];
  const remove: number[] = [];
  const unwritable: KnownRow[] = [];
  for (const { atMs, gone, events } of instants) {
    const sorted = sortOut(events);
    unwritable.push(...sorted.unwritable);
    const pairing = pair(byInstant.get(atMs)!, sorted.keepable, gone);
    insert.push(...pairing.insert);
    replace.push(...pairing.replace);
    remove.push(...pairing.remove);
  }
  // Insert first and delete last: a kill in between leaves too many events rather than too few.
  const inserted = await writeAll(insert, (batch) => local.insert(bucketId, batch));
  const replaced = await writeAll(replace, (batch) => local.replace(bucketId, batch));
  for (const id of remove) await local.deleteEvent(bucketId, id);
  report.inserted += inserted.written;
  report.replaced += replaced.written;
  report.deleted += remove.length;
  setAside(report, unwritable, [...inserted.refused, ...replaced.refused]);
};
