import { isKtError, KtError, type ErrorCode } from '../../../domain/errors.ts';
import type { JsonObject } from '../../../domain/data.ts';
import type { StoredEvent } from '../../../domain/event.ts';
import { MOST_PUSHED, type PushCursor } from '../../../domain/sync/push.ts';
import type { PushBucket, PushResult, Remote } from '../ports.ts';

/** Approximate bytes per call (spec/sync 2.5); at most `MOST_PUSHED` events. */
const MAX_BYTES = 4_000_000;
/** The same of the data of all rows, which the server limits to 32 MB in its own, somewhat longer text. */
const MAX_STORED = 20_000_000;
/** With more refused events than this in one bucket and pass, the whole bucket has a problem, not single events. */
const MAX_SET_ASIDE = 100;

/** Some events of one bucket to be sent, and the callbacks for their outcome. */
export type Parcel = {
  readonly bucket: Omit<PushBucket, 'events' | 'cursor'>;
  readonly events: readonly StoredEvent[];
  /** The push cursor once these and all earlier parcels of the bucket are stored. */
  readonly cursor: PushCursor | null;
  /** Called once for each part that was stored: the whole parcel, unless it had to be halved. */
  stored(result: PushResult, events: readonly StoredEvent[]): void;
  /** The server accepts everything but this event. */
  setAside(event: StoredEvent, reason: string): void;
  /** This bucket alone failed: no more of its parcels are sent. */
  failed(error: KtError): void;
};

export type Outbox = {
  /**
   * Adds a parcel. Sends what is waiting first if both are too much for one call, or if that is for the same bucket;
   * and a parcel that fills a call at once. The answer is not waited for, so that the next page can be read meanwhile:
   * it is when the next call is due, which comes after it. So one call at most is under way.
   */
  add(parcel: Parcel): Promise<void>;
  /** Sends what is waiting, and waits until all is answered. */
  flush(): Promise<void>;
  /** Waits for the call under way, whatever becomes of it. */
  settled(): Promise<void>;
  /** A call failed for a reason other than its batch: the pass is over. */
  readonly broken: boolean;
};

/** A parcel beyond this share of a call is not worth waiting for another one. */
const FULL = 0.5;

/** Bytes of a call, and of the rows in it once each has its own data. */
type Bytes = { readonly sent: number; readonly stored: number };
const NONE: Bytes = { sent: 0, stored: 0 };

type Send = (buckets: readonly PushBucket[]) => Promise<readonly PushResult[]>;

/** Bytes of an event's numbers in a request, at most. */
const ROW = 70;

/** Data as JSON text takes this many bytes; those that several events share are measured once. */
const makeDataBytes = (): ((data: JsonObject) => number) => {
  const known = new Map<JsonObject, number>();
  return (data) => {
    let bytes = known.get(data);
    if (bytes === undefined) known.set(data, (bytes = Buffer.byteLength(JSON.stringify(data))));
    return bytes;
  };
};

/** What some events of one bucket add to a call: columns have each distinct data once, the server stores each row. */
const makeLoad = (bytesOf: (data: JsonObject) => number) => {
  const data = new Set<JsonObject>();
  let [rows, sent, stored] = [0, 0, 0];
  const more = (event: StoredEvent): number => ROW + (data.has(event.data) ? 0 : bytesOf(event.data));
  return {
    get bytes(): Bytes {
      return { sent, stored };
    },
    hasRoomFor: (event: StoredEvent): boolean =>
      rows < MOST_PUSHED && sent + more(event) <= MAX_BYTES && stored + bytesOf(event.data) <= MAX_STORED,
    add(event: StoredEvent): void {
      rows++;
      sent += more(event);
      stored += bytesOf(event.data);
      data.add(event.data);
    },
  };
};

/** Events of one bucket in parts, of which each fits a call. One that is too large for any is a part by itself. */
export function* partsOf(events: Iterable<StoredEvent>): Generator<StoredEvent[]> {
  const bytesOf = makeDataBytes();
  let part: StoredEvent[] = [];
  let load = makeLoad(bytesOf);
  for (const event of events) {
    if (part.length > 0 && !load.hasRoomFor(event)) {
      yield part;
      part = [];
      load = makeLoad(bytesOf);
    }
    part.push(event);
    load.add(event);
  }
  if (part.length > 0) yield part;
}

const shouldHalve = (code: ErrorCode): boolean => code === 'too_large' || code === 'invalid' || code === 'malformed';

/**
 * Collects parcels of several buckets into calls of at most 5,000 events and 4 MB. A refused call is halved until the
 * refused event is found; a bucket that fails does not stop the others. A failure that is not the batch's (the key, the
 * network, `device_in_use`) is thrown, and ends the pass.
 */
export const makeOutbox = (remote: Remote, deviceId: string, pass: number): Outbox => {
  const send: Send = async (buckets) => (await remote.push({ deviceId, pass, buckets })).results;
  const failed = new Set<string>();
  const setAside = new Map<string, number>();
  let waiting: Parcel[] = [];
  let events = 0;
  let bytes = NONE;
  let broken = false;

  const fail = (parcel: Parcel, error: KtError): void => {
    failed.add(parcel.bucket.bucket.id);
    parcel.failed(error);
  };

  const deliver = async (batch: readonly Parcel[]): Promise<void> => {
    const parcels = batch.filter(({ bucket }) => !failed.has(bucket.bucket.id));
    if (parcels.length === 0) return;
    let results: readonly PushResult[];
    try {
      results = await send(parcels.map(({ bucket, events, cursor }) => ({ ...bucket, events, cursor })));
    } catch (error) {
      if (!isKtError(error) || !shouldHalve(error.code)) {
        broken = true;
        throw error;
      }
      if (parcels.length === 1) return split(parcels[0]!, error);
      const middle = parcels.length >> 1;
      await deliver(parcels.slice(0, middle));
      return deliver(parcels.slice(middle));
    }
    for (const parcel of parcels) {
      const result = results.find(({ bucketId }) => bucketId === parcel.bucket.bucket.id);
      if (!result) fail(parcel, new KtError('internal', 'the server did not answer for this bucket: sync again'));
      else if (result.error === null) parcel.stored(result, parcel.events);
      else if (shouldHalve(result.error.code))
        await split(parcel, new KtError(result.error.code, result.error.message));
      else fail(parcel, new KtError('conflict', result.error.message));
    }
  };

  /**
   * Sends a refused parcel in two halves. The cursor goes with the second half, and is sent on its own after an event
   * that is refused alone.
   */
  const split = async (parcel: Parcel, error: KtError): Promise<void> => {
    const { events } = parcel;
    if (events.length === 0) return fail(parcel, error);
    if (events.length > 1) {
      const middle = events.length >> 1;
      await deliver([{ ...parcel, events: events.slice(0, middle), cursor: null }]);
      return deliver([{ ...parcel, events: events.slice(middle) }]);
    }
    const id = parcel.bucket.bucket.id;
    const count = (setAside.get(id) ?? 0) + 1;
    setAside.set(id, count);
    if (count > MAX_SET_ASIDE) return fail(parcel, error);
    parcel.setAside(events[0]!, error.message);
    if (parcel.cursor !== null) await deliver([{ ...parcel, events: [] }]);
  };

  let underWay: Promise<void> = Promise.resolve();
  const dispatch = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    [events, bytes] = [0, NONE];
    await underWay;
    underWay = deliver(batch);
    underWay.catch(() => undefined); // thrown to whoever waits for it next
  };

  const isTooMuch = (rows: number, more: Bytes): boolean =>
    rows > MOST_PUSHED || bytes.sent + more.sent > MAX_BYTES || bytes.stored + more.stored > MAX_STORED;

  return {
    async add(parcel) {
      const load = makeLoad(makeDataBytes());
      for (const event of parcel.events) load.add(event);
      const size = load.bytes;
      const same = waiting.some(({ bucket }) => bucket.bucket.id === parcel.bucket.bucket.id);
      if (same || isTooMuch(events + parcel.events.length, size)) await dispatch();
      waiting.push(parcel);
      events += parcel.events.length;
      bytes = { sent: bytes.sent + size.sent, stored: bytes.stored + size.stored };
      if (events > MOST_PUSHED * FULL || bytes.sent > MAX_BYTES * FULL) await dispatch();
    },
    async flush() {
      await dispatch();
      await underWay;
    },
    settled: () => underWay.catch(() => undefined),
    get broken() {
      return broken;
    },
  };
};
