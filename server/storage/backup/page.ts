/** Reads rows of one kind, a page at a time, as a snapshot has them. */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { Tx } from '../database.ts';
import { fromJsonb, fromText } from '../jsonb.ts';
import { micros, timestamptz } from '../sql/time.ts';
import { VALUES, type Codec, type Column, type Kind, type Page } from './kinds.ts';
import { learn, named, type Names } from './references.ts';

/** Rows in a page: some 60 ms on the embedded engine, while everybody waits. */
const PAGE_ROWS = 2_500;
/** Bytes of data in a page, and its last row more. */
const PAGE_BYTES = 1_000_000;

/** Where a page ends: of which group it is, and the values of its last row's `order`; null before the first page. */
export type Place = { readonly group: readonly string[]; readonly after: readonly string[] | null };

/** What a snapshot has. */
export type Rows = {
  /** The rows of a kind's table: a SELECT of `columns` with a condition, an order and a limit. */
  of(kind: Kind, columns: Prisma.Sql, condition: Prisma.Sql, order: Prisma.Sql): Prisma.Sql;
  /** `column` of the value that `row` has, a row of this table with `account` and `value`. */
  value(row: Prisma.Sql, column: Prisma.Sql): Prisma.Sql;
};

/** The tables as a transaction sees them. */
export const plain: Rows = {
  of: ({ table }, columns, condition, order) =>
    Prisma.sql`select ${columns} from ${Prisma.raw(`"${table}"`)} where ${condition} ${order}`,
  value: (row, column) => Prisma.sql`(select ${column} from ${Prisma.raw(VALUES)} held
    where held.account = ${row}.account and held.value = ${row}.value)`,
};

const raw = Prisma.raw;
export const list = (names: readonly string[]): Prisma.Sql => raw(names.map((name) => `"${name}"`).join(', '));

/** A column's value as the text of kinds.ts. */
const asText = ({ column, codec }: Column): Prisma.Sql => {
  const sql = raw(`"${column}"`);
  if (codec === 'time') return Prisma.sql`${micros(sql)}::text`;
  if (codec === 'bytes') return Prisma.sql`encode(${sql}, 'hex')`;
  return Prisma.sql`${sql}::text`;
};

/** The columns that a page is read from: those of its kind, and the numbers. */
const readOf = (kind: Kind): Column[] => [
  ...kind.columns,
  ...kind.numbers.map(
    (column) => ({ name: '', column, via: null, codec: 'int', nullable: true, since: 1, until: null }) as const,
  ),
];

/** A value as its column is compared. */
const typed = (kind: Kind, column: string, value: string): Prisma.Sql => {
  const { codec } = readOf(kind).find((each) => each.column === column)!;
  if (codec === 'uuid') return Prisma.sql`${value}::uuid`;
  if (codec === 'anyText') return Prisma.sql`${value}::text`;
  if (codec === 'time') return timestamptz(Prisma.sql`${BigInt(value)}::bigint`);
  return codec === 'int' ? Prisma.sql`${Number(value)}::int` : Prisma.sql`${BigInt(value)}::bigint`;
};

/** The condition of coming after these values of some columns. An index of the first of them alone is used too. */
const behind = (kind: Kind, names: readonly string[], after: readonly string[] | null): Prisma.Sql => {
  if (after === null || names.length === 0) return Prisma.sql`true`;
  const values = names.map((column, i) => typed(kind, column, after[i]!));
  return Prisma.sql`(${list(names)}) > (${Prisma.join(values)})`;
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
 * events_account_bucket_timestamp_idx: 2,500 rows in 60 ms on PGlite, wherever they lie in the table.
 */
const pageOf = (kind: Kind, rows: Rows, { group, after }: Place, limit: number): Prisma.Sql => {
  const order = list(kind.order);
  const condition = Prisma.sql`${within(kind, group)} and ${behind(kind, kind.order, after)}`;
  const read = readOf(kind);
  const valued = kind.size === 'value';
  const names = [...new Set([...read.flatMap(({ column }) => (column === '' ? [] : [column])), ...kind.group])];
  const row = raw('row');
  const size = valued ? rows.value(row, raw('data_bytes')) : raw(kind.size);
  const texts = read.flatMap((column, i) => {
    if (column.via === null) return [Prisma.sql`${asText(column)} as ${raw(`c${i}`)}`];
    return column.via === 'value' ? [Prisma.sql`${rows.value(row, raw('data'))}::text as ${raw(`c${i}`)}`] : [];
  });
  const printed = read.flatMap(({ via }, i) =>
    via === null || via === 'value' ? [raw(`json_agg(c${i})::text as c${i}`)] : [],
  );
  return Prisma.sql`
    with candidates as materialized (
      ${rows.of(
        kind,
        list(valued ? [...names, 'value'] : kind.size === 'data_bytes' ? [...names, kind.size] : names),
        condition,
        Prisma.sql`order by ${order} limit ${limit}::bigint`,
      )}
    ),
    measured as materialized (select *, ${size} as bytes from candidates row),
    sized as (
      select *, sum(bytes) over (order by ${order} rows unbounded preceding) - bytes as before_it from measured
    ),
    page as (select * from sized where before_it < ${PAGE_BYTES}::bigint)
    select (select count(*)::int from candidates) as found, count(*)::int as rows, ${Prisma.join(printed)}
    from (select ${Prisma.join(texts)} from page row order by ${order}) printed`;
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
  const first = rows.of(kind, order, condition, Prisma.sql`order by ${order} limit 1`);
  const texts = kind.group.map((column, i) => raw(`"${column}"::text as g${i}`));
  const [row] = await tx.$queryRaw<Record<`g${number}`, string>[]>(
    Prisma.sql`select ${Prisma.join(texts)} from (${first}) first`,
  );
  return row ? kind.group.map((_, i) => row[`g${i}`]!) : null;
};

/** The page behind a place, and whether its group may have more. `names` knows what it refers to, or learns it. */
export const readPage = async (
  tx: Tx,
  kind: Kind,
  rows: Rows,
  names: Names,
  place: Place,
  limit = PAGE_ROWS,
): Promise<{ readonly page: Page; readonly end: Place; readonly more: boolean } | null> => {
  const [row] = await tx.$queryRaw<({ found: number; rows: number } & Record<`c${number}`, string | null>)[]>(
    pageOf(kind, rows, place, limit),
  );
  if (!row || row.rows === 0) return null;
  const read = readOf(kind);
  const texts = read.map(({ via }, i) =>
    via === null || via === 'value' ? (JSON.parse(row[`c${i}`]!) as (string | null)[]) : [],
  );
  const textsOf = (column: string) => texts[read.findIndex((each) => each.column === column)]!;
  learn(names, kind, textsOf);
  return {
    page: {
      kind,
      rows: row.rows,
      columns: kind.columns.map((column, i) =>
        column.via === 'user' || column.via === 'bucket'
          ? named(names, column.via, textsOf)
          : valuesOf(column.codec, texts[i]!),
      ),
    },
    end: { group: place.group, after: kind.order.map((column) => textsOf(column).at(-1)!) },
    more: row.rows < row.found || row.found === limit,
  };
};
