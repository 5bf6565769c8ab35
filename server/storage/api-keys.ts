import { KtError } from '../../domain/errors.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import { note, type Way } from './account-log.ts';
import type { Tx } from './database.ts';
import type { Standing } from './elsewhere.ts';
import type { Port } from './port.ts';
import { tellAfterCommit } from './telling.ts';

/** A key's row without its hash. */
export type ApiKeyRow = {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly scope: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly lastUsedAddress: string | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
};

/** A key in its account's log. */
const called = ({ name, prefix }: Pick<ApiKeyRow, 'name' | 'prefix'>): string =>
  name === '' ? `${prefix}…` : `${prefix}… (${name})`;

const shown = Prisma.sql`key.id::text as id, key.name, key.prefix, key.scope, key.created_at as "createdAt",
  key.last_used_at as "lastUsedAt", key.last_used_address as "lastUsedAddress", key.expires_at as "expiresAt",
  key.revoked_at as "revokedAt"`;

export const create = async (
  tx: Tx,
  key: {
    account: number;
    name: string;
    prefix: string;
    keyHash: Uint8Array<ArrayBuffer>;
    scope: string;
    deviceUuid: string | null;
    expiresAt: Date | null;
    /** When it is made: by the server's clock, as all of the account's log. */
    at: Date;
    /** From where it is made; null: on the server itself. */
    address: string | null;
    /** How the device signed in that it is for; left out where none did. */
    way?: Way | null;
  },
): Promise<ApiKeyRow> => {
  const [row] = await tx.$queryRaw<ApiKeyRow[]>`
    insert into api_keys as key (account, name, prefix, key_hash, scope, device_uuid, created_at, expires_at)
    values (${key.account}::int, ${key.name}, ${key.prefix}, ${key.keyHash}::bytea, ${key.scope},
      ${key.deviceUuid}::uuid, ${key.at}::timestamptz, ${key.expiresAt}::timestamptz)
    returning ${shown}`;
  const { way = null, address, at } = key;
  await note(tx, key.account, at, { kind: 'key_made', what: called(row!), way, address });
  return row!;
};

/** The most keys of an account, revoked and expired ones included. */
const MOST = 1_000;

/**
 * Makes room for one more key in the account, whose lock the caller holds: of those that let nobody in any more the
 * oldest go. Fails with `too_large` where all are good.
 */
export const makeRoom = async (tx: Tx, account: number, at: Date): Promise<void> => {
  await tx.$executeRaw`
    delete from api_keys where account = ${account}::int and least(revoked_at, expires_at) <= ${at}::timestamptz
      and id in (
        select id from api_keys where account = ${account}::int
        order by least(revoked_at, expires_at) <= ${at}::timestamptz is true, created_at desc, id
        offset ${MOST - 1}::int)`;
  const [{ count }] = await tx.$queryRaw<[{ count: number }]>`
    select count(*)::int as count from api_keys where account = ${account}::int`;
  if (count >= MOST) throw new KtError('too_large', `an account has at most ${MOST} API keys: revoke some first`);
};

/** One key of an account, with the device that it is bound to by the id it registered under; null for none. */
export const find = async (
  tx: Tx,
  account: number,
  id: string,
): Promise<(ApiKeyRow & { readonly deviceId: string | null }) | null> => {
  const [row] = await tx.$queryRaw<(ApiKeyRow & { readonly deviceId: string | null })[]>`
    select ${shown}, device.device_id as "deviceId" from api_keys key
    left join devices device on device.account = key.account and device.id = key.device_uuid
    where key.account = ${account}::int and key.id = ${id}::uuid`;
  return row ?? null;
};

/** Binds a key to a device (by its UUID) unless it is bound already; false then, if that is another. */
export const bind = async (tx: Tx, account: number, id: string, deviceUuid: string): Promise<boolean> => {
  const bound = await tx.$executeRaw`
    update api_keys set device_uuid = ${deviceUuid}::uuid where account = ${account}::int and id = ${id}::uuid
      and (device_uuid is null or device_uuid = ${deviceUuid}::uuid)`;
  return bound > 0;
};

/** All keys with their users, newest last; only those of one account if it is given. */
export const list = (tx: Tx, account?: number): Promise<(ApiKeyRow & { email: string })[]> =>
  tx.$queryRaw<(ApiKeyRow & { email: string })[]>`
    select ${shown}, users.email from api_keys key join users on users.account = key.account
    where ${account ?? null}::int is null or key.account = ${account ?? null}::int
    order by key.created_at, key.id`;

/** Keys whose id or prefix begins with `text`. */
export const findByIdOrPrefix = async (tx: Tx, text: string): Promise<ApiKeyRow[]> =>
  (await tx.$queryRaw<ApiKeyRow[]>`select ${shown} from api_keys key`).filter(
    (key) => key.id.startsWith(text) || key.prefix.startsWith(text),
  );

/**
 * Revokes a key; one that was revoked before keeps its date. Subscribers to the account's revision check their key
 * again (feed.ts), in every process.
 */
export const revoke = async (tx: Tx, id: string, at: Date, address: string | null): Promise<void> => {
  const [key] = await tx.$queryRaw<(Pick<ApiKeyRow, 'name' | 'prefix'> & { account: number })[]>`
    update api_keys set revoked_at = ${at}::timestamptz where id = ${id}::uuid and revoked_at is null
    returning account, name, prefix`;
  if (!key) return;
  await note(tx, key.account, at, { kind: 'key_revoked', what: called(key), address });
  tellAfterCommit(tx, key.account);
};

/** What a key allows and to whom, for a key that replaces it. */
export const grants = async (
  tx: Tx,
  id: string,
): Promise<{ account: number; name: string; scope: string; deviceUuid: string | null; expiresAt: Date | null }> => {
  type Grants = Awaited<ReturnType<typeof grants>>;
  const [row] = await tx.$queryRaw<Grants[]>`
    select account, name, scope, device_uuid::text as "deviceUuid", expires_at as "expiresAt"
    from api_keys where id = ${id}::uuid`;
  return row!;
};

/** Sets when a key expires. */
export const expire = async (tx: Tx, id: string, at: Date): Promise<void> => {
  await tx.$executeRaw`update api_keys set expires_at = ${at}::timestamptz where id = ${id}::uuid`;
};

/** What is needed to decide whether a key is accepted. */
export type KnownKey = {
  readonly id: string;
  readonly account: number;
  /** The account's id, as the APIs show it. */
  readonly userId: string;
  readonly keyHash: Uint8Array;
  /** How it begins. */
  readonly prefix: string;
  readonly scope: string;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** The device that the key is bound to, by the id it registered under. */
  readonly deviceId: string | null;
} & Standing;

// Every request runs it, so it is one statement, by a name. Leans on api_keys_key_hash_key.
const BY_HASH = `
  select key.id::text as id, key.account, users.id::text as "userId", key.key_hash as "keyHash", key.scope,
    device.device_id as "deviceId", key.last_used_at as "lastUsedAt", key.expires_at as "expiresAt", key.prefix,
    key.revoked_at as "revokedAt", users.moved_to as "movedTo", users.arriving as "isArriving"
  from api_keys key join users on users.account = key.account
  left join devices device on device.account = key.account and device.id = key.device_uuid
  where key.key_hash = $1::bytea`;

/** Finds the key with this hash and its user, valid or not: at most one row, a `KnownKey`. */
export const byHash = (keyHash: Uint8Array) => ({ name: 'api-key-by-hash', text: BY_HASH, values: [keyHash] });

/** The key with this hash and its user, valid or not: authenticate() decides what that means. */
export const findByHash = async (on: Port, keyHash: Uint8Array): Promise<KnownKey | null> => {
  const { name, text, values } = byHash(keyHash);
  return (await on.quick<KnownKey & { readonly keyHash: Buffer }>(name, text, values))[0] ?? null;
};

export const touch = async (
  tx: Tx,
  { account, id }: Pick<KnownKey, 'account' | 'id'>,
  at: Date,
  address: string | null,
): Promise<void> => {
  await tx.$executeRaw`
    update api_keys set last_used_at = ${at}::timestamptz, last_used_address = ${address}::text
    where account = ${account}::int and id = ${id}::uuid`;
};
