import { KtError } from '../../domain/errors.ts';
import { clip, type Event, type StoredEvent } from '../../domain/event.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { ROWS_PER_REVISION, takeRevision } from '../storage/changes.ts';
import { run, runQuick, type Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as rows from '../storage/events.ts';
import * as pages from '../storage/pages.ts';
import { makePageText } from '../storage/page-text.ts';
import { unmark } from '../storage/imported-buckets.ts';
import { flatNameOf, idOf, mustFind, mustLock, type BucketName, type BucketRef } from './buckets.ts';
import { checkEvents, mustHaveRoomFor } from './check-event.ts';
import type { Deps } from './deps.ts';
import { bucketToFill } from './flat-ids.ts';
import type { Reading } from './reading.ts';
import type { ValueKeeping } from './value-keeping.ts';

import { FEW } from '../storage/events.ts';
import { writing } from '../storage/writing.ts';

export { FEW };
export type { Position } from '../storage/events.ts';

/** A page of a list: each event cut to the period, and its place as stored. `more`: there may be others after it. */
export type EventList = {
  /** The number of their bucket: the name may pass to another bucket before the next page. */
  readonly bucket: number;
  readonly events: readonly { readonly event: StoredEvent; readonly position: rows.Position }[];
  /** The size of the page's data, in bytes. */
  readonly bytes: number;
  readonly more: boolean;
};

/** An event to be stored; `id` names the row it replaces, if the bucket has one. */
export type EventWrite = Event & { readonly id: number | null };

const ownedByDevice = async (tx: Tx, bucket: buckets.BucketRow, id: number): Promise<KtError> => {
  const device = await devices.ofBucket(tx, bucket);
  return new KtError(
    'conflict',
    `event ${id} belongs to the device ${JSON.stringify(device.hostname)} (${device.deviceId}): ` +
      "change it there, and that device's next sync brings the change here",
    { deviceId: device.deviceId },
  );
};

/** What is quick waits for no page of the account's. */
const atOnce: Reading = (_account, read) => read();

/** Events read at a time: the embedded engine serves nobody else meanwhile, for 0.1 to 0.2 s. */
const PAGE = 5_000;

type PageSource = { readonly database: Deps['database']; readonly reading: Reading };

/**
 * How much data is kept from page to page, in bytes: pages of one bucket have most of it in common, and where they have
 * not, each reader who does not read holds this much.
 */
const KEPT_BYTES = pages.PAGE_BYTES;

/** A page of a list as UTF-8, `json` separated by commas. `more`: there may be others after it. */
export type PageOfText = { readonly json: Uint8Array; readonly more: boolean };

/** See `texts`. The name may pass to another bucket after the first page, so the others are read by number. */
async function* textsOf(
  { database, reading }: PageSource,
  viewer: Viewer,
  named: BucketRef,
  period: rows.Period,
  limit: number | null,
  size: number,
): AsyncGenerator<PageOfText> {
  let bucket: buckets.BucketRow | undefined;
  let earliest: bigint | null = null;
  const known: pages.KnownValues = new Map();
  let kept = 0;
  const read = async (left: number, after: rows.Position | null) => {
    const forget = kept > KEPT_BYTES;
    if (forget) known.clear();
    if (forget) kept = 0;
    const page = await reading(viewer.account, () =>
      run(database, async (tx) => {
        const first = !bucket;
        bucket ??= await mustFind(tx, viewer, named);
        if (isReversed(period)) return null;
        if (first) earliest = await rows.earliest(tx, bucket, period);
        const found = await pages.page(tx, bucket, period, Math.min(size, left), after, earliest, known);
        if (!first) await mustFind(tx, viewer, isNumbered(named) ? named : { number: bucket.number });
        return found;
      }),
    );
    if (page) kept += page.data.length;
    return page && { ...page, forget };
  };
  const text = makePageText(period);
  let left = limit ?? Infinity;
  let next = left > 0 ? read(left, null) : null;
  for (let behind = false; next; behind = true) {
    const page: Awaited<ReturnType<typeof read>> = await next;
    if (!page) return;
    left -= page.events;
    next = page.more && left > 0 ? read(left, page.end) : null;
    // Its failure is thrown when it is waited for, and nobody does where the reader leaves.
    next?.catch(() => {});
    if (page.forget) text.forget();
    yield { json: text.of(page, behind), more: next !== null };
  }
}

const isNumbered = (named: BucketRef): named is Extract<BucketRef, { number: number }> =>
  typeof named === 'object' && 'number' in named;

const isReversed = ({ startUs, endUs }: rows.Period): boolean => startUs !== null && endUs !== null && startUs > endUs;

/**
 * Events of one bucket, named by its public id. Every function fails with `not_found` when the viewer has no such
 * bucket.
 */
export const makeEvents = ({ database, eventBytes }: Deps, reading: Reading, values: ValueKeeping) => {
  /**
   * The newest events of a bucket, where so few are asked for that one statement can find it and them; null where they
   * have to be looked for.
   */
  const newestOf = async (
    viewer: Viewer,
    named: BucketRef,
    period: rows.Period,
    limit: number,
  ): Promise<EventList | null> => {
    if (limit > FEW || period.startUs !== null || period.endUs !== null) return null;
    const of = isNumbered(named) ? named.number : flatNameOf(viewer, named);
    const found = of === null ? null : await runQuick(database, (tx) => rows.newest(tx, viewer.account, of, limit));
    return found && { ...found, events: found.events.map((event) => ({ event, position: event })) };
  };

  return {
    /**
     * The events in a period, clipped to it, newest first (spec/rest 3.6): a page of at most `limit`, or of fewer when
     * their data is large. Both bounds are inclusive and optional. `after` continues after a row of an earlier page,
     * given as stored.
     */
    list: (
      viewer: Viewer,
      named: BucketRef,
      period: rows.Period,
      limit: number,
      after: rows.Position | null = null,
    ): Promise<EventList> =>
      (rows.isQuick(period, limit) ? atOnce : reading)(viewer.account, async () => {
        const newest = after === null ? await newestOf(viewer, named, period, limit) : null;
        if (newest) return newest;
        const bucket = await runQuick(database, (tx) => mustFind(tx, viewer, named));
        if (isReversed(period)) return { bucket: bucket.number, events: [], bytes: 0, more: false };
        const { events, ...page } = await run(database, (tx) =>
          runQuick(database, (quick) => rows.list(tx, bucket, period, limit, after, quick)),
        );
        return {
          bucket: bucket.number,
          events: events.map((event) => ({ event: clip(event, period.startUs, period.endUs), position: event })),
          ...page,
        };
      }),

    /**
     * The same without an end, in aw-server's JSON: pages of it, of at most `limit` events together (null: all). The
     * next page is read while one is made and sent, no more: a slow reader ties up two. They are not from one
     * snapshot, which would hold a connection for as long as the client reads: an event that is moved meanwhile may be
     * in two of them or in none, as for a client that pages by itself. Fails when the bucket is deleted meanwhile:
     * half of it must not look complete.
     */
    texts: (
      viewer: Viewer,
      named: BucketRef,
      period: rows.Period,
      limit: number | null = null,
      size = PAGE,
    ): AsyncGenerator<PageOfText> => textsOf({ database, reading }, viewer, named, period, limit, size),

    /** How many events `list` would return without a limit. */
    count: async (viewer: Viewer, named: BucketRef, period: rows.Period): Promise<number> => {
      const name = period.startUs === null && period.endUs === null ? flatNameOf(viewer, named) : null;
      const known = name === null ? null : await runQuick(database, (tx) => rows.countNamed(tx, viewer.account, name));
      if (known !== null) return known;
      const bucket = await runQuick(database, (tx) => mustFind(tx, viewer, named));
      if (period.startUs === null && period.endUs === null) return bucket.eventRows;
      if (isReversed(period)) return 0;
      return run(database, (tx) => rows.count(tx, bucket, period));
    },

    /** One event, not clipped. Fails with `not_found` when the bucket has no event with this id (spec/rest DEV-11). */
    get: (viewer: Viewer, named: BucketName, id: number): Promise<StoredEvent> =>
      run(database, async (tx) => {
        const bucket = await mustFind(tx, viewer, named);
        const event = await rows.find(tx, bucket, id);
        if (!event) throw new KtError('not_found', `bucket ${JSON.stringify(idOf(named))} has no event ${id}`);
        return event;
      }),

    /** The same, but null when the bucket has no event with this id. */
    find: (viewer: Viewer, named: BucketRef, id: number): Promise<StoredEvent | null> =>
      run(database, async (tx) => {
        const bucket = await mustFind(tx, viewer, named);
        return rows.find(tx, bucket, id);
      }),

    /**
     * Stores events in one transaction, and returns them in the order given. An event whose id the bucket has replaces
     * that row and keeps its id; any other gets a fresh id, so no id ever reaches into another bucket (spec/rest 5,
     * spec/rest DEV-14). Replacements apply to the bucket that reading finds; new events go where `bucketToFill` says.
     * Clears the heartbeat slot. Fails with `conflict` when a row to replace belongs to a device, and as `bucketToFill`
     * and `checkEvent` do.
     */
    insert: async (viewer: Viewer, named: BucketName, writes: readonly EventWrite[]): Promise<StoredEvent[]> => {
      await checkEvents(viewer.account, writes, eventBytes);
      return writing(database, viewer.account, async (tx) => {
        const bucket = await mustLock(tx, viewer, named);
        if (writes.length === 0) return [];
        const ids = writes.flatMap((event) => (event.id === null ? [] : [event.id]));
        const known = await rows.ownersOf(tx, bucket, ids);
        const isNew = ({ id }: EventWrite): boolean => id === null || !known.has(id);
        const target = writes.some(isNew) ? await bucketToFill(tx, viewer, bucket, named) : bucket;
        const stored: StoredEvent[] = [];
        for (let from = 0; from < writes.length; from += ROWS_PER_REVISION) {
          const slice = writes.slice(from, from + ROWS_PER_REVISION);
          if (target === bucket) await mustHaveRoomFor(tx, bucket, slice);
          else
            for (const [place, part] of [
              [bucket, slice.filter((event) => !isNew(event))],
              [target, slice.filter(isNew)],
            ] as const)
              await mustHaveRoomFor(tx, place, part);
          const revision = await takeRevision(tx, viewer.account);
          const fresh = await rows.insert(tx, target, revision, slice.filter(isNew));
          let next = 0;
          for (const { id, startUs, durationNs, data } of slice) {
            const isKnown = id !== null && known.has(id);
            const event = { id: isKnown ? id : fresh[next++]!, startUs, durationNs, data };
            if (isKnown) {
              if (known.get(id) !== null) throw await ownedByDevice(tx, bucket, id);
              await rows.replace(tx, bucket, revision, event);
            }
            stored.push(event);
          }
        }
        for (const written of new Set([bucket, target]))
          if (written.slot !== null) await buckets.setSlot(tx, written, null);
        for (const written of new Set([bucket, target])) await unmark(tx, written);
        return stored;
      });
    },

    /**
     * Deletes one event; false when the bucket has no event with this id. Fails with `conflict` when a device owns it.
     */
    delete: async (viewer: Viewer, named: BucketName, id: number): Promise<boolean> => {
      const gone = await writing(database, viewer.account, async (tx) => {
        const bucket = await mustLock(tx, viewer, named);
        const event = await rows.find(tx, bucket, id);
        if (!event) return false;
        if (event.sourceId !== null) throw await ownedByDevice(tx, bucket, id);
        await unmark(tx, bucket);
        return rows.remove(tx, bucket, await takeRevision(tx, viewer.account), id);
      });
      if (gone) values.soon(viewer.account);
      return gone;
    },
  };
};
