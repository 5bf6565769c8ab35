/** Writes what a backup holds into the tables. */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { Tx } from '../database.ts';
import { toJsonb, toText } from '../jsonb.ts';
import { timestamptz } from '../sql/time.ts';
import { valuesFor } from '../values.ts';
import { KINDS, VALUES, type Codec, type Column, type Counters, type Page } from './kinds.ts';
import { list } from './page.ts';
import { columnOf, numbersOf, remember, type Restored } from './references.ts';

const raw = Prisma.raw;

/** What a column is within the JSON that a page travels as. */
const TYPES: Readonly<Record<Codec, string>> = {
  uuid: 'uuid',
  text: 'text',
  anyText: 'text',
  int: 'int',
  big: 'bigint',
  bool: 'boolean',
  time: 'bigint',
  bytes: 'text',
  object: 'jsonb',
  json: 'text', // as jsonb a JSON null would be none
};

const asStored = ({ codec }: Column, name: string): Prisma.Sql => {
  const value = raw(name);
  if (codec === 'time') return timestamptz(value);
  if (codec === 'bytes') return Prisma.sql`decode(${value}, 'hex')`;
  return codec === 'json' ? Prisma.sql`${value}::jsonb` : value;
};

/** JSON text as jsonb takes it: see jsonb.ts. */
const jsonbText = (text: string): string =>
  /\\u(?:0000|0010|d[89a-f])/i.test(text) ? toJsonb(JSON.parse(text)) : text;

/** A value as JSON, in which it travels. */
const literal = (codec: Codec, text: string): string => {
  if (codec === 'object') return jsonbText(text);
  if (codec === 'json') return JSON.stringify(jsonbText(text));
  if (codec === 'anyText') return JSON.stringify(toText(text));
  return codec === 'uuid' || codec === 'text' || codec === 'bytes' ? JSON.stringify(text) : text;
};

/** The numbers of the data that a page's rows have, made where there are none. */
const valuesOf = async (tx: Tx, page: Page, accounts: readonly number[]): Promise<number[] | undefined> => {
  const data = columnOf(page, ({ via }) => via === 'value');
  if (!data) return undefined;
  const values: number[] = [];
  for (const account of new Set(accounts)) {
    const rows = [...data.keys()].filter((row) => accounts[row] === account);
    const texts = [...new Set(rows.map((row) => data[row]!))];
    const numbers = await valuesFor(tx, account, texts.map(jsonbText));
    const byText = new Map(texts.map((text, i) => [text, numbers[i]!]));
    for (const row of rows) values[row] = byText.get(data[row]!)!;
  }
  return values;
};

/** A page's rows as JSON text, values that repeat read once, and behind them the numbers as n0, n1, … */
const rowsText = ({ kind, rows, columns }: Page, numbers: readonly (readonly (number | null)[])[]): string => {
  const written = columns.flatMap((values, i) => {
    const known = new Map<string, string>();
    const { codec, via } = kind.columns[i]!;
    if (via !== null) return [];
    return [
      values.map((value) => {
        if (value === null) return `"c${i}":null`;
        let text = known.get(value);
        if (text === undefined) known.set(value, (text = `"c${i}":${literal(codec, value)}`));
        return text;
      }),
    ];
  });
  for (const [i, values] of numbers.entries()) written.push(values.map((value) => `"n${i}":${value}`));
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) texts.push(`{${written.map((values) => values[row]!).join(',')}}`);
  return `[${texts.join(',')}]`;
};

/**
 * Writes a page's rows, and remembers in `restored` what others refer to. Fails with `conflict` for a row that is
 * there, and with `invalid` for one that refers to what is not.
 */
export const insertPage = async (tx: Tx, page: Page, restored: Restored): Promise<void> => {
  const { kind } = page;
  const { accounts, buckets } = numbersOf(page, restored);
  const values = accounts && (await valuesOf(tx, page, accounts));
  // The account's number is drawn with the account.
  const numbers = [
    ...(kind.name === 'users' ? [] : kind.numbers).map((column) => ({
      column,
      values: column === 'account' ? accounts! : buckets!,
    })),
    ...(values ? [{ column: 'value', values }] : []),
  ];
  const own = kind.columns.flatMap((column, i) => (column.via === null ? [{ column, name: `c${i}` }] : []));
  const text = rowsText(
    page,
    numbers.map((each) => each.values),
  );
  const names = numbers.map((_, i) => `n${i}`);
  const insert = Prisma.sql`
    insert into ${raw(`"${kind.table}"`)} (${list(
      [...own, ...numbers].map(({ column }) => (typeof column === 'string' ? column : column.column)),
    )})
    select ${Prisma.join([...own.map((each) => asStored(each.column, each.name)), ...names.map(raw)])}
    from json_to_recordset(${text}::json) as row (${raw(
      [...own.map(({ column, name }) => `${name} ${TYPES[column.codec]}`), ...names.map((name) => `${name} int`)].join(
        ', ',
      ),
    )})`;
  if (kind.name === 'users') {
    const made = await tx.$queryRaw<{ id: string; account: number }[]>`${insert} returning id::text, account`;
    for (const { id, account } of made) restored.users.set(id, account);
    return;
  }
  await tx.$executeRaw(insert);
  remember(page, restored, accounts);
  if (kind.name === 'events') await noteRows(tx, accounts!, buckets!);
};

/** Counts events into their buckets. */
const noteRows = async (tx: Tx, accounts: readonly number[], buckets: readonly (number | null)[]): Promise<void> => {
  const rows = new Map<string, number>();
  for (const [i, account] of accounts.entries()) {
    const key = `${account} ${buckets[i]}`;
    rows.set(key, (rows.get(key) ?? 0) + 1);
  }
  for (const [key, more] of rows) {
    const [account, number] = key.split(' ').map(Number);
    await tx.$executeRaw`update buckets set event_rows = event_rows + ${more}::int
      where account = ${account}::int and number = ${number}::int`;
  }
};

/** Sets the counters so that no number is given twice. */
export const setCounters = async (tx: Tx, { events, buckets, imports }: Counters): Promise<void> => {
  await tx.$executeRaw`
    update users set
      last_event = greatest(${events}::bigint, (select max(id) from events where events.account = users.account)),
      last_bucket = greatest(${buckets}::bigint::int,
        (select max(number) from buckets where buckets.account = users.account))`;
  await tx.$queryRaw`
    select setval(pg_get_serial_sequence('imports', 'id'), given)::text from (
      select greatest(${imports}::bigint, max(id)) as given from imports
    ) last where given > 0`;
};

/** Lets the planner know what was written: without it the pages of a proof would each be sorted out of all rows. */
export const analyze = async (tx: Tx): Promise<void> => {
  await tx.$executeRawUnsafe(
    `analyze ${[...KINDS.map(({ table }) => table), VALUES].map((table) => `"${table}"`).join(', ')}`,
  );
};
