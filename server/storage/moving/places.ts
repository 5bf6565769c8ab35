/**
 * Where an account is served while it is moved, as its rows of `users` in both databases say (decisions/0013): each of
 * these is one statement, and each holds only while the account is where its caller thinks.
 */
import { randomUUID } from 'node:crypto';
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { Tx } from '../database.ts';
import { CLOSED } from '../sql/closed.ts';
import { tellAfterCommit } from '../telling.ts';
import { USER_COLUMNS } from './tables.ts';

/** A lease that does not end: the account was handed over. No date of PostgreSQL's own, which Date could not hold. */
const FOR_EVER = Prisma.sql`timestamptz '9999-12-31 00:00:00+00'`;

export type Place = {
  readonly account: number;
  readonly id: string;
  readonly email: string;
  /** The move that it is in, or was in last. */
  readonly moving: string | null;
  /** It takes no writes now, or ever again. */
  readonly isLeased: boolean;
  readonly isHandedOver: boolean;
  readonly movedTo: string | null;
  readonly isArriving: boolean;
};

const PLACE = Prisma.sql`account, id::text as id, email, moving::text as moving, moved_to as "movedTo",
  arriving as "isArriving", coalesce(moving_until > clock_timestamp(), false) as "isLeased",
  coalesce(moving_until = ${FOR_EVER}, false) as "isHandedOver"`;

export const byEmail = async (tx: Tx, email: string): Promise<Place | null> =>
  (await tx.$queryRaw<Place[]>`select ${PLACE} from users where email = ${email}`)[0] ?? null;

/** The account with this id, locked to the end of the transaction. */
export const byId = async (tx: Tx, id: string): Promise<Place | null> =>
  (await tx.$queryRaw<Place[]>`select ${PLACE} from users where id = ${id}::uuid for no key update`)[0] ?? null;

/** Whom providers of sign-ins know the account's person as. */
export const identitiesOf = (tx: Tx, account: number): Promise<{ issuer: string; subject: string }[]> =>
  tx.$queryRaw`select issuer, subject from identities where account = ${account}::int order by issuer, subject`;

/** Whether another account has this identity. */
export const isTaken = async (
  tx: Tx,
  id: string,
  { issuer, subject }: { issuer: string; subject: string },
): Promise<boolean> =>
  (
    await tx.$queryRaw<unknown[]>`
      select from identities join users on users.account = identities.account
      where issuer = ${issuer} and subject = ${subject} and users.id <> ${id}::uuid`
  ).length > 0;

/** Begins a move at the source, in place of one that ended before it handed over; null while another has the lease. */
export const claim = async (tx: Tx, account: number): Promise<string | null> => {
  const move = randomUUID();
  const claimed = await tx.$executeRaw`update users set moving = ${move}::uuid, moving_until = null
    where account = ${account}::int and not ${CLOSED}`;
  return claimed > 0 ? move : null;
};

/**
 * Takes or renews the lease for so many ms: from the commit on no process writes to the account. False where it had
 * ended, or the move is another's by now.
 */
export const lease = async (tx: Tx, account: number, move: string, ms: number): Promise<boolean> =>
  (await tx.$executeRaw`update users set moving_until = clock_timestamp() + ${ms}::int * interval '1 millisecond'
    where account = ${account}::int and moving = ${move}::uuid and moved_to is null
      and (moving_until is null or (moving_until > clock_timestamp() and moving_until < ${FOR_EVER}))`) > 0;

/**
 * Whether the lease is in force, and keeps it so to the end of the transaction: also those wait who add a row that
 * refers to the account, without its lock.
 */
export const holds = async (tx: Tx, account: number, move: string): Promise<boolean> =>
  (
    await tx.$queryRaw<unknown[]>`
      select from users where account = ${account}::int and moving = ${move}::uuid and moved_to is null
        and moving_until > clock_timestamp() and moving_until < ${FOR_EVER} for update`
  ).length > 0;

/** Hands the account over, in the transaction of `holds`: from the commit on it takes no writes here. */
export const handOver = async (tx: Tx, account: number): Promise<void> =>
  void (await tx.$executeRaw`update users set moving_until = ${FOR_EVER} where account = ${account}::int`);

/** Notes where an account that was handed over is served now: who asks for it here is sent there. */
export const sendOn = async (tx: Tx, account: number, move: string, url: string): Promise<void> => {
  await tx.$executeRaw`update users set moved_to = ${url}
    where account = ${account}::int and moving = ${move}::uuid and moving_until = ${FOR_EVER}`;
  tellAfterCommit(tx, account);
};

/** Ends a move that has not handed over: the source takes writes again, as it would once the lease ends. */
export const release = async (tx: Tx, account: number, move: string): Promise<void> =>
  void (await tx.$executeRaw`update users set moving = null, moving_until = null
    where account = ${account}::int and moving = ${move}::uuid and moved_to is null
      and (moving_until is null or moving_until < ${FOR_EVER})`);

/** Has the source of a move that was called off take writes again; the target can serve the account no more. */
export const reopen = async (tx: Tx, account: number): Promise<void> =>
  void (await tx.$executeRaw`update users set moving = null, moving_until = null
    where account = ${account}::int and moved_to is null`);

/** Whether a file is being imported into the account. */
export const isImporting = async (tx: Tx, account: number): Promise<boolean> =>
  (await tx.$queryRaw<unknown[]>`select from imports where account = ${account}::int limit 1`).length > 0;

/** An account's own row, each column of those that go along as text. */
export type UserRow = Readonly<Record<(typeof USER_COLUMNS)[number], string>>;

export const userRow = async (tx: Tx, account: number): Promise<UserRow> => {
  const texts = USER_COLUMNS.map((column) => Prisma.raw(`"${column}"::text as "${column}"`));
  const [row] = await tx.$queryRaw<UserRow[]>`
    select ${Prisma.join(texts)} from users where account = ${account}::int`;
  return row!;
};

const typed = (row: UserRow): Prisma.Sql => Prisma.sql`
  ${row.id}::uuid, ${row.email}::text, ${row.created_at}::text::timestamptz, ${row.updated_at}::text::timestamptz,
  ${row.revision}::text::bigint, ${row.last_bucket}::text::int, ${row.last_event}::text::bigint,
  ${row.last_value}::text::int`;

const COLUMNS = Prisma.raw(USER_COLUMNS.map((column) => `"${column}"`).join(', '));

/**
 * Begins a move at the target: makes the account there, of which nobody is served, or takes it over from an earlier
 * move that ended on the way. Null where another account has its id or its address.
 */
export const arrive = async (tx: Tx, move: string, row: UserRow): Promise<number | null> => {
  const [found] = await tx.$queryRaw<{ account: number; same: boolean; arriving: boolean }[]>`
    select account, id = ${row.id}::uuid as same, arriving from users
    where id = ${row.id}::uuid or email = ${row.email} order by same, arriving for no key update`;
  if (found) {
    if (!found.same || !found.arriving) return null;
    await tx.$executeRaw`update users set moving = ${move}::uuid where account = ${found.account}::int`;
    return found.account;
  }
  const [made] = await tx.$queryRaw<{ account: number }[]>`
    insert into users (${COLUMNS}, moving, arriving) values (${typed(row)}, ${move}::uuid, true) returning account`;
  return made!.account;
};

/** Whether the account is still arriving by this move; nobody else takes it over before the transaction ends. */
export const isArriving = async (tx: Tx, account: number, move: string): Promise<boolean> =>
  (
    await tx.$queryRaw<unknown[]>`
      select from users where account = ${account}::int and moving = ${move}::uuid and arriving for no key update`
  ).length > 0;

/** Gives the account that arrives the row that it has at the source. */
export const setUser = async (tx: Tx, account: number, row: UserRow): Promise<void> =>
  void (await tx.$executeRaw`update users set (${COLUMNS}) = row(${typed(row)}) where account = ${account}::int`);

/** Serves the account where it arrived. False where it does not arrive by this move. */
export const serve = async (tx: Tx, id: string, move: string): Promise<boolean> =>
  (await tx.$executeRaw`update users set arriving = false
    where id = ${id}::uuid and moving = ${move}::uuid and arriving`) > 0;

/** Takes an account that arrives from the move that it arrives by: nobody can serve it any more. */
export const takeOver = async (tx: Tx, account: number): Promise<string> => {
  const move = randomUUID();
  await tx.$executeRaw`update users set moving = ${move}::uuid where account = ${account}::int and arriving`;
  return move;
};

/** Deletes the account that arrives, once nothing else of it is left that does not go by itself. */
export const removeArriving = async (tx: Tx, account: number): Promise<void> =>
  void (await tx.$executeRaw`delete from users where account = ${account}::int and arriving`);
