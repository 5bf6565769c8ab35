import type { Viewer } from '../auth/viewer.ts';
import { driverErrorToKtError, prismaOf, run } from '../storage/database.ts';
import * as graph from '../storage/graph.ts';
import { findNamed, findPublicly, type BucketName } from './buckets.ts';
import type { Deps } from './deps.ts';

export type { AccountSizes } from '../storage/graph.ts';

/**
 * The viewer's account, devices and buckets as rows of the graph. The last argument is the selection that the GraphQL
 * query needs.
 */
export const makeGraph = ({ database }: Deps) => ({
  viewer: (viewer: Viewer, shape: graph.UserShape) => run(database, (tx) => graph.user(tx, viewer.userId, shape)),
  devices: (viewer: Viewer, shape: graph.DeviceShape) => run(database, (tx) => graph.devices(tx, viewer.userId, shape)),
  device: (uuid: string, shape: graph.DeviceShape) => run(database, (tx) => graph.device(tx, uuid, shape)),
  buckets: (viewer: Viewer, by: { deviceId?: string | null; type?: string | null }, shape: graph.BucketShape) =>
    run(database, (tx) => graph.buckets(tx, viewer.userId, by, shape)),
  /** Null when the viewer has no bucket of this name. */
  bucket: (viewer: Viewer, named: BucketName, shape: graph.BucketShape) =>
    run(database, async (tx) => {
      const found =
        typeof named === 'string' ? await findNamed(tx, viewer, named) : await findPublicly(tx, viewer, named.publicId);
      // No bucket has an empty name. It is looked up all the same, because Pothos reports a selection that was not
      // used as an error.
      return graph.bucketByPublicId(tx, viewer.userId, found?.publicId ?? '', shape);
    }),
  bucketsByUuid: (viewer: Viewer, uuids: readonly string[], shape: graph.BucketShape) =>
    run(database, (tx) => graph.bucketsByUuid(tx, viewer.userId, uuids, shape)),
  /** Only for Pothos' Prisma plugin, which loads relations that our own query did not. */
  prisma: () => prismaOf(database),
  /** Converts that plugin's errors to ours where the database raised them; returns others as they are. */
  faultOf: (error: unknown): unknown => driverErrorToKtError(error),
  /** How long the lists of the viewer's account are. */
  sizes: (viewer: Viewer): Promise<graph.AccountSizes> => run(database, (tx) => graph.sizes(tx, viewer.userId)),
});
