import { isJsonObject, type JsonObject } from './data.ts';
import type { Micros } from './time.ts';

/** A bucket's own metadata, as its watcher gave them when creating it. `createdUs` is null if it gave none. */
export type Bucket = {
  readonly id: string;
  readonly type: string;
  readonly client: string;
  readonly hostname: string;
  readonly createdUs: Micros | null;
  readonly data: JsonObject;
};

/** Where a bucket begins (its first start) and ends (its last end); null if it is empty. */
export type BucketBounds = { readonly firstStartUs: Micros | null; readonly lastEndUs: Micros | null };

/** The part of a copy's name that marks it as one; aw-sync uses the same words. */
export const SYNCED_FROM = '-synced-from-';
/** A copy's `client` is this and the origin device's UUID: the only mark that the Python aw-server keeps. */
export const COPY_CLIENT = 'kt-client:';
/** A copy's `data` has `{device, bucket, server}` under this key, on servers that keep `data`. */
export const ORIGIN_KEY = '$kt.origin';
/** aw-sync's own mark, in those of its versions that leave one. */
export const AW_SYNC_ORIGIN_KEY = '$aw.sync.origin';

/** Why a bucket is second-hand, that is, came here by a sync; null for a first-hand one (spec/sync 2.2). */
export const secondHandReason = (bucket: Pick<Bucket, 'id' | 'client' | 'data'>): string | null => {
  if (bucket.id.includes(SYNCED_FROM)) return `its id contains "${SYNCED_FROM}"`;
  if (bucket.client.startsWith(COPY_CLIENT)) return `its client is "${bucket.client}"`;
  for (const key of [ORIGIN_KEY, AW_SYNC_ORIGIN_KEY]) {
    if (Object.hasOwn(bucket.data, key)) return `its data carries "${key}"`;
  }
  return null;
};

/** The device and bucket that a copy comes from, according to its marks; null if they name no device. */
export const copyOrigin = (
  bucket: Pick<Bucket, 'client' | 'data'>,
): { device: string; bucket: string | null } | null => {
  const mark = bucket.data[ORIGIN_KEY];
  if (isJsonObject(mark) && typeof mark['device'] === 'string') {
    return { device: mark['device'], bucket: typeof mark['bucket'] === 'string' ? mark['bucket'] : null };
  }
  if (bucket.client.startsWith(COPY_CLIENT)) return { device: bucket.client.slice(COPY_CLIENT.length), bucket: null };
  return null;
};

/** The name of a copy (spec/sync 3.4). `tag` (digits of the origin's UUID) is added if the plain name is taken. */
export const copyId = (bucketId: string, hostname: string, tag?: string): string =>
  `${bucketId}${SYNCED_FROM}${hostname}${tag === undefined ? '' : `-${tag}`}`.replace(/[^A-Za-z0-9._-]/gu, '_');
