import { KtError } from '../../domain/errors.ts';
import { MOST_AT_ONCE } from '../../domain/instant-room.ts';
import { floorDiv } from '../../domain/time.ts';
import type { Standpoint } from '../auth/viewer.ts';
import type { BucketKey } from '../storage/bucket-key.ts';
import * as buckets from '../storage/buckets.ts';
import { lockAccount, takeRevision } from '../storage/changes.ts';
import { run, type Tx } from '../storage/database.ts';
import * as rows from '../storage/imports.ts';
import { contentBetween, contentPerInstant } from '../storage/instants.ts';
import { mustHaveRoom } from './buckets.ts';
import { crowdedReason } from './check-event.ts';
import type { Deps } from './deps.ts';
import { findPlace } from './place-import.ts';
import { yieldToOthers } from './yield-to-others.ts';
import { writing } from '../storage/writing.ts';

/** Events and bytes of data of a slice: on the embedded engine everybody waits while one is merged, about 200 ms. */
const SLICE = { events: 2_000, bytes: 2_000_000 };

/** An event refused because its instant was full, by its place in the file's list. */
type Crowded = { readonly index: number; readonly reason: string };

/** The result for a bucket: the events that found no room, and a remark for the user on where it went. */
export type Merged = { readonly crowded: readonly Crowded[]; readonly note: string | null };

/** The result of a slice; null when the bucket is done. */
type Slice = { readonly crowded: readonly Crowded[] } | null;

/**
 * Moves the staged events of an import into their buckets, in slices, each a transaction that starts where the last one
 * ended. However often this is interrupted and continued, every event is stored once. `told` is called for each bucket
 * when it is done.
 */
export const makeMerge =
  ({ database }: Deps) =>
  async (
    row: rows.ImportRow,
    serverDeviceId: string,
    told: (bucket: rows.ImportBucketRow, merged: Merged) => void,
  ): Promise<void> => {
    // Which buckets are meant must not depend on a key, which may be revoked by now.
    const viewer: Standpoint = row;
    for (let number = 0; ; number++) {
      const [bucket] = await run(database, (tx) => rows.bucketsOf(tx, row, number, 1));
      if (!bucket) return;
      const crowded: Crowded[] = [];
      const note = await writing(database, viewer.account, (tx) =>
        settle(tx, viewer, row, bucket.number, serverDeviceId),
      );
      for (;;) {
        const slice = await writing(database, viewer.account, (tx) => mergeSlice(tx, viewer, row, bucket.number));
        if (slice === null) break;
        crowded.push(...slice.crowded);
        await yieldToOthers(viewer.account);
      }
      const [done] = await run(database, (tx) => rows.bucketsOf(tx, row, number, 1));
      if (done) told(done, { crowded, note });
    }
  };

/**
 * Finds or creates the bucket that a bucket of the file goes into, while all of its events are staged. Returns a remark
 * for the user, if there is one.
 */
const settle = async (
  tx: Tx,
  viewer: Standpoint,
  key: rows.ImportKey,
  number: number,
  serverDeviceId: string,
): Promise<string | null> => {
  await lockAccount(tx, viewer.account);
  const staged = await rows.lockBucket(tx, key, number);
  if (!staged || staged.bucket !== null) return null;
  const place = await findPlace(tx, viewer, key, staged, serverDeviceId);
  let bucket = place.found;
  if (place.found === null) {
    await mustHaveRoom(tx, viewer.account);
    const { device, facts, importedId } = place;
    bucket = await buckets.createAs(tx, viewer.account, device.id, facts.id, facts, importedId);
  }
  await rows.settleBucket(tx, key, number, bucket!.number);
  return place.note;
};

const mergeSlice = async (tx: Tx, viewer: Standpoint, importKey: rows.ImportKey, number: number): Promise<Slice> => {
  const key = { account: importKey.account, id: importKey.id };
  await lockAccount(tx, viewer.account);
  const staged = await rows.lockBucket(tx, key, number);
  if (!staged) return null;
  const bucket = await locked(tx, key.account, staged);
  const { mergedUs: afterUs } = staged;
  const leftOver =
    afterUs === null
      ? []
      : await rows.drop(tx, { ...key, number, afterUs: afterUs - 1n, lastUs: afterUs }, SLICE.events);
  if (leftOver.length > 0) return { crowded: leftOver.map((index) => ({ index, reason: crowdedReason(afterUs!) })) };

  const lastUs = await rows.nextSlice(tx, key, number, afterUs, SLICE.events, SLICE.bytes);
  if (lastUs === null) return null;
  const [slice, found] = await withRoom(tx, { ...key, number, afterUs, lastUs });
  const present =
    bucket.epoch > 0 ? await rows.dropPresent(tx, bucket, slice) : await rows.dropTwins(tx, bucket, slice);
  const crowded = await dropCrowded(tx, bucket, slice, found);
  let imported = 0;
  if ((await rows.sizesOf(tx, slice, 1)).length > 0) {
    imported = await rows.moveStaged(tx, bucket, slice, await takeRevision(tx, viewer.account));
    // spec/rest 4: any other write of events clears the slot.
    if (bucket.slot !== null) await buckets.setSlot(tx, bucket, null);
  }
  await rows.noteMerged(tx, key, number, { bucket: bucket.number, mergedUs: slice.lastUs, imported, present });
  await rows.touch(tx, key);
  return { crowded };
};

/** The bucket that a bucket of the file goes into, locked. */
const locked = async (
  tx: Tx,
  account: number,
  { bucket: number, facts }: rows.ImportBucketRow,
): Promise<buckets.BucketRow> => {
  const bucket = number === null ? null : await buckets.lock(tx, { account, number });
  if (!bucket)
    throw new KtError('conflict', `bucket ${JSON.stringify(facts.id)} was deleted while it was imported: import again`);
  return bucket;
};

/**
 * A slice with no more events at its last start than one instant may have, and what it holds. The others at that start
 * find no room, and are dropped with the next slice. It extends to the end of its last millisecond if that has room,
 * because equal keys must be counted together.
 */
const withRoom = async (tx: Tx, begun: rows.Staged): Promise<[rows.Staged, Sizes]> => {
  const whole = { ...begun, lastUs: endOfInstant(begun.lastUs) };
  const all = await rows.sizesOf(tx, whole, MOST_AT_ONCE.events + 1);
  if (all.length <= MOST_AT_ONCE.events && sumOf(all) <= MOST_AT_ONCE.bytes) return [whole, all];
  return cutToRoom(tx, begun);
};

const cutToRoom = async (tx: Tx, slice: rows.Staged): Promise<[rows.Staged, Sizes]> => {
  const found = await rows.sizesOf(tx, slice, MOST_AT_ONCE.events + 1);
  let bytes = 0;
  const fitting = found.findIndex(
    (event, i) => (bytes += event.bytes) > MOST_AT_ONCE.bytes || i >= MOST_AT_ONCE.events,
  );
  return fitting < 0 ? [slice, found] : [{ ...slice, lastPlace: found[fitting - 1]!.place }, found.slice(0, fitting)];
};

type Sizes = Awaited<ReturnType<typeof rows.sizesOf>>;
const endOfInstant = (us: bigint): bigint => floorDiv(us, 1000n) * 1000n + 999n;
const instantOf = ({ startUs }: { startUs: bigint }): bigint => floorDiv(startUs, 1000n);
const sumOf = (sizes: Sizes): number => sizes.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * Unstages the events of a slice whose instants are full. Single instants are measured only if the slice and the stored
 * events together could be too much for one.
 */
const dropCrowded = async (tx: Tx, bucket: BucketKey, slice: rows.Staged, sizes: Sizes): Promise<Crowded[]> => {
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first || !last) return [];
  const held = await contentBetween(tx, bucket, instantOf(first), instantOf(last), MOST_AT_ONCE.events);
  if (held.events + sizes.length <= MOST_AT_ONCE.events && held.bytes + sumOf(sizes) <= MOST_AT_ONCE.bytes) return [];

  const lacking = await rows.sizesOf(tx, slice, MOST_AT_ONCE.events);
  const each = await contentPerInstant(tx, bucket, [...new Set(lacking.map(instantOf))]);
  const crowded: Crowded[] = [];
  for (const { place, startUs, bytes } of lacking) {
    const instant = instantOf({ startUs });
    const there = each.get(instant) ?? { events: 0, bytes: 0 };
    const fits = there.events + 1 <= MOST_AT_ONCE.events && there.bytes + bytes <= MOST_AT_ONCE.bytes;
    if (fits) each.set(instant, { events: there.events + 1, bytes: there.bytes + bytes });
    else crowded.push({ index: place, reason: crowdedReason(startUs) });
  }
  await rows.dropPlaces(
    tx,
    slice,
    crowded.map(({ index }) => index),
  );
  return crowded;
};
