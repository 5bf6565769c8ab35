/**
 * Buckets that imports made: finding and marking them, and their take-over by the device whose history they hold
 * (spec/sync 7.2).
 */
import type { FormerPlace } from '../../domain/sync/push.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { BucketKey } from './bucket-key.ts';
import { isBucket, select, type BucketRow } from './buckets.ts';
import type { Tx } from './database.ts';
import { dropFacts } from './day-facts.ts';

/**
 * Records that something besides imports wrote to a bucket: no device may take it over any more. Writes only if the
 * bucket was marked.
 */
export const unmark = async (tx: Tx, bucket: BucketKey & Pick<BucketRow, 'importedId'>): Promise<void> => {
  if (bucket.importedId !== null) await tx.$executeRaw`update buckets set imported_id = null where ${isBucket(bucket)}`;
};

/**
 * The marked buckets that have one of these ids in their file, except those whose id the device has itself; oldest
 * first.
 */
export const markedFor = (tx: Tx, account: number, deviceUuid: string, ids: readonly string[]): Promise<BucketRow[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : select(
        tx,
        Prisma.sql`where account = ${account}::int and imported_id = any(${ids}::text[])
          and not exists (select from buckets own where own.account = ${account}::int
            and own.device_uuid = ${deviceUuid}::uuid and own.bucket_id = buckets.imported_id)
          order by number`,
      );

/**
 * All buckets of an account that an id in a file may mean: by their id on a device, in the flat list, or in another
 * file; oldest first.
 */
export const calledBy = (tx: Tx, account: number, id: string): Promise<BucketRow[]> =>
  select(
    tx,
    Prisma.sql`where account = ${account}::int and (bucket_id = ${id} or public_id = ${id} or imported_id = ${id})
      order by number`,
  );

/** The bucket that was this one before a device took it over. If there were two, one after the other, the later one. */
export const onceAt = async (tx: Tx, account: number, { deviceId, bucketId }: FormerPlace): Promise<BucketRow | null> =>
  (
    await select(
      tx,
      Prisma.sql`where account = ${account}::int and former_device = ${deviceId} and former_bucket = ${bucketId}
      order by number desc limit 1`,
    )
  )[0] ?? null;

/** Makes a bucket the device's, under this id there. It keeps its number, its public name and its rows. */
export const moveTo = async (
  tx: Tx,
  bucket: BucketRow,
  to: { deviceUuid: string; id: string },
  former: FormerPlace,
): Promise<void> => {
  for (const device of [bucket.deviceUuid, to.deviceUuid]) await dropFacts(tx, bucket.account, device);
  await tx.$executeRaw`
    update buckets
    set device_uuid = ${to.deviceUuid}::uuid, bucket_id = ${to.id}, imported_id = null,
      former_device = ${former.deviceId},
        former_bucket = ${former.bucketId}, heartbeat_event_id = null
    where ${isBucket(bucket)}`;
};
