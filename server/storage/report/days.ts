/** What the view `daily` is made of (views.ts): days of an account's calendar, their sums, and categories of values. */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { Tx } from '../database.ts';
import { toText } from '../jsonb.ts';
import { ints } from '../sql/columns.ts';

/** An account that a role may read, by its number and its public id. */
export type ReadAccount = { readonly account: number; readonly userId: string };

/** Whether a role may read the account of a row of `users`. */
const IS_READ = Prisma.sql`(
  users.account in (select account from sql_roles) or exists (select from sql_roles where account is null)
)`;

/** A page of the accounts that roles may read, by number. */
export const readAccounts = (tx: Tx, after: number, limit: number): Promise<ReadAccount[]> =>
  tx.$queryRaw(Prisma.sql`
    select account, id::text as "userId" from users where account > ${after}::int and ${IS_READ}
    order by account limit ${limit}::int`);

/** Days that may be other ones now: whatever they are made of changed as a whole. */
export const unmakeDays = async (tx: Tx, account: number): Promise<void> =>
  void (await tx.$executeRaw`update report_days set made = false where account = ${account}::int and made`);

/** The same for those that concern some UTC days: whatever the zone, a day lies within two days of its number. */
export const unmakeDaysOf = async (tx: Tx, account: number, utcDays: readonly number[]): Promise<void> =>
  void (await tx.$executeRaw`
    update report_days set made = false
    where account = ${account}::int and made
      and day between ${Math.min(...utcDays) - 2}::int and ${Math.max(...utcDays) + 2}::int
      and exists (select from unnest(${ints(utcDays)}) utc where utc between first_day and last_day)`);

/** The days of a range that have to be made, the latest first. */
export const daysToMake = async (tx: Tx, account: number, first: number, last: number): Promise<number[]> =>
  (
    await tx.$queryRaw<{ day: number }[]>`
      select asked.day from generate_series(${first}::int, ${last}::int) asked (day)
      left join lateral (
        select made from report_days where account = ${account}::int and day = asked.day offset 0
      ) known on true
      where known.made is not true order by asked.day desc`
  ).map(({ day }) => day);

/** A text that tells whether these settings are what they were. */
export const versionOf = async (tx: Tx, account: number, keys: readonly string[]): Promise<string> => {
  const [row] = await tx.$queryRaw<{ version: string }[]>`
    select coalesce(md5(string_agg(key || ' ' || value::text, ' ' order by key)), '') as version
    from settings where account = ${account}::int and key = any(${keys}::text[])`;
  return row!.version;
};

export type MadeDay = {
  readonly day: number;
  /** The UTC days that it is made of. */
  readonly firstDay: number;
  readonly lastDay: number;
  /** Whether nothing was missing. */
  readonly made: boolean;
  readonly totals: readonly { readonly device: string; readonly value: number; readonly ms: number }[];
  readonly categories: readonly { readonly value: number; readonly category: string }[];
};

/** Stores a day in the place of what was there. The caller holds the account's lock. */
export const storeDay = async (tx: Tx, account: number, day: MadeDay): Promise<void> => {
  const { totals, categories } = day;
  await tx.$executeRaw`
    insert into report_days (account, day, first_day, last_day, made)
      values (${account}::int, ${day.day}::int, ${day.firstDay}::int, ${day.lastDay}::int, ${day.made}::boolean)
    on conflict (account, day) do update
      set first_day = excluded.first_day, last_day = excluded.last_day, made = excluded.made`;
  await tx.$executeRaw`delete from report_totals where account = ${account}::int and day = ${day.day}::int`;
  if (totals.length > 0)
    await tx.$executeRaw`
      insert into report_totals (account, day, device, value, ms)
      select ${account}::int, ${day.day}::int, device, value, ms
      from unnest(${totals.map(({ device }) => device)}::uuid[], ${ints(totals.map(({ value }) => value))},
        ${totals.map(({ ms }) => ms)}::bigint[]) as total (device, value, ms)`;
  if (categories.length > 0)
    await tx.$executeRaw`
      insert into value_categories (account, value, category)
      select ${account}::int, value, category from unnest(${ints(categories.map(({ value }) => value))},
        ${categories.map(({ category }) => toText(category))}::text[]) as decided (value, category)
      on conflict (account, value) do update set category = excluded.category
        where value_categories.category <> excluded.category`;
};

/** Accounts with days here that no role may read any more. */
export const unreadAccounts = async (tx: Tx, limit: number): Promise<number[]> =>
  (
    await tx.$queryRaw<{ account: number }[]>(Prisma.sql`
      select account from users where not ${IS_READ}
        and exists (select from report_days where account = users.account) limit ${limit}::int`)
  ).map(({ account }) => account);

/** Forgets some days outside of a range; returns how many. The caller holds the account's lock. */
export const forgetOutside = async (
  tx: Tx,
  account: number,
  first: number,
  last: number,
  limit: number,
): Promise<number> => {
  const days = Prisma.sql`any(array(
    select day from report_days where account = ${account}::int and (day < ${first}::int or day > ${last}::int)
    order by day limit ${limit}::int))`;
  await tx.$executeRaw(Prisma.sql`delete from report_totals where account = ${account}::int and day = ${days}`);
  return tx.$executeRaw(Prisma.sql`delete from report_days where account = ${account}::int and day = ${days}`);
};

export const forgetCategories = async (tx: Tx, account: number): Promise<void> =>
  void (await tx.$executeRaw`delete from value_categories where account = ${account}::int`);
