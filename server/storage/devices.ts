import type { Device, Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { latestPasses, type LatestPassRow } from './sql/latest-passes.ts';

export type DeviceRow = Device;

export const find = (tx: Tx, userId: string, deviceId: string): Promise<DeviceRow | null> =>
  tx.device.findUnique({ where: { userId_deviceId: { userId, deviceId } } });

/** The account's own device, which holds what is created by hand. */
export const findOwn = (tx: Tx, userId: string): Promise<DeviceRow | null> =>
  tx.device.findFirst({ where: { userId, own: true } });

/** How many devices a user has. */
export const countOf = (tx: Tx, userId: string): Promise<number> => tx.device.count({ where: { userId } });

/**
 * Creates the device, or updates its attributes; the same id is always the same row. The row stays locked to the
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

/** When a device began its last pass, and where the newest event that it pushed starts (ms since 1970; null: none). */
export type DevicePass = {
  readonly device: string;
  readonly account: string;
  readonly hostname: string;
  readonly lastPass: Date;
  readonly pushedMs: number | null;
};

/** The most recent passes of all accounts, and how many devices ever began one. */
export const latest = async (tx: Tx, most: number): Promise<{ passes: DevicePass[]; devices: number }> => {
  const rows = await tx.$queryRaw<LatestPassRow[]>(latestPasses(most));
  return {
    passes: rows.map(({ device, account, hostname, last_pass, pushed_ms }) => ({
      device,
      account,
      hostname,
      lastPass: last_pass,
      pushedMs: pushed_ms === null ? null : Number(pushed_ms),
    })),
    devices: Number(rows[0]?.devices ?? 0),
  };
};

/** Records the pass that begins now. */
export const beginPass = (tx: Tx, id: string, pass: number, passNonce: string, at: Date): Promise<DeviceRow> =>
  tx.device.update({ where: { id }, data: { pass, passNonce, lastSyncAt: at } });

/** Locks a device's pass to the commit and returns it; null when the account has no such device. */
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

/** The UUID of a device without buckets and without pending imports; null for any other. */
export const findEmpty = async (tx: Tx, userId: string, deviceId: string): Promise<string | null> => {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id::text from devices device where user_id = ${userId}::uuid and device_id = ${deviceId} and not own
      and not exists (select from buckets where device_uuid = device.id)
      and not exists (select from imports where imports.user_id = device.user_id
        and imports.device_id = device.device_id)`;
  return rows[0]?.id ?? null;
};

/** Deletes an empty device, and binds its keys to another, which it turned out to be. Both by UUID. */
export const giveWay = async (tx: Tx, empty: string, to: string): Promise<void> => {
  await tx.apiKey.updateMany({ where: { deviceUuid: empty }, data: { deviceUuid: to } });
  await tx.device.delete({ where: { id: empty } });
};

/** Which devices are visible: the account's own is not before it holds a bucket. */
export const SHOWN = { OR: [{ own: false }, { buckets: { some: {} } }] } satisfies Prisma.DeviceWhereInput;
/** In order of registration. Two may have registered in the same moment, so the id breaks ties. */
export const IN_ORDER = [{ createdAt: 'asc' }, { id: 'asc' }] satisfies Prisma.DeviceOrderByWithRelationInput[];

/** The visible ones, in order of registration. */
export const list = (tx: Tx, userId: string): Promise<DeviceRow[]> =>
  tx.device.findMany({ where: { userId, ...SHOWN }, orderBy: IN_ORDER });

/** Registers the account's own device: call this before its first bucket is created. Does nothing for other devices. */
export const noteFirstBucket = async (tx: Tx, id: string): Promise<void> => {
  await tx.$executeRaw`update devices set created_at = now()
    where id = ${id}::uuid and own and not exists (select from buckets where device_uuid = ${id}::uuid)`;
};
