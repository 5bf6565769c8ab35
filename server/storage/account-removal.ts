import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import { tellAfterCommit } from './telling.ts';

/** The tables that can hold millions of rows of one bucket. */
const VOLUMES = ['events', 'deleted_events', 'trashed_events'] as const;

/** What an account has, except events, which are counted one bucket at a time. */
export type Belongings = {
  readonly devices: number;
  readonly keys: number;
  readonly settings: number;
  readonly buckets: readonly string[];
  readonly imports: readonly bigint[];
};

/** `keys` are those that are not revoked; buckets by UUID. */
export const belongingsOf = async (tx: Tx, userId: string): Promise<Belongings> => {
  const [devices, keys, settings, buckets, imports] = [
    await tx.device.count({ where: { userId } }),
    await tx.apiKey.count({ where: { userId, revokedAt: null } }),
    await tx.setting.count({ where: { userId } }),
    await tx.bucket.findMany({ where: { userId }, select: { id: true }, orderBy: { ordinal: 'asc' } }),
    await tx.import.findMany({ where: { userId }, select: { id: true } }),
  ];
  return { devices, keys, settings, buckets: buckets.map(({ id }) => id), imports: imports.map(({ id }) => id) };
};

/** Revokes all keys of an account, and makes every process check its subscriptions again (feed.ts). */
export const revokeAll = async (tx: Tx, userId: string, at: Date): Promise<void> => {
  await tx.apiKey.updateMany({ where: { userId, revokedAt: null }, data: { revokedAt: at } });
  tellAfterCommit(tx, userId);
};

/**
 * Deletes up to `limit` rows of a bucket: events, tombstones, then trash. Returns how many rows, and how many of them
 * were events; 0 rows: nothing is left. Uses the indexes that begin with bucket_uuid.
 */
export const dropSome = async (tx: Tx, bucket: string, limit: number): Promise<{ rows: number; events: number }> => {
  for (const name of VOLUMES) {
    const table = Prisma.raw(name);
    const rows = await tx.$executeRaw`delete from ${table} where ctid = any(array(
      select ctid from ${table} where bucket_uuid = ${bucket}::uuid limit ${limit}::int))`;
    if (rows > 0) return { rows, events: name === 'events' ? rows : 0 };
  }
  return { rows: 0, events: 0 };
};

/** Deletes an account with everything that is left of it. */
export const remove = async (tx: Tx, userId: string): Promise<void> => {
  await tx.user.deleteMany({ where: { id: userId } });
};
