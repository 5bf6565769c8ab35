/**
 * Whose bucket is it? Which local buckets are this device's own to push (spec/sync 2.2), and under which local name a
 * bucket of another device lands (spec/sync 3.4). Pure: nothing echoes because of what is decided here.
 */
import {
  COPY_CLIENT,
  copyId,
  copyOrigin,
  ORIGIN_KEY,
  secondHandReason,
  SYNCED_FROM,
  type Bucket,
} from '../../../domain/bucket.ts';
import type { FormerPlace } from '../../../domain/sync/push.ts';
import type { Copy, RemoteBucket } from '../ports.ts';

/** Why a local bucket came here by a sync, and is not this device's to push; null for a first-hand one. */
export const notOursReason = (bucket: Bucket, copies: readonly Copy[]): string | null =>
  secondHandReason(bucket) ??
  (copies.some((copy) => copy.localId === bucket.id) ? 'it is on the list of copies this client made' : null);

/**
 * Why a bucket of another device is not pulled: it came to the server as someone's copy already.
 * Null when it is first-hand.
 */
export const notTheirsReason = (bucket: RemoteBucket): string | null =>
  secondHandReason({ ...bucket, id: bucket.bucketId });

type Origin = Pick<RemoteBucket, 'deviceId' | 'bucketId' | 'deviceHostname' | 'former'>;

/** Where an origin is, and where it was before its device took it over: copies are known by either (spec/sync 7.3). */
const placesOf = ({ deviceId, bucketId, former }: Pick<Origin, 'deviceId' | 'bucketId' | 'former'>): FormerPlace[] => [
  { deviceId, bucketId },
  ...(former ? [former] : []),
];

/** Is a copy on the client's list one of this origin? */
export const isListedOf = (
  copy: Pick<Copy, 'device' | 'bucket'>,
  origin: Pick<Origin, 'deviceId' | 'bucketId' | 'former'>,
): boolean => placesOf(origin).some(({ deviceId, bucketId }) => copy.device === deviceId && copy.bucket === bucketId);

/**
 * The bucket that a copy on the list is of: the one in that place, else the one that was there
 * before it was taken over.
 */
export const originOf = (
  copy: Pick<Copy, 'device' | 'bucket'>,
  facts: readonly RemoteBucket[],
): RemoteBucket | undefined =>
  facts.find(({ deviceId, bucketId }) => deviceId === copy.device && bucketId === copy.bucket) ??
  facts.find((origin) => isListedOf(copy, origin));

/**
 * Do a local bucket's marks say that it is our copy of the bucket in this place? The Python aw-server keeps `client`
 * alone, which names the device only.
 */
export const isCopyAt = (bucket: Bucket, { deviceId, bucketId }: FormerPlace): boolean => {
  const mark = copyOrigin(bucket);
  if (mark?.device !== deviceId) return false;
  if (mark.bucket !== null) return mark.bucket === bucketId;
  const prefix = copyId(bucketId, '');
  return bucket.id.startsWith(prefix) && !bucket.id.slice(prefix.length).includes(SYNCED_FROM);
};

/** The same of an origin, wherever it was. */
export const isCopyOf = (bucket: Bucket, origin: Pick<Origin, 'deviceId' | 'bucketId' | 'former'>): boolean =>
  placesOf(origin).some((place) => isCopyAt(bucket, place));

/**
 * Names for a copy in the order of liking: the plain one, with 8 digits of the origin's UUID, then with a number as
 * well.
 */
function* names({ bucketId, deviceHostname, deviceId }: Origin): Generator<string, never> {
  const tag = deviceId.replaceAll('-', '').slice(0, 8);
  yield copyId(bucketId, deviceHostname);
  yield copyId(bucketId, deviceHostname, tag);
  for (let n = 2; ; n++) yield copyId(bucketId, deviceHostname, `${tag}-${n}`);
}

/**
 * The local name of a bucket of another device. Once given it stays, whatever becomes of the hostname; a
 * client that lost its list finds its copies by their marks; a name that belongs to anything else (aw-sync
 * uses the same) is left alone.
 */
export const placeOf = (origin: Origin, local: ReadonlyMap<string, Bucket>, copies: readonly Copy[]): string => {
  const places = placesOf(origin);
  const known = places.flatMap((place) =>
    copies.filter((copy) => copy.device === place.deviceId && copy.bucket === place.bucketId),
  );
  const taken = (id: string) => copies.some((copy) => copy.localId === id && !isListedOf(copy, origin));
  const here = known.find(({ localId }) => local.has(localId) && isCopyOf(local.get(localId)!, origin));
  const named = here ?? known.find(({ localId }) => !local.has(localId));
  if (named) return named.localId;
  for (const place of places) {
    for (const bucket of local.values()) if (isCopyAt(bucket, place) && !taken(bucket.id)) return bucket.id;
  }
  for (const id of names(origin)) {
    if (!local.has(id) && !taken(id)) return id;
  }
  throw new Error('names() has no end');
};

/**
 * The bucket to create for a copy: the origin's type, the hostname to show it under, and the two
 * marks that tell whose it is.
 */
export const copyBucket = (id: string, origin: RemoteBucket, server: string, hostname: string): Bucket => ({
  id,
  type: origin.type,
  client: `${COPY_CLIENT}${origin.deviceId}`,
  hostname,
  createdUs: origin.createdUs,
  data: { [ORIGIN_KEY]: { device: origin.deviceId, bucket: origin.bucketId, server } },
});
