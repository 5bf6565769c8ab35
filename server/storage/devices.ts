import type { Device, Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';

export type DeviceRow = Device;

export const find = (tx: Tx, userId: string, deviceId: string): Promise<DeviceRow | null> =>
  tx.device.findUnique({ where: { userId_deviceId: { userId, deviceId } } });

/** The account's own device, where what is made by hand lives. */
export const findOwn = (tx: Tx, userId: string): Promise<DeviceRow | null> =>
  tx.device.findFirst({ where: { userId, own: true } });

/** How many devices a user has. */
export const countOf = (tx: Tx, userId: string): Promise<number> => tx.device.count({ where: { userId } });

/**
 * Makes the device, or brings its attributes up to date; the same row for the same id. The row stays locked to the
 * commit.
 */
export const register = async (
  tx: Tx,
  device: { userId: string; deviceId: string; hostname: string; awDeviceId: string | null },
): Promise<DeviceRow> => {
  const { userId, deviceId, hostname, awDeviceId } = device;
  return tx.device.upsert({
    where: { userId_deviceId: { userId, deviceId } },
    create: device,
    update: { hostname, ...(awDeviceId === null ? {} : { awDeviceId }) },
  });
};

/** Notes the pass that begins now. */
export const beginPass = (tx: Tx, id: string, pass: number, passNonce: string, at: Date): Promise<DeviceRow> =>
  tx.device.update({ where: { id }, data: { pass, passNonce, lastSyncAt: at } });

/** Keeps a device's pass as it is to the commit, and tells it; null when the account has no such device. */
export const lock = async (
  tx: Tx,
  userId: string,
  deviceId: string,
): Promise<{ id: string; pass: number; lastSyncAt: Date | null } | null> => {
  const rows = await tx.$queryRaw<{ id: string; pass: number; lastSyncAt: Date | null }[]>`
    select id::text, pass, last_sync_at as "lastSyncAt" from devices where user_id = ${userId}::uuid
      and device_id = ${deviceId} for share`;
  return rows[0] ?? null;
};

/** The UUID of a device that holds no bucket and waits for none; null for any other. */
export const findEmpty = async (tx: Tx, userId: string, deviceId: string): Promise<string | null> => {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id::text from devices device where user_id = ${userId}::uuid and device_id = ${deviceId} and not own
      and not exists (select from buckets where device_uuid = device.id)
      and not exists (select from imports where imports.user_id = device.user_id
        and imports.device_id = device.device_id)`;
  return rows[0]?.id ?? null;
};

/** Removes a device that holds nothing, and binds its keys to another: it turned out to be that one. By their UUIDs. */
export const giveWay = async (tx: Tx, empty: string, to: string): Promise<void> => {
  await tx.apiKey.updateMany({ where: { deviceUuid: empty }, data: { deviceUuid: to } });
  await tx.device.delete({ where: { id: empty } });
};

/** The devices there are for anybody who asks: the account's own is none before it holds a bucket. */
export const SHOWN = { OR: [{ own: false }, { buckets: { some: {} } }] } satisfies Prisma.DeviceWhereInput;
/** In order of registration. Two may have registered in the same moment. */
export const IN_ORDER = [{ createdAt: 'asc' }, { id: 'asc' }] satisfies Prisma.DeviceOrderByWithRelationInput[];

/** Those that are shown, in order of registration. */
export const list = (tx: Tx, userId: string): Promise<DeviceRow[]> =>
  tx.device.findMany({ where: { userId, ...SHOWN }, orderBy: IN_ORDER });

/**
 * The account's own device registers with its first bucket: call this before that is made. Any other stays as it is.
 */
export const noteFirstBucket = async (tx: Tx, id: string): Promise<void> => {
  await tx.$executeRaw`update devices set created_at = now()
    where id = ${id}::uuid and own and not exists (select from buckets where device_uuid = ${id}::uuid)`;
};
