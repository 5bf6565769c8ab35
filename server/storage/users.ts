import { KtError } from '../../domain/errors.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';
import type { Tx } from './database.ts';
import type { Standing } from './elsewhere.ts';
import type { Statements } from './port.ts';

/** A user's row as commands and APIs show it. */
export type UserRow = {
  /** What the APIs show. */
  readonly id: string;
  readonly account: number;
  readonly email: string;
  readonly createdAt: Date;
};

const shown = Prisma.sql`id::text as id, account, email, created_at as "createdAt"`;

export const findByEmail = async (tx: Tx, email: string): Promise<UserRow | null> =>
  (await tx.$queryRaw<UserRow[]>`select ${shown} from users where email = ${email}`)[0] ?? null;

/** The user with this id; null for none. */
export const findById = async (tx: Tx, id: string): Promise<UserRow | null> =>
  (await tx.$queryRaw<UserRow[]>`select ${shown} from users where id = ${id}::uuid`)[0] ?? null;

/** The address of an account. Fails with `not_found` where it was deleted meanwhile. */
export const emailOf = async (tx: Tx, account: number): Promise<string> => {
  const [row] = await tx.$queryRaw<{ email: string }[]>`select email from users where account = ${account}::int`;
  if (!row) throw new KtError('not_found', 'the account is gone');
  return row.email;
};

/** Locks out other creators of users and keys to the commit: two that both find no user would each create one. */
export const lockAll = async (tx: Tx): Promise<void> =>
  void (await tx.$executeRaw`select pg_advisory_xact_lock(hashtext('kt-server users'))`);

/** Whether there is an account. */
export const any = async (tx: Tx): Promise<boolean> =>
  (await tx.$queryRaw<unknown[]>`select from users limit 1`).length > 0;

const FIRST = `select id::text as id, account, moved_to as "movedTo", arriving as "isArriving"
  from users where not arriving order by created_at limit 1`;
type First = Pick<UserRow, 'id' | 'account'> & Standing;
/** The oldest account, which KT_SERVER_AUTH=none uses; null if there is none. */
export const first = async (on: Statements): Promise<First | null> =>
  (await on.statement<First>('first-user', FIRST))[0] ?? null;

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
  const [made] = await tx.$queryRaw<UserRow[]>`insert into users (email) values (${email}) returning ${shown}`;
  await tx.$executeRaw`insert into devices (account, device_id, hostname, own)
    values (${made!.account}::int, ${own.deviceId}, ${own.hostname}, true)`;
  return { ...made!, created: true };
};
