/** Reads rows of one kind, a page at a time, as a snapshot has them. */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { Tx } from '../database.ts';
import { fromJsonb, fromText } from '../jsonb.ts';
import { micros, timestamptz } from '../sql/time.ts';
import type { Codec, Column, Kind, Page } from './kinds.ts';

/** Rows in a page: some 60 ms on the embedded engine, while everybody waits. */
const PAGE_ROWS = 2_500;
/** Bytes of data in a page, and its last row more. */
const PAGE_BYTES = 1_000_000;

/** Where a page ends: of which group it is, and the values of its last row's `order`; null before the first page. */
export type Place = { readonly group: readonly string[]; readonly after: readonly string[] | null };

/** The rows of a kind's table that the snapshot has: a SELECT of `columns` with a condition, an order and a limit. */
export type Rows = (kind: Kind, columns: Prisma.Sql, condition: Prisma.Sql, order: Prisma.Sql) => Prisma.Sql;

const raw = Prisma.raw;
export const list = (names: readonly string[]): Prisma.Sql => raw(names.map((name) => `"${name}"`).join(', '));

/** A column's value as the text of kinds.ts. */
const asText = ({ column, codec }: Column): Prisma.Sql => {
  const sql = raw(`"${column}"`);
  if (codec === 'time') return Prisma.sql`${micros(sql)}::text`;
  if (codec === 'bytes') return Prisma.sql`encode(${sql}, 'hex')`;
  return Prisma.sql`${sql}::text`;
};

const columnOf = (kind: Kind, column: string): number => kind.columns.findIndex((each) => each.column === column);

/** A value as its column is compared. */
const typed = (kind: Kind, column: string, value: string): Prisma.Sql => {
  const { codec } = kind.columns[columnOf(kind, column)]!;
  if (codec === 'uuid') return Prisma.sql`${value}::uuid`;
  if (codec === 'time') return timestamptz(Prisma.sql`${BigInt(value)}::bigint`);
  return codec === 'int' ? Prisma.sql`${Number(value)}::int` : Prisma.sql`${BigInt(value)}::bigint`;
};

/** The condition of coming after these values of some columns: as the planner knows how to bound an index. */
const behind = (kind: Kind, names: readonly string[], after: readonly string[] | null): Prisma.Sql => {
  const [first, second] = names;
  if (after === null || first === undefined) return Prisma.sql`true`;
  const [column, value] = [raw(`"${first}"`), typed(kind, first, after[0]!)];
  if (second === undefined) return Prisma.sql`${column} > ${value}`;
  return Prisma.sql`${column} >= ${value}
    and (${column} > ${value} or ${raw(`"${second}"`)} > ${typed(kind, second, after[1]!)})`;
};

const within = (kind: Kind, group: readonly string[]): Prisma.Sql =>
  kind.group.length === 0
    ? Prisma.sql`true`
    : Prisma.join(
        kind.group.map((column, i) => Prisma.sql`${raw(`"${column}"`)} = ${typed(kind, column, group[i]!)}`),
        ' and ',
      );

/**
 * A page as one row: how many rows it has, how many were looked at, and each column as a JSON array of texts. What lies
 * behind the cut is not printed, only measured. Leans on the primary keys, and for events on
 * events_bucket_uuid_timestamp_idx: 2,500 rows in 60 ms on PGlite, wherever they lie in the table.
 */
const pageOf = (kind: Kind, rows: Rows, { group, after }: Place, limit: number): Prisma.Sql => {
  const order = list(kind.order);
  const condition = Prisma.sql`${within(kind, group)} and ${behind(kind, kind.order, after)}`;
  const names = kind.columns.map(({ column }) => column);
  const columns = list(kind.size === 'data_bytes' ? [...names, 'data_bytes'] : names);
  const size = raw(kind.size);
  return Prisma.sql`
    with candidates as materialized (
      ${rows(kind, columns, condition, Prisma.sql`order by ${order} limit ${limit}::bigint`)}
    ),
    sized as (
      select *, sum(${size}) over (order by ${order} rows unbounded preceding) - ${size} as before_it from candidates
    ),
    page as (select * from sized where before_it < ${PAGE_BYTES}::bigint)
    select (select count(*)::int from candidates) as found, count(*)::int as rows,
      ${Prisma.join(kind.columns.map((_, i) => raw(`json_agg(c${i})::text as c${i}`)))}
    from (
      select ${Prisma.join(kind.columns.map((column, i) => Prisma.sql`${asText(column)} as ${raw(`c${i}`)}`))}
      from page order by ${order}
    ) printed`;
};

/** Each text once through `map`: a page of events repeats its data. */
const eachOnce = (values: readonly (string | null)[], map: (text: string) => string): (string | null)[] => {
  const known = new Map<string, string>();
  return values.map((value) => {
    if (value === null) return null;
    let mapped = known.get(value);
    if (mapped === undefined) known.set(value, (mapped = map(value)));
    return mapped;
  });
};

const valuesOf = (codec: Codec, values: (string | null)[]): (string | null)[] => {
  if (codec === 'object' || codec === 'json') return eachOnce(values, (text) => JSON.stringify(fromJsonb(text)));
  return codec === 'anyText' ? eachOnce(values, fromText) : values;
};

/** The group after one (null: the first) that has rows; null behind the last. */
export const nextGroup = async (
  tx: Tx,
  kind: Kind,
  rows: Rows,
  after: readonly string[] | null,
): Promise<readonly string[] | null> => {
  if (kind.group.length === 0) return after === null ? [] : null;
  const order = list(kind.group);
  const condition = behind(kind, kind.group, after);
  const first = rows(kind, order, condition, Prisma.sql`order by ${order} limit 1`);
  const texts = kind.group.map((column, i) => raw(`"${column}"::text as g${i}`));
  const [row] = await tx.$queryRaw<Record<`g${number}`, string>[]>(
    Prisma.sql`select ${Prisma.join(texts)} from (${first}) first`,
  );
  return row ? kind.group.map((_, i) => row[`g${i}`]!) : null;
};

/** The page behind a place, and whether its group may have more. */
export const readPage = async (
  tx: Tx,
  kind: Kind,
  rows: Rows,
  place: Place,
  limit = PAGE_ROWS,
): Promise<{ readonly page: Page; readonly end: Place; readonly more: boolean } | null> => {
  const [row] = await tx.$queryRaw<({ found: number; rows: number } & Record<`c${number}`, string | null>)[]>(
    pageOf(kind, rows, place, limit),
  );
  if (!row || row.rows === 0) return null;
  const texts = kind.columns.map((_, i) => JSON.parse(row[`c${i}`]!) as (string | null)[]);
  return {
    page: { kind, rows: row.rows, columns: kind.columns.map(({ codec }, i) => valuesOf(codec, texts[i]!)) },
    end: { group: place.group, after: kind.order.map((column) => texts[columnOf(kind, column)]!.at(-1)!) },
    more: row.rows < row.found || row.found === limit,
  };
};
