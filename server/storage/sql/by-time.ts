/**
 * Probes of events_account_bucket_timestamp_idx that no statistics can spoil. With the account first in every index, a
 * planner that expects a row or two of a bucket takes any of them for equally good, and may read the whole account by
 * another: so it does in a database never analyzed, in one analyzed before the account grew, and for each account that
 * is larger than most on a server with many.
 *
 * So the bucket comes out of a relation, behind "offset 0", and never as a constant whose statistics could be looked
 * up; and rows are always asked for in the order of time, needed or not: only the right index saves the sort. (The
 * index on revisions, which is smaller, is partial, so that nothing else can use it. Comparisons of whole rows,
 * `(bucket, timestamp) <= …`, would be better for the planner, but such a scan stops only where the bucket ends.)
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';

/** A bucket whose number may be an SQL expression that finds it. */
export type AskedBucket = { readonly account: number; readonly number: number | Prisma.Sql };

/** The number of the bucket with this name in the flat list; null where there is none. */
export const numberNamed = (account: number, publicId: string): Prisma.Sql =>
  Prisma.sql`(select number from buckets where account = ${account}::int and public_id = ${publicId})`;

/** The relation `asked` (account, number) of one bucket. */
export const askedBucket = ({ account, number }: AskedBucket): Prisma.Sql =>
  Prisma.sql`(select ${account}::int as account, ${number}::int as number offset 0) asked`;

/** The same of several. */
export const askedBuckets = (account: number, numbers: readonly number[]): Prisma.Sql =>
  Prisma.sql`(select ${account}::int as account, unnest(${numbers}::int[]) as number offset 0) asked`;

/** What starts from one time to another, both included; SQL expressions, null: whenever. */
type Between = { readonly from?: Prisma.Sql | null; readonly to?: Prisma.Sql | null };

const inAsked = ({ from, to }: Between, filter: Prisma.Sql): Prisma.Sql => Prisma.sql`
  account = asked.account and bucket = asked.number
  ${from ? Prisma.sql`and timestamp >= ${from}` : Prisma.empty}
    ${to ? Prisma.sql`and timestamp <= ${to}` : Prisma.empty}
  ${filter}`;

/**
 * What follows `where` to read the first `limit` events of the bucket `asked`, newest first;
 * `filter` begins with "and".
 */
export const newest = (limit: number, between: Between = {}, filter = Prisma.empty): Prisma.Sql =>
  Prisma.sql`${inAsked(between, filter)} order by timestamp desc limit ${limit}::bigint`;

/** The same, oldest first. */
export const oldest = (limit: number, between: Between = {}, filter = Prisma.empty): Prisma.Sql =>
  Prisma.sql`${inAsked(between, filter)} order by timestamp limit ${limit}::bigint`;

/** The same for all of them. Without an order that nobody needs, another index could look as good. */
export const within = (between: Between = {}, filter = Prisma.empty): Prisma.Sql =>
  Prisma.sql`${inAsked(between, filter)} order by timestamp offset 0`;

/**
 * The most events of one instant that the first rows are sorted with: as many as a millisecond can hold since writes
 * are checked for it. Old databases may hold more.
 */
export const MOST_TIES = 20_000;

/**
 * `columns` (the timestamp among them) of the first `limit` events that `newest` or `oldest` finds, and of all others
 * that start when the last of them does, at most `MOST_TIES` more: whoever needs an order among those sorts few rows,
 * and no planner sorts the bucket, which takes ten times as long as reading a page of it.
 */
export const withTies = (
  order: 'newest' | 'oldest',
  columns: Prisma.Sql,
  limit: number,
  between: Between = {},
  filter = Prisma.empty,
): Prisma.Sql => Prisma.sql`
  select * from (
    select ${columns} from events
    where ${(order === 'newest' ? newest : oldest)(limit + MOST_TIES, between, filter)}
  ) bounded
  order by timestamp ${order === 'newest' ? Prisma.sql`desc` : Prisma.empty}
  fetch first (${limit}::bigint) rows with ties`;

/** The same where a bucket is sorted as a whole. */
export const sorted = (between: Between, filter: Prisma.Sql, order: Prisma.Sql, limit: number): Prisma.Sql =>
  Prisma.sql`${inAsked(between, filter)} order by ${order} limit ${limit}::bigint`;
