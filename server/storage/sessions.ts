import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import type { Standing } from './elsewhere.ts';
import type { Port } from './port.ts';
import { tellAfterCommit } from './telling.ts';

/** A session as its owner sees it. */
export type SessionRow = {
  readonly id: string;
  readonly createdAt: Date;
  /** To the minute. */
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  /** What signed in: a browser and its system, or how it called itself. */
  readonly browser: string;
  /** The address that it signed in from. */
  readonly address: string;
};

/** The most sessions that an account keeps, ended ones included. */
const MOST = 1_000;

/** What of a provider's sign-in is kept with the session that it made. */
export type ByProvider = {
  readonly identityId: string;
  /** The provider's own session; null where it does not tell. */
  readonly providerSession: string | null;
  /** By which the provider ends its own session. */
  readonly idToken: string | null;
};

export type NewSession = Pick<SessionRow, 'browser' | 'address' | 'expiresAt'> & {
  readonly account: number;
  /** The key it is made with; null for one that is made with a claim. */
  readonly keyId: string | null;
  /** Null for one that no provider made. */
  readonly byProvider?: ByProvider | null;
  /** The passkey that made it; null for one that none made. */
  readonly passkeyId?: string | null;
  readonly tokenHash: Uint8Array<ArrayBuffer>;
  readonly at: Date;
};

/** Makes a session. Beyond the most that an account keeps, those go that ended, then those not seen for longest. */
export const create = async (tx: Tx, session: NewSession): Promise<string> => {
  const { account, keyId, passkeyId = null, tokenHash, at, expiresAt, browser, address } = session;
  const { identityId = null, providerSession = null, idToken = null } = session.byProvider ?? {};
  await tx.$executeRaw`
    delete from sessions where account = ${account}::int and id in (
      select id from sessions where account = ${account}::int
      order by ended_at is null desc, last_seen_at desc, id offset ${MOST - 1}::int)`;
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    insert into sessions (account, key_id, token_hash, created_at, last_seen_at, expires_at, browser, address,
      identity_id, provider_session, id_token, passkey_id)
    values (${account}::int, ${keyId}::uuid, ${tokenHash}::bytea, ${at}::timestamptz, ${at}::timestamptz,
      ${expiresAt}::timestamptz, ${browser}, ${address}, ${identityId}::uuid, ${providerSession}, ${idToken},
      ${passkeyId}::uuid)
    returning id::text as id`;
  return row!.id;
};

/** What is needed to decide whether a session is accepted. */
export type KnownSession = {
  readonly id: string;
  readonly account: number;
  readonly userId: string;
  readonly tokenHash: Uint8Array;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly endedAt: Date | null;
  /** Of the key that it was made with: all null for a session by a claim. */
  readonly keyId: string | null;
  readonly keyScope: string | null;
  readonly keyExpiresAt: Date | null;
  readonly keyRevokedAt: Date | null;
} & Standing;

// As that for keys (api-keys.ts): one statement, by a name. Leans on sessions_token_hash_key.
const BY_HASH = `
  select session.id::text as id, session.account, users.id::text as "userId", session.token_hash as "tokenHash",
    session.created_at as "createdAt", session.last_seen_at as "lastSeenAt", session.expires_at as "expiresAt",
    session.ended_at as "endedAt", session.key_id::text as "keyId", key.scope as "keyScope",
    key.expires_at as "keyExpiresAt", key.revoked_at as "keyRevokedAt",
    users.moved_to as "movedTo", users.arriving as "isArriving"
  from sessions session join users on users.account = session.account
  left join api_keys key on key.account = session.account and key.id = session.key_id
  where session.token_hash = $1::bytea`;

/** The session with this hash, its user and its key, valid or not; null for none. */
export const findByHash = async (on: Port, tokenHash: Uint8Array): Promise<KnownSession | null> =>
  (await on.quick<KnownSession & { readonly tokenHash: Buffer }>('session-by-hash', BY_HASH, [tokenHash]))[0] ?? null;

/** Notes that a session was seen, and until when it is good now. Nothing earlier takes the place of what is noted. */
export const touch = async (
  tx: Tx,
  { account, id }: Pick<KnownSession, 'account' | 'id'>,
  at: Date,
  expiresAt: Date,
): Promise<void> => {
  await tx.$executeRaw`
    update sessions set last_seen_at = ${at}::timestamptz, expires_at = ${expiresAt}::timestamptz
    where account = ${account}::int and id = ${id}::uuid and ended_at is null and last_seen_at < ${at}::timestamptz`;
};

/** Which of an account's sessions let somebody in: neither they nor their keys have ended. */
const isLive = (at: Date): Prisma.Sql => Prisma.sql`
  ended_at is null and expires_at > ${at}::timestamptz and (key_id is null or exists (
    select from api_keys key where key.account = sessions.account and key.id = key_id and key.revoked_at is null
      and (key.expires_at is null or key.expires_at > ${at}::timestamptz)))`;

/** The sessions of an account that let somebody in, those seen last first. At most MOST. */
export const live = (tx: Tx, account: number, at: Date): Promise<SessionRow[]> =>
  tx.$queryRaw<SessionRow[]>`
    select id::text as id, created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt",
      browser, address
    from sessions where account = ${account}::int and ${isLive(at)}
    order by last_seen_at desc, id`;

/**
 * One session of an account; or all but one (null: but none); or those that a passkey began; or those that an identity
 * began before a time, of one of the provider's sessions if that is named.
 */
export type Which =
  | { readonly only: string }
  | { readonly allBut: string | null }
  | { readonly passkeyId: string }
  | { readonly identityId: string; readonly providerSession: string | null; readonly before: Date };

/**
 * Ends sessions of the account that let somebody in; returns how many. Those who subscribe to the account's revision
 * are checked again (feed.ts), in every process.
 */
export const end = async (tx: Tx, account: number, which: Which, at: Date): Promise<number> => {
  const ended = await tx.$executeRaw`
    update sessions set ended_at = ${at}::timestamptz, id_token = null
    where account = ${account}::int and ${chosen(which)} and ${isLive(at)}`;
  if (ended > 0) tellAfterCommit(tx, account);
  return ended;
};

const chosen = (which: Which): Prisma.Sql => {
  if ('only' in which) return Prisma.sql`id = ${which.only}::uuid`;
  if ('allBut' in which) return Prisma.sql`id is distinct from ${which.allBut}::uuid`;
  if ('passkeyId' in which) return Prisma.sql`passkey_id = ${which.passkeyId}::uuid`;
  const { identityId, providerSession, before } = which;
  return Prisma.sql`identity_id = ${identityId}::uuid and created_at <= ${before}::timestamptz
    and (${providerSession}::text is null or provider_session = ${providerSession})`;
};

/** What a session was made with, if it lets its browser in at this time; null where it does not. */
export const madeWith = async (
  tx: Tx,
  account: number,
  id: string,
  at: Date,
): Promise<Pick<NewSession, 'keyId'> | null> =>
  (
    await tx.$queryRaw<Pick<NewSession, 'keyId'>[]>`
      select key_id::text as "keyId" from sessions
      where account = ${account}::int and id = ${id}::uuid and ${isLive(at)}`
  )[0] ?? null;

/**
 * Notes that a session answered a challenge that was made at this time. False where it answered that one already, or a
 * newer one; one from behind `latest` counts for nothing, because a clock was set back since.
 */
export const answered = async (
  tx: Tx,
  account: number,
  id: string,
  { at, latest }: { readonly at: Date; readonly latest: Date },
): Promise<boolean> =>
  (await tx.$executeRaw`
    update sessions set challenge_at = ${at}::timestamptz
    where account = ${account}::int and id = ${id}::uuid and (challenge_at is null
      or challenge_at < ${at}::timestamptz or challenge_at > ${latest}::timestamptz)`) > 0;

/** The ID token of a session's provider; null where there is none. */
export const idTokenOf = async (tx: Tx, account: number, id: string): Promise<string | null> =>
  (
    await tx.$queryRaw<{ idToken: string | null }[]>`
      select id_token as "idToken" from sessions where account = ${account}::int and id = ${id}::uuid`
  )[0]?.idToken ?? null;

/** Deletes those that have let nobody in since `before`; returns how many. */
export const sweep = (tx: Tx, before: Date): Promise<number> =>
  tx.$executeRaw`delete from sessions where least(ended_at, expires_at) < ${before}::timestamptz`;
