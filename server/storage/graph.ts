/**
 * Reads of the account graph, shaped by the caller: each takes Prisma's `select` and `include` from the GraphQL query,
 * so that one request is one query, however deep.
 */
import { Prisma, type PrismaClient } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { IN_ORDER, SHOWN } from './devices.ts';

type Shape<Args> = Pick<Args & { select?: unknown; include?: unknown }, 'select' | 'include'>;
export type UserShape = Shape<Prisma.UserDefaultArgs>;
export type DeviceShape = Shape<Prisma.DeviceDefaultArgs>;
export type ApiKeyShape = Shape<Prisma.ApiKeyDefaultArgs>;
export type BucketShape = Shape<Prisma.BucketDefaultArgs>;

export const user = (prisma: PrismaClient, account: number, shape: UserShape) =>
  prisma.user.findUniqueOrThrow({ ...shape, where: { account } });

/** The visible ones, in order of registration. */
export const devices = (prisma: PrismaClient, account: number, shape: DeviceShape) =>
  prisma.device.findMany({ ...shape, where: { account, ...SHOWN }, orderBy: IN_ORDER });

export const device = (prisma: PrismaClient, account: number, id: string, shape: DeviceShape) =>
  prisma.device.findUniqueOrThrow({ ...shape, where: { account_id: { account, id } } });

export const apiKey = (prisma: PrismaClient, account: number, id: string, shape: ApiKeyShape) =>
  prisma.apiKey.findUniqueOrThrow({ ...shape, where: { account_id: { account, id } } });

/** In order of creation; only those of a device (by the id it registered under) or a type where given. */
export const buckets = (
  prisma: PrismaClient,
  account: number,
  by: { deviceId?: string | null; type?: string | null },
  shape: BucketShape,
) =>
  prisma.bucket.findMany({
    ...shape,
    where: {
      account,
      ...(by.deviceId == null ? {} : { device: { deviceId: by.deviceId } }),
      ...(by.type == null ? {} : { type: by.type }),
    },
    orderBy: { number: 'asc' },
  });

export const bucketByPublicId = (prisma: PrismaClient, account: number, publicId: string, shape: BucketShape) =>
  prisma.bucket.findUnique({ ...shape, where: { account_publicId: { account, publicId } } });

export const bucketsNumbered = (
  prisma: PrismaClient,
  account: number,
  numbers: readonly number[],
  shape: BucketShape,
) => prisma.bucket.findMany({ ...shape, where: { account, number: { in: [...numbers] } } });

/** How many rows an account's lists hold; `bucketsPerDevice` is that of the device with the most. */
export type AccountSizes = {
  readonly devices: number;
  readonly buckets: number;
  readonly bucketsPerDevice: number;
  readonly keys: number;
  /** Those that ended included. */
  readonly sessions: number;
};

export const sizes = async (tx: Tx, account: number): Promise<AccountSizes> => {
  const [row] = await tx.$queryRaw<Record<'devices' | 'buckets' | 'most' | 'keys' | 'sessions', number>[]>(Prisma.sql`
    select (select count(*)::int from devices where account = ${account}::int) as devices,
           (select count(*)::int from api_keys where account = ${account}::int) as keys,
           (select count(*)::int from sessions where account = ${account}::int) as sessions,
           coalesce(sum(found), 0)::int as buckets, coalesce(max(found), 0)::int as most
    from (select count(*) as found from buckets where account = ${account}::int group by device_uuid) per_device`);
  const { devices, buckets, most: bucketsPerDevice, keys, sessions } = row!;
  return { devices, buckets, bucketsPerDevice, keys, sessions };
};
