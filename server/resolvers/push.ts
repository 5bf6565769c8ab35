import { secondHandReason, type Bucket } from '../../domain/bucket.ts';
import { isKtError, KtError, type ErrorCode } from '../../domain/errors.ts';
import type { SourcedEvent } from '../../domain/event.ts';
import { makeBytesOf } from '../../domain/stored-size.ts';
import { MOST_PUSHED, type PushCursor } from '../../domain/sync/push.ts';
import type { PushedDays } from '../../domain/sync/parts.ts';
import type { TakeOver } from '../../domain/sync/take-over.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { lockAccount, revisionNow, takeRevision } from '../storage/changes.ts';
import { portOf, type Tx } from '../storage/database.ts';
import { dropFacts } from '../storage/day-facts.ts';
import * as devices from '../storage/devices.ts';
import * as events from '../storage/events.ts';
import { adopt } from './adopt.ts';
import { checkBucket } from './buckets.ts';
import { crowded, crowdedReason, MOST_IN_A_REQUEST } from './check-event.ts';
import type { Deps } from './deps.ts';
import { cursorOf, mustPushFor } from './devices.ts';
import { pushedDays, type DaySums } from './parts.ts';
import { findOrCreate, inEpoch } from './pushed-bucket.ts';
import { makeTurns } from './yield-to-others.ts';
import { makeReadEvent, readCreated, readDelete, type PushedDelete, type PushedEvent } from './read-pushed.ts';
import { writing } from '../storage/writing.ts';

export type PushBucket = {
  readonly bucket: Omit<Bucket, 'createdUs'>;
  /** The time of creation, as its aw-server gives it; null if it gives none. Not validated yet either. */
  readonly created: string | null;
  readonly epoch: number;
  readonly events: readonly PushedEvent[];
  /** Source ids that the device no longer has, each with the content hash of the row that is meant. */
  readonly deletes: readonly PushedDelete[];
  /** The push cursor once these are stored; null leaves it unchanged. */
  readonly cursor: PushCursor | null;
  /**
   * The imported bucket of the same history, which becomes the device's with this push (spec/sync 7.2); null for none.
   */
  readonly takeOver?: TakeOver | null;
  /** Days to compare once these are stored; null: none. */
  readonly compare?: PushedDays | null;
};
/** An event that can't be stored, by its id as it was sent. */
export type Rejection = { readonly sourceId: string; readonly reason: string };
export type BucketResult = {
  readonly bucketId: string;
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  readonly epoch: number;
  readonly count: number;
  readonly cursor: PushCursor | null;
  /** How many rows were deleted, or merged with an event that grew. */
  readonly deleted: number;
  /** How many of the events were new, stored differently, and stored already. */
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  /** All the others. */
  readonly rejections: readonly Rejection[];
  readonly compared: DaySums | null;
};

/** Errors about the device, the account or the database concern every bucket of the call. */
const ENDS_THE_CALL = new Set<ErrorCode>(['device_in_use', 'not_found', 'moved', 'unavailable']);

const UNFORESEEN = new KtError(
  'internal',
  'something went wrong inside the server, and nothing of this bucket was stored: its log says what',
);

export const makePush = ({ database, now, eventBytes, onFault = () => {} }: Deps) => ({
  /**
   * Stores what a device read from its own aw-server (spec/sync 2.5): several buckets a call, a transaction each, so
   * that an error in one bucket stops no other, and rejects events one by one, so that a bad event stops no other. Safe
   * to repeat. At most 5,000 events a call, and 32 MB once stored (`too_large`). Fails as a whole with `not_found` for
   * a device that never registered and `device_in_use` for a pass that is not the device's latest.
   */
  push: async (
    viewer: Viewer,
    input: { deviceId: string; pass: number; buckets: readonly PushBucket[] },
  ): Promise<{ revision: bigint; buckets: BucketResult[] }> => {
    mustPushFor(viewer, input.deviceId);
    const total = input.buckets.reduce((sum, bucket) => sum + bucket.events.length + bucket.deletes.length, 0);
    if (total > MOST_PUSHED)
      throw new KtError(
        'too_large',
        `a push takes at most ${MOST_PUSHED} events, and this one has ${total}: send it in parts`,
      );
    // An event that exceeds the limit for one is refused alone, and stores nothing.
    const bytesOf = makeBytesOf(eventBytes);
    const turns = makeTurns(viewer.account);
    let bytes = 0;
    for (const { events: each } of input.buckets)
      for (const { data } of each) {
        bytes += Math.min(bytesOf(data), eventBytes);
        if (turns.isOver()) await turns.next();
      }
    if (bytes > MOST_IN_A_REQUEST.bytes)
      throw new KtError(
        'too_large',
        `a push takes at most ${MOST_IN_A_REQUEST.bytes} bytes of data once stored, ` +
          `and this one has ${bytes}: send it in parts`,
      );
    const results: BucketResult[] = [];
    for (const bucket of input.buckets) {
      try {
        // A new epoch takes the source ids off all rows of its bucket, 7 s for 100,000 on a busy machine; one that was
        // rolled back for its length would never begin. It has a number above 1.
        const mayTakeLong = bucket.epoch > 1;
        results.push(
          await writing(
            database,
            viewer.account,
            (tx) => pushBucket(tx, viewer, input.deviceId, input.pass, bucket, { now: now(), eventBytes }),
            mayTakeLong,
          ),
        );
      } catch (error) {
        if (isKtError(error) && ENDS_THE_CALL.has(error.code)) throw error;
        if (!isKtError(error) || error.code === 'internal') onFault(error, viewer.requestId);
        const { code, message } = isKtError(error) ? error : UNFORESEEN;
        results.push({
          bucketId: bucket.bucket.id,
          error: { code, message },
          epoch: bucket.epoch,
          count: 0,
          cursor: null,
          deleted: 0,
          inserted: 0,
          updated: 0,
          unchanged: 0,
          rejections: [],
          compared: null,
        });
      }
    }
    return { revision: await revisionNow(portOf(database), viewer.account), buckets: results };
  },
});

/** The device that pushes, with its pass locked to the commit. Fails with `not_found` and `device_in_use`. */
const lockDevice = async (tx: Tx, viewer: Viewer, deviceId: string, pass: number) => {
  const device = await devices.lock(tx, viewer.account, deviceId);
  if (!device) throw new KtError('not_found', `no device ${JSON.stringify(deviceId)} is registered: register it first`);
  if (device.pass !== pass) {
    throw new KtError('device_in_use', `pass ${pass} is over: this device is at pass ${device.pass} now`, {
      pass: device.pass,
    });
  }
  return device;
};

/** Properties of a bucket that are shown: whoever listens hears of a change. */
const SHOWN = ['type', 'client', 'hostname'] as const;

/** The bucket's properties. Fails with `invalid`, `malformed`, and with `conflict` for a copy. */
const factsOf = (push: PushBucket): Bucket => {
  const facts = { ...push.bucket, createdUs: readCreated(push.created) };
  checkBucket(facts);
  const secondHand = secondHandReason(facts);
  if (secondHand)
    throw new KtError(
      'conflict',
      `bucket ${JSON.stringify(facts.id)} is a copy of another device's (${secondHand}): only its own device pushes it`,
    );
  return facts;
};

const pushBucket = async (
  tx: Tx,
  viewer: Viewer,
  deviceId: string,
  pass: number,
  push: PushBucket,
  { now, eventBytes }: { now: Date; eventBytes: number },
): Promise<BucketResult> => {
  await lockAccount(tx, viewer.account);
  const device = await lockDevice(tx, viewer, deviceId, pass);
  const facts = factsOf(push);
  const bucket = await inEpoch(tx, await findOrCreate(tx, viewer, device.id, facts, push.takeOver ?? null), push.epoch);

  const wanted = new Map<number, SourcedEvent>(); // of equal ids the last counts
  const readEvent = makeReadEvent(eventBytes);
  const read = push.events.map((event) => {
    const result = readEvent(event);
    if (typeof result !== 'string') wanted.set(result.sourceId, result);
    return result;
  });
  const refused = await crowded(tx, bucket, [...wanted.values()], async (all) => {
    const known = await events.knownSources(
      tx,
      bucket,
      all.map(({ sourceId }) => sourceId),
    );
    return ({ sourceId }) => known.has(sourceId);
  });
  const sourced = [...wanted.values()].filter((event) => !refused.has(event));
  const { adopted, outgrown } = await adopt(tx, bucket, sourced);
  const { inserted, updated } = await events.upsert(tx, bucket, sourced);

  const gone = await events.removeSourced(tx, bucket, push.deletes.map(readDelete), now);
  if (outgrown.length > 0) {
    await events.removeOutgrown(tx, bucket, outgrown, await takeRevision(tx, viewer.account), now);
  }

  const changed = adopted + inserted.size + updated.size + gone.size > 0;
  const cursor = push.cursor
    ? { headMs: headOf(push.cursor, cursorOf(bucket), changed, device.lastSyncAt, now), footMs: push.cursor.footMs }
    : cursorOf(bucket);
  const count = bucket.sourceRows + adopted + inserted.size - gone.size;
  if (bucket.type !== facts.type) await dropFacts(tx, bucket.account, bucket.deviceUuid);
  if (SHOWN.some((key) => bucket[key] !== facts[key])) await takeRevision(tx, viewer.account);
  await buckets.notePush(tx, bucket, {
    bucket: facts,
    epoch: push.epoch,
    headMs: cursor?.headMs ?? null,
    footMs: cursor?.footMs ?? null,
    sourceRows: count,
  });
  const rejections: Rejection[] = [];
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  for (const [i, result] of read.entries()) {
    if (typeof result === 'string' || refused.has(wanted.get(result.sourceId)!)) {
      const reason = typeof result === 'string' ? result : crowdedReason(result.startUs);
      rejections.push({ sourceId: String(push.events[i]!.sourceId), reason });
    } else
      counts[inserted.has(result.sourceId) ? 'inserted' : updated.has(result.sourceId) ? 'updated' : 'unchanged']++;
  }
  const deleted = gone.size + outgrown.length;
  const compared = push.compare ? await pushedDays(tx, bucket, push.compare) : null;
  return {
    bucketId: push.bucket.id,
    error: null,
    epoch: push.epoch,
    count,
    cursor,
    deleted,
    ...counts,
    rejections,
    compared,
  };
};

/**
 * The new head: as the device says, but never past the server's clock at the beginning of the pass (spec/sync 2.4),
 * because events read then may arrive much later. A head in the future follows the clock only when a tail brings
 * changes: during a walk of hours it would skip what is recorded meanwhile, and a tail that is sent again would cause a
 * write.
 */
const headOf = (
  wanted: PushCursor,
  held: PushCursor | null,
  changed: boolean,
  begun: Date | null,
  now: Date,
): bigint => {
  const latest = BigInt(Math.min(now.getTime(), (begun ?? now).getTime()));
  if (wanted.headMs <= latest) return wanted.headMs;
  return held !== null && (held.footMs !== wanted.footMs || !changed) ? held.headMs : latest;
};
