import type { Tx } from './database.ts';
import type { Statements } from './port.ts';
import { dateOf, epochMs } from './sql/time.ts';
import { tellAfterCommit } from './telling.ts';

/** A key's row without its hash. */
export type ApiKeyRow = {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scope: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
};

const shown = {
  id: true,
  name: true,
  prefix: true,
  scope: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
  revokedAt: true,
} as const;

export const create = (
  tx: Tx,
  key: {
    userId: string;
    name: string;
    prefix: string;
    keyHash: Uint8Array<ArrayBuffer>;
    scope: string;
    deviceUuid: string | null;
  },
): Promise<ApiKeyRow> => tx.apiKey.create({ data: key, select: shown });

/** All keys with their users, newest last; only those of one user if `userId` is given. */
export const list = async (tx: Tx, userId?: string): Promise<(ApiKeyRow & { email: string })[]> => {
  const rows = await tx.apiKey.findMany({
    where: { userId },
    orderBy: { createdAt: 'asc' },
    select: { ...shown, user: { select: { email: true } } },
  });
  return rows.map(({ user, ...row }) => ({ ...row, email: user.email }));
};

/** Keys whose id or prefix begins with `text`. */
export const findByIdOrPrefix = async (tx: Tx, text: string): Promise<ApiKeyRow[]> =>
  (await tx.apiKey.findMany({ select: shown })).filter((key) => key.id.startsWith(text) || key.prefix.startsWith(text));

/**
 * Revokes a key; one that was revoked before keeps its date. Subscribers to the account's revision check their key
 * again (feed.ts), in every process.
 */
export const revoke = async (tx: Tx, id: string, at: Date): Promise<void> => {
  await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } });
  const key = await tx.apiKey.findUnique({ where: { id }, select: { userId: true } });
  if (key) tellAfterCommit(tx, key.userId);
};

/** What a key allows and to whom, for a key that replaces it. */
export const grants = (
  tx: Tx,
  id: string,
): Promise<{ userId: string; name: string; scope: string; deviceUuid: string | null }> =>
  tx.apiKey.findUniqueOrThrow({ where: { id }, select: { userId: true, name: true, scope: true, deviceUuid: true } });

/** Sets when a key expires. */
export const expire = async (tx: Tx, id: string, at: Date): Promise<void> => {
  await tx.apiKey.updateMany({ where: { id }, data: { expiresAt: at } });
};

/** What is needed to decide whether a key is accepted. */
export type KnownKey = {
  readonly id: string;
  readonly userId: string;
  readonly keyHash: Uint8Array;
  readonly scope: string;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** The device that the key is bound to, by the id it registered under. */
  readonly deviceId: string | null;
};

type KnownRow = Record<'id' | 'user_id' | 'scope', string> & {
  key_hash: Buffer;
  device_id: string | null;
} & Record<'used_ms' | 'expires_ms' | 'revoked_ms', bigint | null>;

// Every request runs it, so it is one statement, by a name. Leans on api_keys_key_hash_key.
const BY_HASH = `
  select key.id::text as id, key.user_id::text as user_id, key.key_hash, key.scope, device.device_id,
    ${epochMs('key.last_used_at')} as used_ms, ${epochMs('key.expires_at')} as expires_ms,
    ${epochMs('key.revoked_at')} as revoked_ms
  from api_keys key left join devices device on device.id = key.device_uuid
  where key.key_hash = $1::bytea`;

/** The key with this hash and its user, valid or not: authenticate() decides what that means. */
export const findByHash = async (on: Statements, keyHash: Uint8Array): Promise<KnownKey | null> => {
  const [row] = await on.statement<KnownRow>('api-key-by-hash', BY_HASH, [keyHash]);
  if (!row) return null;
  return {
    id: row.id,
    userId: row.user_id,
    keyHash: row.key_hash,
    scope: row.scope,
    lastUsedAt: dateOf(row.used_ms),
    expiresAt: dateOf(row.expires_ms),
    revokedAt: dateOf(row.revoked_ms),
    deviceId: row.device_id,
  };
};

export const touch = async (tx: Tx, id: string, at: Date): Promise<void> => {
  await tx.apiKey.updateMany({ where: { id }, data: { lastUsedAt: at } });
};
