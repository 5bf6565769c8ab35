import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';

/** A passkey as its owner sees it. */
export type PasskeyRow = {
  readonly id: string;
  readonly name: string;
  /** The host that it is for: browsers use it there alone. */
  readonly rpId: string;
  readonly createdAt: Date;
  /** When somebody signed in by it last; null: never. */
  readonly lastUsedAt: Date | null;
};

/** The most passkeys that an account has. */
export const MOST = 20;

/** What an authenticator made. */
export type Credential = {
  /** How it calls the passkey: up to 1,023 bytes that are nobody else's. */
  readonly credentialId: Uint8Array<ArrayBuffer>;
  /** As COSE writes it. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** How often it says that it signed; 0 where it does not count. */
  readonly counter: number;
  /** How browsers reach it, as they name that. */
  readonly transports: readonly string[];
};

/** A challenge that was answered: when it was made, and the latest that one can have been, by the same clock. */
export type Answered = { readonly at: Date; readonly latest: Date };

const shown = Prisma.sql`id::text as id, name, rp_id as "rpId", created_at as "createdAt",
  last_used_at as "lastUsedAt"`;

/** All of an account, oldest first: MOST at most. */
export const list = (tx: Tx, account: number): Promise<PasskeyRow[]> =>
  tx.$queryRaw<PasskeyRow[]>`
    select ${shown} from passkeys where account = ${account}::int order by created_at, id`;

/** What an account’s passkeys for a host are called by their authenticators, and how browsers reach those. */
export const known = async (
  tx: Tx,
  account: number,
  rpId: string,
): Promise<Pick<Credential, 'credentialId' | 'transports'>[]> => {
  type Row = { readonly credentialId: Uint8Array<ArrayBuffer>; readonly transports: string };
  const rows = await tx.$queryRaw<Row[]>`
    select credential_id as "credentialId", transports from passkeys
    where account = ${account}::int and rp_id = ${rpId} order by created_at, id`;
  return rows.map(({ credentialId, transports }) => ({
    credentialId,
    transports: transports.split(',').filter(Boolean),
  }));
};

/** Makes it the account's; null where it is somebody's already. */
export const create = async (
  tx: Tx,
  passkey: Credential & Pick<PasskeyRow, 'name' | 'rpId'> & { readonly account: number; readonly at: Date },
): Promise<PasskeyRow | null> => {
  const { account, name, rpId, credentialId, publicKey, counter, transports, at } = passkey;
  const [row] = await tx.$queryRaw<PasskeyRow[]>`
    insert into passkeys (account, name, rp_id, credential_id, public_key, counter, transports, created_at)
    values (${account}::int, ${name}, ${rpId}, ${credentialId}::bytea, ${publicKey}::bytea, ${counter}::bigint,
      ${transports.join(',')}, ${at}::timestamptz)
    on conflict (credential_id) do nothing returning ${shown}`;
  return row ?? null;
};

/** What an answer is checked with, and whose passkey it is. */
export type KnownPasskey = Pick<Credential, 'publicKey' | 'counter'> &
  Pick<PasskeyRow, 'id' | 'rpId'> & { readonly account: number; readonly userId: string; readonly email: string };

/** Whose passkey it is; null where it is nobody's. Leans on passkeys_credential_id_key. */
export const find = async (tx: Tx, credentialId: Uint8Array<ArrayBuffer>): Promise<KnownPasskey | null> => {
  const [row] = await tx.$queryRaw<(Omit<KnownPasskey, 'counter'> & { readonly counter: bigint })[]>`
    select passkey.id::text as id, passkey.rp_id as "rpId", passkey.public_key as "publicKey", passkey.counter,
      users.account, users.id::text as "userId", users.email
    from passkeys passkey join users on users.account = passkey.account
    where passkey.credential_id = ${credentialId}::bytea`;
  return row ? { ...row, counter: Number(row.counter) } : null;
};

/**
 * Notes that somebody signed in by it: that it answered a challenge, and its counter. False where it answered that one
 * already, or a newer one, and where its counter did not grow; so of two requests with the same answer one gets true. A
 * challenge from behind `latest` counts for nothing: a clock was set back since.
 */
export const answered = async (
  tx: Tx,
  { account, id }: Pick<KnownPasskey, 'account' | 'id'>,
  { at, latest }: Answered,
  counter: number,
  now: Date,
): Promise<boolean> =>
  (await tx.$executeRaw`
    update passkeys set counter = ${counter}::bigint, challenge_at = ${at}::timestamptz,
      last_used_at = ${now}::timestamptz
    where account = ${account}::int and id = ${id}::uuid
      and (challenge_at is null or challenge_at < ${at}::timestamptz or challenge_at > ${latest}::timestamptz)
      and (counter < ${counter}::bigint or (counter = 0 and ${counter}::bigint = 0))`) > 0;

/** Gives it another name; null where the account has no such. */
export const rename = async (tx: Tx, account: number, id: string, name: string): Promise<PasskeyRow | null> => {
  const [row] = await tx.$queryRaw<PasskeyRow[]>`
    update passkeys set name = ${name} where account = ${account}::int and id = ${id}::uuid returning ${shown}`;
  return row ?? null;
};

/** Takes one from its account, and its sessions with it; null where there is none. */
export const drop = async (tx: Tx, account: number, id: string): Promise<PasskeyRow | null> => {
  const [row] = await tx.$queryRaw<PasskeyRow[]>`
    delete from passkeys where account = ${account}::int and id = ${id}::uuid returning ${shown}`;
  return row ?? null;
};
