/** Which bucket gets new events that are written to a flat id (spec/sync 2.8): never one that a device pushes. */
import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as rows from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import { mustHaveRoom, mustLock, type BucketName } from './buckets.ts';

/**
 * The bucket that gets new events written to `found` (locked, as is its account): `found` itself, unless a device
 * pushes it. In that case a request without a device gets the own device's bucket of this id, created if necessary like
 * the pushed one, which has the flat id from then on. Any other request fails with `conflict`.
 */
export const bucketToFill = async (
  tx: Tx,
  viewer: Viewer,
  found: rows.BucketRow,
  named: BucketName,
): Promise<rows.BucketRow> => {
  if (!rows.isPushed(found)) return found;
  // A public id names exactly the bucket that the user was shown.
  if (typeof named !== 'string' || viewer.deviceId !== null) throw await pushedBy(tx, found);
  const own = await devices.findOwn(tx, viewer.account);
  if (!own) throw new KtError('internal', 'the account has no device of its own');
  await mustHaveRoom(tx, viewer.account);
  const facts = {
    id: named,
    type: found.type,
    client: found.client,
    hostname: own.hostname,
    createdUs: null,
    data: {},
  };
  return (await rows.create(tx, viewer.account, own.id, facts)) ?? rows.takeFlatId(tx, viewer.account, own.id, named);
};

/** The same, after finding and locking the bucket by its name. Also fails with `not_found`. */
export const lockToFill = async (tx: Tx, viewer: Viewer, named: BucketName): Promise<rows.BucketRow> =>
  bucketToFill(tx, viewer, await mustLock(tx, viewer, named), named);

const pushedBy = async (tx: Tx, bucket: rows.BucketRow): Promise<KtError> => {
  const { hostname, deviceId } = await devices.ofBucket(tx, bucket);
  const device = `the device ${JSON.stringify(hostname)} (${deviceId})`;
  return new KtError(
    'conflict',
    `bucket ${JSON.stringify(bucket.publicId)} is what ${device} pushes: record it there, ` +
      'or create a bucket of another id',
    { deviceId },
  );
};
