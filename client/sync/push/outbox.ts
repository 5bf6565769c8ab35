import { isKtError, KtError, type ErrorCode } from '../../../domain/errors.ts';
import type { SourcedEvent } from '../../../domain/event.ts';
import { MOST_PUSHED, type PushCursor } from '../../../domain/sync/push.ts';
import type { PushBucket, PushResult, Remote } from '../ports.ts';

/** Bytes of one call, about (spec/sync 2.5); its events are `MOST_PUSHED`. */
export const MAX_BYTES = 4_000_000;
/** More refused events than this in one bucket and pass are no poison: something is wrong with the whole of it. */
const MAX_SET_ASIDE = 100;

/** Some events of one bucket on their way to the server, and who wants to know what became of them. */
export type Parcel = {
  readonly bucket: Omit<PushBucket, 'events' | 'cursor'>;
  readonly events: readonly SourcedEvent[];
  /** Where the push stands once these are stored, and all parcels of the bucket before them. */
  readonly cursor: PushCursor | null;
  /** Called once for each part that was stored: all of it, unless it had to be halved. */
  stored(result: PushResult, events: readonly SourcedEvent[]): void;
  /** The server takes everything but this event. */
  setAside(event: SourcedEvent, reason: string): void;
  /** The bucket fails, and alone: no more of its parcels are sent. */
  failed(error: KtError): void;
};

export type Outbox = {
  /** Takes a parcel; sends what is waiting first, when both together are too much for a call or of the same bucket. */
  add(parcel: Parcel): Promise<void>;
  /** Sends what is waiting. */
  flush(): Promise<void>;
  /** A call failed for no fault of its batch: the pass is over. */
  readonly broken: boolean;
};

type Send = (buckets: readonly PushBucket[]) => Promise<readonly PushResult[]>;

const text = new TextEncoder();
/** Roughly the bytes of an event in a request, before compression. */
export const bytesOf = (event: SourcedEvent): number => text.encode(JSON.stringify(event.data)).length + 120;

const shouldHalve = (code: ErrorCode): boolean => code === 'too_large' || code === 'invalid' || code === 'malformed';

/**
 * Collects parcels of several buckets into calls of at most 5,000 events and 4 MB. A refused call is halved until what
 * is refused alone is found; one bucket that fails never stops the others. What is no fault of a batch (the key, the
 * network, `device_in_use`) is thrown, and ends the pass.
 */
export const makeOutbox = (remote: Remote, deviceId: string, pass: number): Outbox => {
  const send: Send = async (buckets) => (await remote.push({ deviceId, pass, buckets })).results;
  const failed = new Set<string>();
  const setAside = new Map<string, number>();
  let waiting: Parcel[] = [];
  let events = 0;
  let bytes = 0;
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
   * Sends a refused parcel in two halves; the cursor goes with the second, and on its own past an
   * event that is refused alone.
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

  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    events = bytes = 0;
    await deliver(batch);
  };

  return {
    async add(parcel) {
      const size = parcel.events.reduce((sum, event) => sum + bytesOf(event), 0);
      const same = waiting.some(({ bucket }) => bucket.bucket.id === parcel.bucket.bucket.id);
      if (same || events + parcel.events.length > MOST_PUSHED || bytes + size > MAX_BYTES) await flush();
      waiting.push(parcel);
      events += parcel.events.length;
      bytes += size;
    },
    flush,
    get broken() {
      return broken;
    },
  };
};
