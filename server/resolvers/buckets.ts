import { MAX_BUCKET_ID, type Bucket, type BucketBounds } from '../../domain/bucket.ts';
import { jsonFault, wellFormed } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import type { Event } from '../../domain/event.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as rows from '../storage/buckets.ts';
import { takeRevision } from '../storage/changes.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as events from '../storage/events.ts';
import type { Deps } from './deps.ts';
import type { makeInfo } from './info.ts';

export type { BucketRow } from '../storage/buckets.ts';

/** "Wherever this server is": a bucket created with this hostname gets the server's, and its device id (aw-rest-api.md 3.4). */
const LOCAL = '!local';

const notFound = (id: string) => new KtError('not_found', `there is no bucket ${JSON.stringify(id)}: GET /api/0/buckets/ lists those there are`);

/** The bucket under this name, or `not_found`. Another user's is as good as none. */
export const mustFind = async (tx: Tx, viewer: Viewer, id: string): Promise<rows.BucketRow> => {
  const bucket = isStorable(id) ? await rows.findPublic(tx, viewer.userId, id) : null;
  if (!bucket) throw notFound(id);
  return bucket;
};

/** The same, under its row lock: what a write begins with. */
export const mustLock = async (tx: Tx, viewer: Viewer, id: string): Promise<rows.BucketRow> => {
  const bucket = await mustFind(tx, viewer, id);
  const locked = await rows.lock(tx, bucket.uuid);
  if (!locked) throw notFound(id);
  return locked;
};

/** PostgreSQL's text takes neither NUL nor half a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\u0000') && wellFormed(text) === text;

/** Fails with `invalid`, and the field's name, where a bucket's facts can't be kept. */
export const checkBucket = (bucket: Bucket): void => {
  if (bucket.id === '') throw new KtError('invalid', 'a bucket id can not be empty');
  if (bucket.id.length > MAX_BUCKET_ID) throw new KtError('invalid', `a bucket id has at most ${MAX_BUCKET_ID} characters`);
  for (const key of ['id', 'type', 'client', 'hostname'] as const) {
    if (!isStorable(bucket[key])) throw new KtError('invalid', `bucket.${key} holds a NUL or half a character`);
  }
  const fault = jsonFault(bucket.data);
  if (fault) throw new KtError('invalid', `bucket.data can not be kept: ${fault}`);
};

/** Buckets, by their public id: the name in the account's one flat list. */
export const makeBuckets = ({ database, hostname }: Deps, info: ReturnType<typeof makeInfo>) => ({
  /** All of the viewer's buckets in order of creation; of one device (by its `device_id`) or type where asked. */
  list: (viewer: Viewer, by: { deviceId?: string | null; type?: string | null } = {}): Promise<rows.BucketRow[]> =>
    run(database, async (tx) => {
      const narrowed: { deviceUuid?: string; type?: string } = {};
      if (by.type != null) narrowed.type = by.type;
      if (by.deviceId != null) {
        const device = await devices.find(tx, viewer.userId, by.deviceId);
        if (!device) return [];
        narrowed.deviceUuid = device.id;
      }
      return rows.list(tx, viewer.userId, narrowed);
    }),

  /** Fails with `not_found`. */
  get: (viewer: Viewer, id: string): Promise<rows.BucketRow> => run(database, (tx) => mustFind(tx, viewer, id)),

  /** Where the buckets with these UUIDs begin and end. For rows that `list` or `get` gave. */
  bounds: (uuids: readonly string[]): Promise<Map<string, BucketBounds>> => run(database, (tx) => events.boundsOf(tx, uuids)),

  /** How many events they hold. */
  counts: (uuids: readonly string[]): Promise<Map<string, number>> => run(database, (tx) => events.countsOf(tx, uuids)),

  /**
   * Creates a bucket on the account's own device, with its first events; one that exists is left as it is, `created` false
   * (aw-rest-api.md 3.4). Fails with `invalid` when the facts can't be stored.
   */
  create: async (viewer: Viewer, bucket: Bucket, first: readonly Event[] = []): Promise<{ bucket: rows.BucketRow; created: boolean }> => {
    const local = bucket.hostname === LOCAL;
    const server = await info.get();
    const facts = local ? { ...bucket, hostname, data: { ...bucket.data, device_id: server.deviceId } } : bucket;
    checkBucket(facts);
    return transaction(database, async (tx) => {
      const existing = await rows.findPublic(tx, viewer.userId, bucket.id);
      if (existing) return { bucket: existing, created: false };
      const device = await devices.find(tx, viewer.userId, server.deviceId);
      if (!device) throw new KtError('internal', 'the account has no device of its own');
      const made = await rows.create(tx, viewer.userId, device.id, facts);
      // Somebody else made it since we looked, or it is here under another name.
      if (!made) return { bucket: (await rows.findOnDevice(tx, device.id, bucket.id))!, created: false };
      if (first.length > 0) await events.insert(tx, made.uuid, await takeRevision(tx, viewer.userId), first);
      return { bucket: made, created: true };
    });
  },

  /** Deletes a bucket with all its events. A device that still has it brings it back with its next sync. Fails with `not_found`. */
  delete: (viewer: Viewer, id: string): Promise<void> =>
    transaction(database, async (tx) => {
      const bucket = await mustLock(tx, viewer, id);
      await rows.remove(tx, bucket.uuid);
    }),
});
