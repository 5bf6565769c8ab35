import { KtError } from '../../domain/errors.ts';
import type { StoredEvent } from '../../domain/event.ts';
import { mergeHeartbeat } from '../../domain/heartbeat.ts';
import { secondsToNanos, type Nanos } from '../../domain/time.ts';
import type { Proof } from '../auth/presume.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { takeRevision } from '../storage/changes.ts';
import type { Tx } from '../storage/database.ts';
import * as events from '../storage/events.ts';
import { unmark } from '../storage/imported-buckets.ts';
import { idOf, isStorable, type BucketName } from './buckets.ts';
import type { Deps } from './deps.ts';
import { checkEvent, mustHaveRoomFor } from './check-event.ts';
import type { EventWrite } from './events.ts';
import { lockToFill } from './flat-ids.ts';
import { makeHeartbeatBatches } from './heartbeat-batches.ts';
import { writing } from '../storage/writing.ts';

/** Longest pulsetime accepted, in seconds: about thirty years. */
const MAX_PULSETIME = 1e9;

export const makeHeartbeats = (deps: Deps) => {
  const { database, eventBytes } = deps;
  const together = makeHeartbeatBatches(deps);
  return {
    /**
     * Stores a heartbeat: it extends the bucket's comparison event, or becomes an event of its own (spec/rest 4).
     * `pulsetime` is in seconds. The account's row is locked, so equal heartbeats sent in parallel make
     * one event. Fails with `invalid` (pulsetime, time range), `too_large` (data), `not_found`, and
     * `conflict` as `bucketToFill` does. `proof` of the viewer is asked for in the transaction that writes, or before
     * it, and its failures are passed on; null where the viewer is certain.
     */
    receive: (
      viewer: Viewer,
      named: BucketName,
      beat: EventWrite,
      pulsetime: number,
      proof: Proof | null = null,
    ): Promise<StoredEvent> => {
      const pulse = Math.abs(pulsetime) <= MAX_PULSETIME ? secondsToNanos(pulsetime) : null;
      if (pulse === null)
        throw new KtError('invalid', `pulsetime must be a number of seconds up to ${MAX_PULSETIME}, like 60`);
      checkEvent(beat, eventBytes, 'the heartbeat');
      const alone = async () => {
        await proof?.confirm();
        return writing(database, viewer.account, (tx) => receiveAlone(tx, viewer, named, beat, pulse));
      };
      const { account, deviceId } = viewer;
      const place = { account, deviceId, name: idOf(named), publicly: typeof named !== 'string' };
      // One with an id may replace a row, which is no heartbeat's rule.
      if (beat.id !== null || !isStorable(place.name) || !isStorable(deviceId ?? '')) return alone();
      const { startUs, durationNs, data } = beat;
      return together({ place, event: { startUs, durationNs, data }, pulse, proof, alone });
    },
  };
};

const receiveAlone = async (
  tx: Tx,
  viewer: Viewer,
  named: BucketName,
  beat: EventWrite,
  pulse: Nanos,
): Promise<StoredEvent> => {
  const bucket = await lockToFill(tx, viewer, named);
  const last = await events.last(tx, bucket, bucket.slot);
  const merged = last && mergeHeartbeat(last, beat, pulse);
  let stored: StoredEvent;
  if (merged) {
    stored = { id: merged.id, startUs: merged.startUs, durationNs: merged.durationNs, data: merged.data };
    if (merged.durationNs !== last.durationNs)
      await events.replace(tx, bucket, await takeRevision(tx, viewer.account), stored);
  } else {
    stored = await write(tx, viewer, bucket, beat);
  }
  if (bucket.slot !== BigInt(stored.id)) await buckets.setSlot(tx, bucket, stored.id);
  await unmark(tx, bucket);
  return stored;
};

/** The heartbeat as an event of its own; one with an id of this bucket replaces that row, as an insert would. */
const write = async (tx: Tx, viewer: Viewer, bucket: buckets.BucketRow, beat: EventWrite): Promise<StoredEvent> => {
  const { startUs, durationNs, data } = beat;
  await mustHaveRoomFor(tx, bucket, [beat]);
  const revision = await takeRevision(tx, viewer.account);
  if (beat.id !== null) {
    const replaced = { id: beat.id, startUs, durationNs, data };
    const old = await events.find(tx, bucket, beat.id);
    if (old && old.sourceId === null && (await events.replace(tx, bucket, revision, replaced))) return replaced;
  }
  const [id] = await events.insert(tx, bucket, revision, [beat]);
  return { id: id!, startUs, durationNs, data };
};
