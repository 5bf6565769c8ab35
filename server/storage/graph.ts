/**
 * Reads of the account graph, shaped by the caller: each takes Prisma's `select` and `include` from the GraphQL query,
 * so that one request is one query, however deep.
 */
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { IN_ORDER, SHOWN } from './devices.ts';

type Shape<Args> = Pick<Args & { select?: unknown; include?: unknown }, 'select' | 'include'>;
export type UserShape = Shape<Prisma.UserDefaultArgs>;
export type DeviceShape = Shape<Prisma.DeviceDefaultArgs>;
export type BucketShape = Shape<Prisma.BucketDefaultArgs>;

export const user = (tx: Tx, id: string, shape: UserShape) => tx.user.findUniqueOrThrow({ ...shape, where: { id } });

/** The visible ones, in order of registration. */
export const devices = (tx: Tx, userId: string, shape: DeviceShape) =>
  tx.device.findMany({ ...shape, where: { userId, ...SHOWN }, orderBy: IN_ORDER });

export const device = (tx: Tx, id: string, shape: DeviceShape) =>
  tx.device.findUniqueOrThrow({ ...shape, where: { id } });

/** In order of creation; only those of a device (by the id it registered under) or a type where given. */
export const buckets = (
  tx: Tx,
  userId: string,
  by: { deviceId?: string | null; type?: string | null },
  shape: BucketShape,
) =>
  tx.bucket.findMany({
    ...shape,
    where: {
      userId,
      ...(by.deviceId == null ? {} : { device: { deviceId: by.deviceId } }),
      ...(by.type == null ? {} : { type: by.type }),
    },
    orderBy: { ordinal: 'asc' },
  });

export const bucketByPublicId = (tx: Tx, userId: string, publicId: string, shape: BucketShape) =>
  tx.bucket.findUnique({ ...shape, where: { userId_publicId: { userId, publicId } } });

export const bucketsByUuid = (tx: Tx, userId: string, uuids: readonly string[], shape: BucketShape) =>
  tx.bucket.findMany({ ...shape, where: { userId, id: { in: [...uuids] } } });

/** How many rows an account's lists hold; `bucketsPerDevice` is that of the device with the most. */
export type AccountSizes = {
  readonly devices: number;
  readonly buckets: number;
  readonly bucketsPerDevice: number;
  readonly keys: number;
};

export const sizes = async (tx: Tx, userId: string): Promise<AccountSizes> => {
  const [row] = await tx.$queryRaw<Record<'devices' | 'buckets' | 'most' | 'keys', number>[]>(Prisma.sql`
    select (select count(*)::int from devices where user_id = ${userId}::uuid) as devices,
           (select count(*)::int from api_keys where user_id = ${userId}::uuid) as keys,
           coalesce(sum(found), 0)::int as buckets, coalesce(max(found), 0)::int as most
    from (select count(*) as found from buckets where user_id = ${userId}::uuid group by device_uuid) per_device`);
  return { devices: row!.devices, buckets: row!.buckets, bucketsPerDevice: row!.most, keys: row!.keys };
};
