/**
 * Decides whose a bucket is: which local buckets are this device's own to push (spec/sync 2.2), and which local name
 * another device's bucket gets (spec/sync 3.4). Pure: these rules keep events from being synced back to where they came
 * from.
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

/** Why a local bucket came from a sync, and is not this device's to push; null for a first-hand one. */
export const notOursReason = (bucket: Bucket, copies: readonly Copy[]): string | null =>
  secondHandReason(bucket) ??
  (copies.some((copy) => copy.localId === bucket.id) ? 'it is on the list of copies this client made' : null);

/** Why another device's bucket is not pulled: it is itself a copy. Null if it is first-hand. */
export const notTheirsReason = (bucket: RemoteBucket): string | null =>
  secondHandReason({ ...bucket, id: bucket.bucketId });

type Origin = Pick<RemoteBucket, 'deviceId' | 'bucketId' | 'deviceHostname' | 'former'>;

/** Where an origin is, and where it was before its device took it over: a copy may name either (spec/sync 7.3). */
const placesOf = ({ deviceId, bucketId, former }: Pick<Origin, 'deviceId' | 'bucketId' | 'former'>): FormerPlace[] => [
  { deviceId, bucketId },
  ...(former ? [former] : []),
];

/** Does an entry of the client's list of copies belong to this origin? */
export const isListedOf = (
  copy: Pick<Copy, 'device' | 'bucket'>,
  origin: Pick<Origin, 'deviceId' | 'bucketId' | 'former'>,
): boolean => placesOf(origin).some(({ deviceId, bucketId }) => copy.device === deviceId && copy.bucket === bucketId);

/** The origin of a copy on the list: the bucket in that place, else the one that was there before it was taken over. */
export const originOf = (
  copy: Pick<Copy, 'device' | 'bucket'>,
  facts: readonly RemoteBucket[],
): RemoteBucket | undefined =>
  facts.find(({ deviceId, bucketId }) => deviceId === copy.device && bucketId === copy.bucket) ??
  facts.find((origin) => isListedOf(copy, origin));

/**
 * Do a local bucket's fields mark it as this client's copy of the bucket in this place? The Python aw-server stores
 * only `client`, which names just the device.
 */
export const isCopyAt = (bucket: Bucket, { deviceId, bucketId }: FormerPlace): boolean => {
  const mark = copyOrigin(bucket);
  if (mark?.device !== deviceId) return false;
  if (mark.bucket !== null) return mark.bucket === bucketId;
  const prefix = copyId(bucketId, '');
  return bucket.id.startsWith(prefix) && !bucket.id.slice(prefix.length).includes(SYNCED_FROM);
};

/** Is it a copy of this origin, from before or after it was taken over? */
export const isCopyOf = (bucket: Bucket, origin: Pick<Origin, 'deviceId' | 'bucketId' | 'former'>): boolean =>
  placesOf(origin).some((place) => isCopyAt(bucket, place));

/**
 * Possible names for a copy, preferred first: the plain one, then with 8 digits of the origin's UUID, then also with a
 * number.
 */
function* names({ bucketId, deviceHostname, deviceId }: Origin): Generator<string, never> {
  const tag = deviceId.replaceAll('-', '').slice(0, 8);
  yield copyId(bucketId, deviceHostname);
  yield copyId(bucketId, deviceHostname, tag);
  for (let n = 2; ; n++) yield copyId(bucketId, deviceHostname, `${tag}-${n}`);
}

/**
 * The local name of another device's bucket. Once given it stays, even if the hostname changes. A client that lost its
 * list finds its copies by their marks. A name used by anything else (aw-sync uses the same pattern) is not touched.
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
 * The bucket to create for a copy: the origin's type, the hostname to show, and the two marks that identify the origin.
 */
export const copyBucket = (id: string, origin: RemoteBucket, server: string, hostname: string): Bucket => ({
  id,
  type: origin.type,
  client: `${COPY_CLIENT}${origin.deviceId}`,
  hostname,
  createdUs: origin.createdUs,
  data: { [ORIGIN_KEY]: { device: origin.deviceId, bucket: origin.bucketId, server } },
});
