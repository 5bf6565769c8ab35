/** The people of a server, as who administers it sees them: numbers, and nothing of what they recorded. */
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import type { UserRow } from './users.ts';

export type PersonRow = UserRow & {
  /** Since when the person administers the server; null: they do not. */
  readonly adminSince: Date | null;
  /** When the person was invited last; null for who came, or was never invited. */
  readonly invitedAt: Date | null;
  /** Until when the invitation is good; null where there is none that is. */
  readonly invitedUntil: Date | null;
  /** The address of the other server that the account was moved to; null: it is here. */
  readonly movedTo: string | null;
  /** When a browser, a key or a device of the account was seen last, to the minute; null: never. */
  readonly lastSeenAt: Date | null;
  readonly devices: number;
  readonly buckets: number;
  /** Keys that are not revoked. */
  readonly keys: number;
  readonly events: number;
};

/** Each of these is found by an index that begins with the account, and none reads an event. */
const shown = (at: Date): Prisma.Sql => Prisma.sql`
  id::text as id, account, email, created_at as "createdAt", admin_since as "adminSince", invited_at as "invitedAt",
  moved_to as "movedTo",
  case when invited_at is null then null else (select max(expires_at) from claims
    where account = users.account and invites and used_at is null and expires_at > ${at}::timestamptz)
    end as "invitedUntil",
  greatest((select max(last_seen_at) from sessions where account = users.account),
    (select max(last_used_at) from api_keys where account = users.account),
    (select max(last_sync_at) from devices where account = users.account)) as "lastSeenAt",
  (select count(*)::int from devices where account = users.account and (not own or exists (
    select from buckets where account = devices.account and device_uuid = devices.id))) as devices,
  (select count(*)::int from buckets where account = users.account) as buckets,
  (select count(*)::int from api_keys where account = users.account and revoked_at is null) as keys,
  (select coalesce(sum(event_rows), 0)::float8 from buckets where account = users.account) as events`;

/** A page of the server's people, oldest account first: what comes behind the one of this number. */
export const list = (tx: Tx, at: Date, limit: number, after: number): Promise<PersonRow[]> =>
  tx.$queryRaw<PersonRow[]>`
    select ${shown(at)} from users where account > ${after}::int order by account limit ${limit}::int`;

/** The person of an account; null where it is gone. */
export const find = async (tx: Tx, at: Date, account: number): Promise<PersonRow | null> =>
  (await tx.$queryRaw<PersonRow[]>`select ${shown(at)} from users where account = ${account}::int`)[0] ?? null;

/** Notes that an account's person is invited. */
export const invite = async (tx: Tx, account: number, at: Date): Promise<void> => {
  await tx.$executeRaw`update users set invited_at = ${at}::timestamptz where account = ${account}::int`;
};

/**
 * Notes that an account has somebody who comes in: from here on it is nobody's to be invited to, or withdrawn. True
 * where they were invited and had not come before.
 */
export const came = async (tx: Tx, account: number): Promise<boolean> =>
  (await tx.$executeRaw`
    update users set invited_at = null where account = ${account}::int and invited_at is not null`) > 0;

/** Gives an account the mark of who administers the server, or takes it; false where that changed nothing. */
export const mark = async (tx: Tx, account: number, since: Date | null): Promise<boolean> =>
  (await tx.$executeRaw`
    update users set admin_since = ${since}::timestamptz
    where account = ${account}::int and (admin_since is null) <> (${since}::timestamptz is null)`) > 0;

/** The address of an account that has the mark; null for one without, or that is gone. */
export const adminOf = async (tx: Tx, account: number): Promise<string | null> =>
  (
    await tx.$queryRaw<{ email: string }[]>`
      select email from users where account = ${account}::int and admin_since is not null`
  )[0]?.email ?? null;

/** Whether another account has the mark, whose person came. */
export const isAnotherAdmin = async (tx: Tx, account: number): Promise<boolean> =>
  (
    await tx.$queryRaw<unknown[]>`select from users
      where admin_since is not null and invited_at is null and account <> ${account}::int limit 1`
  ).length > 0;
