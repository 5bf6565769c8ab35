import type { Tx } from './database.ts';
import { SHOWN } from './devices.ts';
import type { Statements } from './port.ts';

/** A user's row as commands and APIs show it. */
export type UserRow = { readonly id: string; readonly email: string; readonly createdAt: Date };

const shown = { id: true, email: true, createdAt: true } as const;

export const findByEmail = (tx: Tx, email: string): Promise<UserRow | null> =>
  tx.user.findUnique({ where: { email }, select: shown });

/** All users, oldest first, with the number of their devices, buckets and keys. */
export const list = async (tx: Tx): Promise<(UserRow & { devices: number; buckets: number; keys: number })[]> => {
  const rows = await tx.user.findMany({
    orderBy: { createdAt: 'asc' },
    select: {
      ...shown,
      _count: { select: { devices: { where: SHOWN }, buckets: true, apiKeys: { where: { revokedAt: null } } } },
    },
  });
  return rows.map(({ _count, ...row }) => ({
    ...row,
    devices: _count.devices,
    buckets: _count.buckets,
    keys: _count.apiKeys,
  }));
};

/** Locks out other creators of users and keys to the commit: two that both find no user would each create one. */
export const lockAll = async (tx: Tx): Promise<void> =>
  void (await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('kt-server users'))`);

/** Whether there is an account. */
export const any = async (tx: Tx): Promise<boolean> => (await tx.user.findFirst({ select: { id: true } })) !== null;

const FIRST = 'select id::text as id from users order by created_at limit 1';
/** The id of the oldest account, which KT_SERVER_AUTH=none uses; null if there is none. */
export const first = async (on: Statements): Promise<string | null> =>
  (await on.statement<{ id: string }>('first-user', FIRST))[0]?.id ?? null;

/**
 * Creates a user with the account's own device, under the server's device id and hostname: requests that name no device
 * create buckets on it. Returns the existing user when the address is in use.
 */
export const findOrCreate = async (
  tx: Tx,
  email: string,
  own: { deviceId: string; hostname: string },
): Promise<UserRow & { created: boolean }> => {
  const found = await findByEmail(tx, email);
  if (found) return { ...found, created: false };
  const made = await tx.user.create({ data: { email, devices: { create: { ...own, own: true } } }, select: shown });
  return { ...made, created: true };
};
