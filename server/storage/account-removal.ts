import { Prisma } from '../../prisma/generated/client/client.ts';
import type { BucketKey } from './bucket-key.ts';
import type { Tx } from './database.ts';
import { tellAfterCommit } from './telling.ts';

/** What an account has, except events, which are counted one bucket at a time. */
export type Belongings = {
  readonly devices: number;
  readonly keys: number;
  readonly settings: number;
  readonly buckets: readonly BucketKey[];
  readonly imports: readonly { readonly account: number; readonly id: bigint }[];
};

/** `keys` are those that are not revoked. */
export const belongingsOf = async (tx: Tx, account: number): Promise<Belongings> => {
  type Counts = { readonly devices: number; readonly keys: number; readonly settings: number };
  const [counts] = await tx.$queryRaw<Counts[]>`
    select (select count(*)::int from devices where account = ${account}::int) as devices,
      (select count(*)::int from api_keys where account = ${account}::int and revoked_at is null) as keys,
      (select count(*)::int from settings where account = ${account}::int) as settings`;
  return {
    ...counts!,
    buckets: await tx.$queryRaw`select account, number from buckets where account = ${account}::int order by number`,
    imports: await tx.$queryRaw`select account, id from imports where account = ${account}::int order by id`,
  };
};

/**
 * Revokes all keys of an account, ends its sessions and links, forgets its identities and passkeys, and makes every
 * process check its subscriptions again (feed.ts).
 */
export const revokeAll = async (tx: Tx, account: number, at: Date): Promise<void> => {
  await tx.$executeRaw`update api_keys set revoked_at = ${at}::timestamptz
    where account = ${account}::int and revoked_at is null`;
  await tx.$executeRaw`delete from identities where account = ${account}::int`;
  await tx.$executeRaw`delete from passkeys where account = ${account}::int`;
  await tx.$executeRaw`update sessions set ended_at = ${at}::timestamptz
    where account = ${account}::int and ended_at is null`;
  await tx.$executeRaw`delete from claims where account = ${account}::int`;
  tellAfterCommit(tx, account);
};

/** Up to `limit` rows of a table, by the account and what else: no index has to have them all. */
const some = (table: string, account: number, which: Prisma.Sql, limit: number): Prisma.Sql => {
  const name = Prisma.raw(table);
  return Prisma.sql`delete from ${name} where account = ${account}::int and ctid = any(array(
    select ctid from ${name} where account = ${account}::int and ${which} limit ${limit}::int))`;
};

/**
 * Deletes up to `limit` rows of a bucket: events, tombstones, then trash. Returns how many rows, and how many of them
 * were events; 0 rows: nothing is left. Uses the indexes that begin with account and bucket. The caller holds the
 * account's lock.
 */
export const dropSome = async (
  tx: Tx,
  { account, number }: BucketKey,
  limit: number,
): Promise<{ rows: number; events: number }> => {
  const ours = Prisma.sql`bucket = ${number}::int`;
  const [dropped] = await tx.$queryRaw<{ events: number }[]>`
    with gone as (${some('events', account, ours, limit)} returning source_id),
    counted as (select count(*) as events, count(source_id)::int as sourced from gone)
    update buckets set event_rows = event_rows - counted.events, source_rows = source_rows - counted.sourced
    from counted where account = ${account}::int and number = ${number}::int
    returning counted.events::int as events`;
  if (dropped && dropped.events > 0) return { rows: dropped.events, events: dropped.events };
  for (const table of ['deleted_events', 'trashed_events']) {
    const rows = await tx.$executeRaw(some(table, account, ours, limit));
    if (rows > 0) return { rows, events: 0 };
  }
  return { rows: 0, events: 0 };
};

/** Deletes up to `limit` of an account's values, once its events are gone; returns how many. */
export const dropValues = (tx: Tx, account: number, limit: number): Promise<number> =>
  tx.$executeRaw(some('event_values', account, Prisma.sql`true`, limit));

/** Deletes an account with everything that is left of it. Events and values refer to it without a foreign key. */
export const remove = async (tx: Tx, account: number): Promise<void> => {
  await tx.$executeRaw`delete from events where account = ${account}::int`;
  await tx.$executeRaw`delete from event_values where account = ${account}::int`;
  await tx.$executeRaw`delete from users where account = ${account}::int`;
};
