import { batches } from '../../domain/batch.ts';
import type { Bucket, BucketBounds } from '../../domain/bucket.ts';
import { isJsonObject, jsonFault, sizeFault } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { Event } from '../../domain/event.ts';
import { checkLength } from '../../domain/name.ts';
import type { Standpoint, Viewer } from '../auth/viewer.ts';
import { note } from '../storage/account-log.ts';
import * as rows from '../storage/buckets.ts';
import { lockAccount, ROWS_PER_REVISION, takeRevision } from '../storage/changes.ts';
import { run, type Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as events from '../storage/events.ts';
import { checkEvents, mustHaveRoomFor } from './check-event.ts';
import type { Deps } from './deps.ts';
import type { makeInfo } from './info.ts';
import type { ValueKeeping } from './value-keeping.ts';
import { writing } from '../storage/writing.ts';

export type { BucketRow } from '../storage/buckets.ts';

/**
 * The hostname that means "here": a bucket created with it gets the hostname and device id of the server
 * (spec/rest 3.4), or of the device that the request acts for.
 */
const LOCAL = '!local';

const notFound = (id: string) =>
  new KtError('not_found', `there is no bucket ${JSON.stringify(id)}: GET /api/0/buckets/ lists those there are`);

/** The device that the viewer acts for, or null. Fails with `invalid` when the account has no such device. */
const spokenFor = async (tx: Tx, { account, deviceId }: Standpoint): Promise<devices.DeviceRow | null> => {
  if (deviceId === null) return null;
  const device = isStorable(deviceId) ? await devices.find(tx, account, deviceId) : null;
  if (!device)
    throw new KtError(
      'invalid',
      `X-Device-Id ${JSON.stringify(deviceId)} is no device of this account: POST /api/0/devices/register registers it`,
    );
  return device;
};

/**
 * The bucket with this name, or null; other users' buckets are never found. A device's own names for its buckets take
 * precedence over the account's flat list (spec/product 4.2).
 */
export const findNamed = async (
  tx: Tx,
  viewer: Standpoint,
  id: string,
  what: 'read' | 'write' = 'read',
): Promise<rows.BucketRow | null> => {
  if (!isStorable(id)) return null;
  const device = await spokenFor(tx, viewer);
  return (
    (device && (await rows.findOnDevice(tx, viewer.account, device.id, id, what))) ??
    rows.findPublic(tx, viewer.account, id, what)
  );
};

/**
 * The name in the flat list that decides alone which bucket is meant, so that a statement may look it up by itself;
 * null where a device's own names come first, or where no bucket can have it.
 */
export const flatNameOf = ({ deviceId }: Standpoint, ref: BucketRef): string | null =>
  deviceId === null && typeof ref === 'string' && isStorable(ref) ? ref : null;

/**
 * How a bucket is named: by a name as `findNamed` takes it; by its public id, which ignores the device; or by the
 * number of a row found earlier, which stays when the name passes to another bucket; `id` is its name at that time.
 */
export type BucketRef = BucketName | { readonly number: number; readonly id?: string };

/** A bucket by name, as REST and its own device use it, or by public id, as GraphQL does. */
export type BucketName = string | { readonly publicId: string };
export const idOf = (named: BucketName): string => (typeof named === 'string' ? named : named.publicId);

/** The bucket with this public id, whichever device the request acts for; that device must exist all the same. */
export const findPublicly = async (
  tx: Tx,
  viewer: Viewer,
  publicId: string,
  what: 'read' | 'write' = 'read',
): Promise<rows.BucketRow | null> => {
  await spokenFor(tx, viewer);
  return isStorable(publicId) ? rows.findPublic(tx, viewer.account, publicId, what) : null;
};

/** The same, but fails with `not_found`. */
export const mustFind = async (tx: Tx, viewer: Viewer, ref: BucketRef): Promise<rows.BucketRow> => {
  const bucket =
    typeof ref === 'string'
      ? await findNamed(tx, viewer, ref)
      : 'publicId' in ref
        ? await findPublicly(tx, viewer, ref.publicId)
        : await rows.findNumbered(tx, { account: viewer.account, number: ref.number });
  if (bucket) return bucket;
  const id = typeof ref !== 'string' && 'number' in ref ? ref.id : idOf(ref);
  throw id === undefined ? new KtError('not_found', 'the bucket was deleted meanwhile') : notFound(id);
};

/**
 * The device on which the viewer's new buckets are created: the one it acts for, else the account's own, which has the
 * server's device id.
 */
export const homeOf = async (tx: Tx, viewer: Standpoint, serverDeviceId: string): Promise<devices.DeviceRow> => {
  const device = (await spokenFor(tx, viewer)) ?? (await devices.find(tx, viewer.account, serverDeviceId));
  if (!device) throw new KtError('internal', 'the account has no device of its own');
  return device;
};

/** The same with the account and the bucket's row locked, in this order: every write starts with it. */
export const mustLock = async (tx: Tx, viewer: Viewer, named: BucketName): Promise<rows.BucketRow> => {
  await lockAccount(tx, viewer.account);
  const bucket =
    typeof named === 'string'
      ? await findNamed(tx, viewer, named, 'write')
      : await findPublicly(tx, viewer, named.publicId, 'write');
  if (!bucket) throw notFound(idOf(named));
  return bucket;
};

const atHome = (bucket: Bucket, { hostname, deviceId }: { hostname: string; deviceId: string }): Bucket => ({
  ...bucket,
  hostname,
  data: { ...bucket.data, device_id: deviceId },
});

/** The largest size of a bucket's data, in bytes as stored: lists of buckets contain the data of all of them. */
const MAX_DATA = 16_000;
/** The most buckets of an account. People have a few dozen. */
export const MAX_BUCKETS = 5_000;

/** Fails with `too_large` when the account can't have this many buckets more. */
export const mustHaveRoom = async (tx: Tx, account: number, more = 1): Promise<void> => {
  if ((await rows.countOf(tx, account)) + more > MAX_BUCKETS)
    throw new KtError('too_large', `an account has at most ${MAX_BUCKETS} buckets: delete some first`);
};

/** PostgreSQL's text can hold neither NUL nor half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

/**
 * Fails, naming the field, when a property of a bucket can't be stored: with `malformed` when it is too long, else with
 * `invalid`.
 */
export const checkBucket = (bucket: Bucket): void => {
  if (bucket.id === '') throw new KtError('invalid', 'a bucket id can not be empty');
  for (const key of ['id', 'type', 'client', 'hostname'] as const) {
    checkLength(`bucket.${key}`, bucket[key]);
    if (!isStorable(bucket[key])) throw new KtError('invalid', `bucket.${key} holds a NUL or half a character`);
  }
  const fault = isJsonObject(bucket.data)
    ? (jsonFault(bucket.data) ?? sizeFault(bucket.data, MAX_DATA))
    : 'it must be a JSON object';
  if (fault) throw new KtError('invalid', `bucket.data can not be kept: ${fault}`);
};

/** Buckets, by their public id: the name in the account's one flat list. */
export const makeBuckets = (
  { database, hostname, eventBytes, now }: Deps,
  info: ReturnType<typeof makeInfo>,
  values: ValueKeeping,
) => ({
  /**
   * All of the viewer's buckets in order of creation; only those of a device (by its `device_id`) or of a type where
   * given.
   */
  list: (viewer: Viewer, by: { deviceId?: string | null; type?: string | null } = {}): Promise<rows.BucketRow[]> =>
    run(database, async (tx) => {
      const narrowed: { deviceUuid?: string; type?: string } = {};
      if (by.type != null) narrowed.type = by.type;
      if (by.deviceId != null) {
        const device = await devices.find(tx, viewer.account, by.deviceId);
        if (!device) return [];
        narrowed.deviceUuid = device.id;
      }
      return rows.list(tx, viewer.account, narrowed);
    }),

  /** Fails with `not_found`. */
  get: (viewer: Viewer, id: string): Promise<rows.BucketRow> => run(database, (tx) => mustFind(tx, viewer, id)),

  /** First start and last end of each of the viewer's buckets with these numbers, by number. */
  bounds: (viewer: Viewer, numbers: readonly number[]): Promise<Map<number, BucketBounds>> =>
    run(database, (tx) => events.boundsOf(tx, viewer.account, numbers)),

  /** How many events they hold. */
  counts: (viewer: Viewer, numbers: readonly number[]): Promise<Map<number, number>> =>
    run(database, (tx) => events.countsOf(tx, viewer.account, numbers)),

  /**
   * Creates a bucket, with its first events, on the device the viewer acts for, else on the account's own. One that
   * exists is not changed, and `created` is false (spec/rest 3.4). Fails with `invalid` when its properties can't be
   * stored.
   */
  create: async (
    viewer: Viewer,
    bucket: Bucket,
    first: readonly Event[] = [],
  ): Promise<{ bucket: rows.BucketRow; created: boolean }> => {
    const server = await info.get();
    await checkEvents(viewer.account, first, eventBytes);
    return writing(database, viewer.account, async (tx) => {
      const home = await homeOf(tx, viewer, server.deviceId);
      const facts =
        bucket.hostname === LOCAL ? atHome(bucket, viewer.deviceId === null ? { ...home, hostname } : home) : bucket;
      checkBucket(facts);
      // For a device, another device's bucket of this name does not count: it gets one of its own, under a new public
      // name. For a request without a device, a bucket that a device pushes does not count: the own device's bucket
      // gets the name (spec/sync 2.8).
      const there = viewer.deviceId === null ? null : await rows.findOnDevice(tx, viewer.account, home.id, bucket.id);
      const existing = there ?? (home.own ? await rows.findPublic(tx, viewer.account, bucket.id) : null);
      if (existing && (existing.deviceUuid === home.id || (viewer.deviceId === null && !rows.isPushed(existing))))
        return { bucket: existing, created: false };
      await mustHaveRoom(tx, viewer.account);
      const made = await rows.create(tx, viewer.account, home.id, facts);
      // A concurrent request created it, or it is here under another name.
      if (!made)
        return {
          bucket: home.own
            ? await rows.takeFlatId(tx, viewer.account, home.id, bucket.id)
            : (await rows.findOnDevice(tx, viewer.account, home.id, bucket.id))!,
          created: false,
        };
      for (const slice of batches(first, ROWS_PER_REVISION, Infinity, () => 0)) {
        await mustHaveRoomFor(tx, made, slice);
        await events.insert(tx, made, await takeRevision(tx, viewer.account), slice);
      }
      return { bucket: made, created: true };
    });
  },

  /**
   * Deletes a bucket with all its events. A device that still has it brings it back with its next sync. Fails with
   * `not_found`.
   */
  delete: async (viewer: Viewer, named: BucketName): Promise<void> => {
    await writing(database, viewer.account, async (tx) => {
      const bucket = await mustLock(tx, viewer, named);
      await rows.remove(tx, bucket);
      await takeRevision(tx, viewer.account);
      const { account, address } = viewer;
      await note(tx, account, now(), { kind: 'bucket_deleted', what: bucket.publicId, address });
    });
    values.soon(viewer.account);
  },
});
