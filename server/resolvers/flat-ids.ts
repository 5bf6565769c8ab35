/** Where what is new goes that is written under a flat id (spec/sync 2.8): never into a bucket that a device pushes. */
import { KtError } from '../../domain/errors.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as rows from '../storage/buckets.ts';
import type { Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import { mustHaveRoom, mustLock, type BucketName } from './buckets.ts';

/**
 * The bucket that takes new events written at `found`, which is under its lock as its account is: `found` itself,
 * unless a device pushes it. Then a request that names no device means the own device's bucket of this id, which is
 * made if need be, after the pushed one, and has the flat id from then on. Any other request fails with `conflict`.
 */
export const bucketToFill = async (
  tx: Tx,
  viewer: Viewer,
  found: rows.BucketRow,
  named: BucketName,
): Promise<rows.BucketRow> => {
  if (!rows.isPushed(found)) return found;
  // A public id, of a bucket that somebody was shown, means that one alone.
  if (typeof named !== 'string' || viewer.deviceId !== null) throw await pushedBy(tx, found);
  const own = await devices.findOwn(tx, viewer.userId);
  if (!own) throw new KtError('internal', 'the account has no device of its own');
  await mustHaveRoom(tx, viewer.userId);
  const facts = {
    id: named,
    type: found.type,
    client: found.client,
    hostname: own.hostname,
    createdUs: null,
    data: {},
  };
  return (await rows.create(tx, viewer.userId, own.id, facts)) ?? rows.takeFlatId(tx, viewer.userId, own.id, named);
};

/** The same, found by its name and locked first. Fails with `not_found` as well. */
export const lockToFill = async (tx: Tx, viewer: Viewer, named: BucketName): Promise<rows.BucketRow> =>
  bucketToFill(tx, viewer, await mustLock(tx, viewer, named), named);

const pushedBy = async (tx: Tx, bucket: rows.BucketRow): Promise<KtError> => {
  const { hostname, deviceId } = await tx.device.findUniqueOrThrow({ where: { id: bucket.deviceUuid } });
  const device = `the device ${JSON.stringify(hostname)} (${deviceId})`;
  return new KtError(
    'conflict',
    `bucket ${JSON.stringify(bucket.publicId)} is what ${device} pushes: record it there, ` +
      'or create a bucket of another id',
    { deviceId },
  );
};
