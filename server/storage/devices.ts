import { Prisma, type Device } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { latestPasses, type LatestPassRow } from './sql/latest-passes.ts';

export type DeviceRow = Device;

const columns = Prisma.sql`account, id::text as id, device_id as "deviceId", hostname, created_at as "createdAt",
  last_sync_at as "lastSyncAt", aw_device_id as "awDeviceId", pass, pass_nonce as "passNonce", own, label`;

const select = (tx: Tx, account: number, rest: Prisma.Sql): Promise<DeviceRow[]> =>
  tx.$queryRaw<DeviceRow[]>`select ${columns} from devices where account = ${account}::int ${rest}`;

export const find = async (tx: Tx, account: number, deviceId: string): Promise<DeviceRow | null> =>
  (await select(tx, account, Prisma.sql`and device_id = ${deviceId}`))[0] ?? null;

/** The device of a bucket. */
export const ofBucket = async (
  tx: Tx,
  { account, deviceUuid }: { readonly account: number; readonly deviceUuid: string },
): Promise<DeviceRow> => (await select(tx, account, Prisma.sql`and id = ${deviceUuid}::uuid`))[0]!;

/** The account's own device, which holds what is created by hand. */
export const findOwn = async (tx: Tx, account: number): Promise<DeviceRow | null> =>
  (await select(tx, account, Prisma.sql`and own`))[0] ?? null;

/** How many devices a user has. */
export const countOf = async (tx: Tx, account: number): Promise<number> =>
  (
    await tx.$queryRaw<[{ count: number }]>`select count(*)::int as count from devices where account = ${account}::int`
  )[0].count;

/**
 * Creates the device, or updates its attributes; the same id is always the same row. The row stays locked to the
 * commit.
 */
export const register = async (
  tx: Tx,
  device: { account: number; deviceId: string; hostname: string; awDeviceId: string | null },
): Promise<DeviceRow> => {
  const { account, deviceId, hostname, awDeviceId } = device;
  const [row] = await tx.$queryRaw<DeviceRow[]>`
    insert into devices as device (account, device_id, hostname, aw_device_id)
    values (${account}::int, ${deviceId}, ${hostname}, ${awDeviceId})
    on conflict (account, device_id) do update
    set hostname = excluded.hostname, aw_device_id = coalesce(excluded.aw_device_id, device.aw_device_id)
    returning ${columns}`;
  return row!;
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
export const beginPass = async (
  tx: Tx,
  { account, id }: Pick<DeviceRow, 'account' | 'id'>,
  pass: number,
  passNonce: string,
  at: Date,
): Promise<DeviceRow> =>
  (
    await tx.$queryRaw<[DeviceRow]>`
      update devices set pass = ${pass}::int, pass_nonce = ${passNonce}, last_sync_at = ${at}::timestamptz
      where account = ${account}::int and id = ${id}::uuid returning ${columns}`
  )[0];

/** Sets what a device is called by its owner; null when the account has no such device. */
export const setLabel = async (
  tx: Tx,
  account: number,
  deviceId: string,
  label: string | null,
): Promise<DeviceRow | null> => {
  const rows = await tx.$queryRaw<DeviceRow[]>`update devices set label = ${label}::text
    where account = ${account}::int and device_id = ${deviceId} returning ${columns}`;
  return rows[0] ?? null;
};

/** Locks a device's pass to the commit and returns it; null when the account has no such device. */
export const lock = async (
  tx: Tx,
  account: number,
  deviceId: string,
): Promise<{ id: string; pass: number; lastSyncAt: Date | null } | null> => {
  const rows = await tx.$queryRaw<{ id: string; pass: number; lastSyncAt: Date | null }[]>`
    select id::text, pass, last_sync_at as "lastSyncAt" from devices where account = ${account}::int
      and device_id = ${deviceId} for share`;
  return rows[0] ?? null;
};

/** The UUID of a device without buckets and without pending imports; null for any other. */
export const findEmpty = async (tx: Tx, account: number, deviceId: string): Promise<string | null> => {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id::text from devices device where account = ${account}::int and device_id = ${deviceId} and not own
      and not exists (select from buckets where account = device.account and device_uuid = device.id)
      and not exists (select from imports where imports.account = device.account
        and imports.device_id = device.device_id)`;
  return rows[0]?.id ?? null;
};

/** Deletes an empty device, and binds its keys to another, which it turned out to be. Both by UUID. */
export const giveWay = async (tx: Tx, account: number, empty: string, to: string): Promise<void> => {
  await tx.$executeRaw`update api_keys set device_uuid = ${to}::uuid
    where account = ${account}::int and device_uuid = ${empty}::uuid`;
  await tx.$executeRaw`delete from devices where account = ${account}::int and id = ${empty}::uuid`;
};

/** For Prisma: which devices are visible: the account's own is not before it holds a bucket. */
export const SHOWN = { OR: [{ own: false }, { buckets: { some: {} } }] } satisfies Prisma.DeviceWhereInput;
/** For Prisma: in order of registration. Two may have registered in the same moment, so the id breaks ties. */
export const IN_ORDER = [{ createdAt: 'asc' }, { id: 'asc' }] satisfies Prisma.DeviceOrderByWithRelationInput[];

/** The visible ones, in order of registration. */
export const list = (tx: Tx, account: number): Promise<DeviceRow[]> =>
  select(
    tx,
    account,
    Prisma.sql`and (not own or exists (
        select from buckets where account = devices.account and device_uuid = devices.id
      ))
      order by created_at, id`,
  );

/** Registers the account's own device: call this before its first bucket is created. Does nothing for other devices. */
export const noteFirstBucket = async (tx: Tx, account: number, id: string): Promise<void> => {
  await tx.$executeRaw`update devices set created_at = now()
    where account = ${account}::int and id = ${id}::uuid and own
      and not exists (select from buckets where account = ${account}::int and device_uuid = ${id}::uuid)`;
};
