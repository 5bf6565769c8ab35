/**
 * The local aw-server, Rust or Python, over its REST API. They are strict about different things: requests are written
 * so that both accept them (spec/rest 3, 8), and the answers of either are understood.
 */
import { bucketOfServer, eventFromWire, eventToWire, newEventToWire } from '../../domain/wire.ts';
import type { Bucket } from '../../domain/bucket.ts';
import { isJsonObject, jsonFault } from '../../domain/data.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { makeSharing, type Sharing } from '../../domain/shared-data.ts';
import { listed } from '../../domain/sync/listed.ts';
import { formatTime, parseOpenTime } from '../../domain/time.ts';
import { textOf } from '../http/send.ts';
import type { EventPage, EventQuery, Local, Refusal } from '../sync/ports.ts';
import { makeAsk, type Ask, type LocalServerOptions } from './ask.ts';
import { membersOf, rowsOf, singleRow, type Row } from './json-pieces.ts';
import { usualRows } from './usual-page.ts';

const segment = (text: string): string => encodeURIComponent(text);
const of = (bucketId: string): string => `buckets/${segment(bucketId)}`;

const queryText = ({ startUs, endUs, limit }: EventQuery): string =>
  new URLSearchParams({
    ...(startUs === undefined ? {} : { start: formatTime(startUs) }),
    ...(endUs === undefined ? {} : { end: formatTime(endUs) }),
    limit: String(limit ?? -1), // the Python one fails on text that is no number, and takes -1 for "all"
  }).toString();

const unexpected = (what: string): KtError =>
  new KtError('unavailable', `the local aw-server gave an unexpected answer for ${what}: is it an aw-server?`);

/**
 * The event of a row; with the data of another one, where they are alike. Fails with `malformed` if it can't be stored
 * unchanged: JSON allows `1e400`, and any depth.
 */
const eventOf = (row: Row, sharing: Sharing): StoredEvent => {
  if (!('value' in row)) throw new KtError('malformed', row.reason);
  const { id, startUs, durationNs, data } = eventFromWire(row.value);
  if (id === null) throw new KtError('malformed', 'it has no id');
  const known = sharing.alike(data);
  if (known !== null) return { id, startUs, durationNs, data: known };
  const fault = jsonFault(data);
  if (fault !== null) throw new KtError('malformed', `event.data: ${fault}`);
  return { id, startUs, durationNs, data: sharing.share(data) };
};

/** What can still be said about a row that can't be read. */
const refusalOf = (row: Row, reason: string): Refusal => {
  const raw = 'value' in row ? row.value : row.broken;
  const { id, timestamp } = isJsonObject(raw) ? raw : {};
  return {
    sourceId: Number.isSafeInteger(id) ? (id as number) : null,
    startUs: typeof timestamp === 'string' ? parseOpenTime(timestamp) : null,
    reason,
  };
};

/**
 * The rows of a listing; those with the same data share one object. Unreadable ones are reported, by id if they have
 * one, so that none of them stops its bucket.
 */
const pageOf = (rows: readonly Row[]): Omit<EventPage, 'full'> => {
  const events: StoredEvent[] = [];
  const unreadable: Refusal[] = [];
  const sharing = makeSharing();
  for (const row of rows) {
    try {
      events.push(eventOf(row, sharing));
    } catch (error) {
      if (!isKtError(error)) throw error;
      unreadable.push(refusalOf(row, error.message));
    }
  }
  return { events, unreadable };
};

const isFull = (rows: readonly unknown[], { limit }: EventQuery): boolean =>
  limit !== undefined && rows.length >= limit;

/**
 * One event by id. For a missing one the Python server answers 404, and the Rust one 500, as for its own failures: so
 * after a 500 the request is repeated once the bucket is known to be readable.
 */
const readEvent = async (ask: Ask, bucketId: string, id: number, again = false): Promise<StoredEvent | null> => {
  try {
    const row = singleRow((await ask.raw('GET', `${of(bucketId)}/events/${id}`)).text);
    return 'value' in row && row.value === null ? null : eventOf(row, makeSharing());
  } catch (error) {
    if (isKtError(error, 'not_found')) return null;
    if (!isKtError(error, 'unavailable') || error.details['status'] !== 500) throw error;
    if (again) return null;
    await ask.raw('GET', `${of(bucketId)}/events?limit=1`);
    return readEvent(ask, bucketId, id, true);
  }
};

/** The local aw-server at `url`, as the port that the engine uses. */
export const makeLocalServer = (options: LocalServerOptions): Local => {
  const ask = makeAsk(options);
  return {
    async info() {
      const raw = await ask('GET', 'info');
      if (!isJsonObject(raw) || typeof raw['hostname'] !== 'string') throw unexpected('/info');
      const testing = raw['testing'] === true;
      const deviceId = String(raw['device_id'] ?? '');
      // Both servers of a computer read their id from one file, but hold different buckets: they are two devices.
      return {
        hostname: raw['hostname'],
        deviceId: testing && deviceId ? `${deviceId} (testing)` : deviceId,
        version: String(raw['version'] ?? ''),
        testing,
      };
    },
    async buckets() {
      const raw = membersOf((await ask.raw('GET', 'buckets/')).text);
      if (raw === null) throw unexpected('/buckets/');
      return Object.entries(raw).flatMap(([id, bucket]) =>
        isJsonObject(bucket)
          ? [bucketOfServer(id, { ...bucket, data: jsonFault(bucket['data']) === null ? bucket['data'] : {} })]
          : [],
      );
    },
    async events(bucketId, query) {
      const { bytes } = await ask.bytes('GET', `${of(bucketId)}/events?${queryText(query)}`);
      const usual = usualRows(bytes);
      if (usual !== null) return Object.assign(listed(usual), { full: isFull(usual.ids, query), unreadable: [] });
      const rows = rowsOf(textOf(bytes));
      if (rows === null) throw unexpected(`the events of "${bucketId}"`);
      return { ...pageOf(rows), full: isFull(rows, query) };
    },
    event: (bucketId, id) => readEvent(ask, bucketId, id),
    async count(bucketId) {
      const raw = await ask('GET', `${of(bucketId)}/events/count`);
      if (typeof raw !== 'number') throw unexpected(`the count of "${bucketId}"`);
      return raw;
    },
    async createBucket({ id, type, client, hostname, createdUs, data }: Bucket) {
      const created = createdUs === null ? {} : { created: formatTime(createdUs) };
      const { status } = await ask.raw('POST', of(id), { type, client, hostname, data, ...created });
      return status !== 304;
    },
    async insert(bucketId, events) {
      await ask('POST', `${of(bucketId)}/events`, events.map(newEventToWire));
    },
    async replace(bucketId, events) {
      await ask('POST', `${of(bucketId)}/events`, events.map(eventToWire));
    },
    async deleteEvent(bucketId, id) {
      await ask('DELETE', `${of(bucketId)}/events/${id}`);
    },
    async deleteBucket(bucketId) {
      try {
        await ask('DELETE', `${of(bucketId)}?force=1`); // without it the Python one refuses
      } catch (error) {
        if (!isKtError(error, 'not_found')) throw error;
      }
    },
  };
};
