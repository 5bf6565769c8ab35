import type { Tx } from './database.ts';

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

const shown = { id: true, name: true, prefix: true, scope: true, createdAt: true, lastUsedAt: true, expiresAt: true, revokedAt: true } as const;

export const create = (tx: Tx, key: { userId: string; name: string; prefix: string; keyHash: Uint8Array<ArrayBuffer>; deviceUuid: string | null }): Promise<ApiKeyRow> =>
  tx.apiKey.create({ data: key, select: shown });

/** All keys with whose they are, newest last; of one user where `userId` names one. */
export const list = async (tx: Tx): Promise<(ApiKeyRow & { email: string })[]> => {
  const rows = await tx.apiKey.findMany({ orderBy: { createdAt: 'asc' }, select: { ...shown, user: { select: { email: true } } } });
  return rows.map(({ user, ...row }) => ({ ...row, email: user.email }));
};

/** Keys whose id or prefix begins with `text`. */
export const findByIdOrPrefix = async (tx: Tx, text: string): Promise<ApiKeyRow[]> =>
  (await tx.apiKey.findMany({ select: shown })).filter((key) => key.id.startsWith(text) || key.prefix.startsWith(text));

/** Revokes a key; one that was revoked keeps its date. */
export const revoke = async (tx: Tx, id: string, at: Date): Promise<void> => {
  await tx.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } });
};

/** The key with this hash and whom it lets in, good or not: what that means is authenticate()'s business. */
export const findByHash = (tx: Tx, keyHash: Uint8Array<ArrayBuffer>) =>
  tx.apiKey.findUnique({ where: { keyHash }, select: { ...shown, keyHash: true, userId: true, device: { select: { deviceId: true } } } });

export const touch = async (tx: Tx, id: string, at: Date): Promise<void> => {
  await tx.apiKey.updateMany({ where: { id }, data: { lastUsedAt: at } });
};
