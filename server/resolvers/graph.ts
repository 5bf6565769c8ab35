import type { Viewer } from '../auth/viewer.ts';
import { driverErrorToKtError, prismaOf, run, runGraph } from '../storage/database.ts';
import * as graph from '../storage/graph.ts';
import { findNamed, findPublicly, type BucketName } from './buckets.ts';
import type { Deps } from './deps.ts';

export type { AccountSizes } from '../storage/graph.ts';

/**
 * The viewer's account, devices and buckets as rows of the graph. The last argument is the selection that the GraphQL
 * query needs.
 */
export const makeGraph = ({ database }: Deps) => ({
  viewer: (viewer: Viewer, shape: graph.UserShape) =>
    runGraph(database, (prisma) => graph.user(prisma, viewer.account, shape)),
  devices: (viewer: Viewer, shape: graph.DeviceShape) =>
    runGraph(database, (prisma) => graph.devices(prisma, viewer.account, shape)),
  device: (viewer: Viewer, uuid: string, shape: graph.DeviceShape) =>
    runGraph(database, (prisma) => graph.device(prisma, viewer.account, uuid, shape)),
  apiKey: (viewer: Viewer, id: string, shape: graph.ApiKeyShape) =>
    runGraph(database, (prisma) => graph.apiKey(prisma, viewer.account, id, shape)),
  buckets: (viewer: Viewer, by: { deviceId?: string | null; type?: string | null }, shape: graph.BucketShape) =>
    runGraph(database, (prisma) => graph.buckets(prisma, viewer.account, by, shape)),
  /** Null when the viewer has no bucket of this name. */
  bucket: async (viewer: Viewer, named: BucketName, shape: graph.BucketShape) => {
    const found = await run(database, (tx) =>
      typeof named === 'string' ? findNamed(tx, viewer, named) : findPublicly(tx, viewer, named.publicId),
    );
    // No bucket has an empty name. It is looked up all the same, because Pothos reports a selection that
    // was not used as an error.
    const publicId = found?.publicId ?? '';
    return runGraph(database, (prisma) => graph.bucketByPublicId(prisma, viewer.account, publicId, shape));
  },
  bucketsNumbered: (viewer: Viewer, numbers: readonly number[], shape: graph.BucketShape) =>
    runGraph(database, (prisma) => graph.bucketsNumbered(prisma, viewer.account, numbers, shape)),
  /** Only for Pothos' Prisma plugin, which loads relations that our own query did not. */
  prisma: () => prismaOf(database),
  /** Converts that plugin's errors to ours where the database raised them; returns others as they are. */
  faultOf: (error: unknown): unknown => driverErrorToKtError(error),
  /** How long the lists of the viewer's account are. */
  sizes: (viewer: Viewer): Promise<graph.AccountSizes> => run(database, (tx) => graph.sizes(tx, viewer.account)),
});
