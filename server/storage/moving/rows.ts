/**
 * Rows of one account in one table, from one database into another, as PostgreSQL prints them: nothing here knows what
 * a column means. Read by ranges of the primary key, behind `after` (null: from the first) up to `to` (null: the last).
 */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { Tx } from '../database.ts';
import type { MovedTable } from './tables.ts';

const raw = Prisma.raw;
const name = (column: string): Prisma.Sql => raw(`"${column}"`);
const list = (columns: readonly string[]): Prisma.Sql => raw(columns.map((column) => `"${column}"`).join(', '));

/** Rows in a range, and bytes in it, and its last row more: some 10 ms of a database. */
const MOST = { rows: 5_000, bytes: 1_000_000 };

/** A table and the columns that are copied, with their types: the same on both sides. */
export type Copied = MovedTable & { readonly columns: ReadonlyMap<string, string> };

/** The columns of a table as the database has them. */
export const copied = async (tx: Tx, table: MovedTable): Promise<Copied> => {
  const rows = await tx.$queryRaw<{ column: string; type: string }[]>`
    select attname::text as column, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = ${`"${table.name}"`}::regclass and attnum > 0 and not attisdropped and attgenerated = ''
      and attname <> 'account' order by attname`;
  return { ...table, columns: new Map(rows.map(({ column, type }) => [column, type])) };
};

/** Where a range ends: the values of the key, as text. */
export type Key = readonly string[];
export type Range = { readonly after: Key | null; readonly to: Key | null };

const bound = ({ key, columns }: Copied, than: '>' | '<=', values: Key | null): Prisma.Sql => {
  if (values === null) return Prisma.sql`true`;
  const typed = key.map((column, i) => Prisma.sql`${values[i]!}::text::${raw(columns.get(column)!)}`);
  return Prisma.sql`(${list(key)}) ${raw(than)} (${Prisma.join(typed)})`;
};

const within = (table: Copied, account: number, { after, to }: Range): Prisma.Sql =>
  Prisma.sql`from ${name(table.name)}
    where account = ${account}::int and ${bound(table, '>', after)} and ${bound(table, '<=', to)}`;

/** Where the range behind `after` ends that is read at once, and how many rows it has; null behind the last row. */
export const nextEnd = async (
  tx: Tx,
  table: Copied,
  account: number,
  after: Key | null,
): Promise<{ to: Key; rows: number } | null> => {
  const order = list(table.key);
  const texts = table.key.map((column, i) => Prisma.sql`${name(column)}::text as ${name(`k${i}`)}`);
  const [end] = await tx.$queryRaw<({ rows: number } & Record<`k${number}`, string>)[]>(Prisma.sql`
    with found as materialized (
      select ${order}, 100 + ${raw(table.size)} as bytes ${within(table, account, { after, to: null })}
      order by ${order} limit ${MOST.rows}::int
    ),
    sized as (
      select *, sum(bytes) over before_it - bytes as before, count(*) over before_it as rows from found
      window before_it as (order by ${order} rows unbounded preceding)
    )
    select ${Prisma.join(texts)}, rows::int as rows from sized where before < ${MOST.bytes}::int
    order by rows desc limit 1`);
  return end ? { to: table.key.map((_, i) => end[`k${i}`]!), rows: end.rows } : null;
};

/** How many rows, and the sum of 64 bits of each one's SHA-256: equal only where all rows are. */
export type RowsDigest = { readonly rows: number; readonly sum: string };

/** A row as the text that is compared. A key that is drawn anew is not. */
const compared = ({ columns, uncompared, drawn }: Copied): Prisma.Sql =>
  Prisma.sql`row(${list([...columns.keys()].filter((column) => column !== drawn && !uncompared.includes(column)))})`;

const sums = (table: Copied): Prisma.Sql => Prisma.sql`
  count(*)::int as rows,
  coalesce(sum(('x' || encode(substring(sha256(convert_to(${compared(table)}::text, 'UTF8')) from 1 for 8), 'hex'))
    ::bit(64)::bigint), 0)::text as sum`;

export const digestOf = async (tx: Tx, table: Copied, account: number, range: Range): Promise<RowsDigest> => {
  const [digest] = await tx.$queryRaw<RowsDigest[]>(Prisma.sql`select ${sums(table)} ${within(table, account, range)}`);
  return digest!;
};

const EVERYTHING: Range = { after: null, to: null };

/** The same of the whole table, for each bucket where its rows have one (else 0). Reads it once, however long. */
export const digestsOf = async (
  tx: Tx,
  table: Copied,
  account: number,
): Promise<({ readonly bucket: number } & RowsDigest)[]> => {
  const bucket = table.columns.has('bucket') ? name('bucket') : Prisma.sql`0`;
  return tx.$queryRaw(Prisma.sql`select ${bucket} as bucket, ${sums(table)} ${within(table, account, EVERYTHING)}
    group by 1 order by 1`);
};

/** The rows of a range: how many, and each column as the text of an array, by its name. */
export type Rows = { readonly rows: number; readonly columns: ReadonlyMap<string, string> };

export const read = async (tx: Tx, table: Copied, account: number, range: Range): Promise<Rows> => {
  const own = [...table.columns.keys()].filter((column) => column !== table.drawn);
  const order = list(table.key);
  const arrays = own.map(
    (column, i) => Prisma.sql`array_agg(${name(column)}::text order by ${order})::text as ${name(`c${i}`)}`,
  );
  const [found] = await tx.$queryRaw<({ rows: number } & Record<`c${number}`, string | null>)[]>(
    Prisma.sql`select count(*)::int as rows, ${Prisma.join(arrays)} ${within(table, account, range)}`,
  );
  return { rows: found!.rows, columns: new Map(own.map((column, i) => [column, found![`c${i}`] ?? '{}'])) };
};

/** Writes them into an account. `tolerant`: leaves out what its table has no room for beside others. */
export const write = async (
  tx: Tx,
  { name: into, columns }: Copied,
  account: number,
  rows: Rows,
  tolerant: boolean,
): Promise<void> => {
  if (rows.rows === 0) return;
  const own = [...rows.columns];
  const typed = own.map(([column], i) => raw(`c${i}::${columns.get(column)!}`));
  await tx.$executeRaw(Prisma.sql`
    insert into ${name(into)} (account, ${list(own.map(([column]) => column))})
    select ${account}::int, ${Prisma.join(typed)}
    from unnest(${Prisma.join(own.map(([, texts]) => Prisma.sql`${texts}::text[]`))})
      as row (${raw(own.map((_, i) => `c${i}`).join(', '))})
    ${tolerant ? Prisma.sql`on conflict do nothing` : Prisma.empty}`);
};

export const remove = (tx: Tx, table: Copied, account: number, range: Range): Promise<number> =>
  tx.$executeRaw(Prisma.sql`delete ${within(table, account, range)}`);
