/** Writes what a backup holds into the tables. */
import { Prisma } from '../../../prisma/generated/client/client.ts';
import type { Tx } from '../database.ts';
import { toJsonb, toText } from '../jsonb.ts';
import { timestamptz } from '../sql/time.ts';
import { COUNTERS, KINDS, type Codec, type Column, type Counters, type Page } from './kinds.ts';
import { list } from './page.ts';

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

const asStored = ({ codec }: Column, i: number): Prisma.Sql => {
  const value = raw(`c${i}`);
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

/** A page's rows as JSON text, values that repeat read once. */
const rowsText = ({ kind, rows, columns }: Page): string => {
  const written = columns.map((values, i) => {
    const known = new Map<string, string>();
    const { codec } = kind.columns[i]!;
    return values.map((value) => {
      if (value === null) return 'null';
      let text = known.get(value);
      if (text === undefined) known.set(value, (text = literal(codec, value)));
      return text;
    });
  });
  const texts: string[] = [];
  for (let row = 0; row < rows; row++)
    texts.push(`{${written.map((values, i) => `"c${i}":${values[row]!}`).join(',')}}`);
  return `[${texts.join(',')}]`;
};

/** Writes a page's rows in one statement. Fails with `conflict` for one that is there, or refers to what is not. */
export const insertPage = async (tx: Tx, page: Page): Promise<void> => {
  const { kind } = page;
  await tx.$executeRaw(Prisma.sql`
    insert into ${raw(`"${kind.table}"`)} (${list(kind.columns.map(({ column }) => column))})
    select ${Prisma.join(kind.columns.map(asStored))}
    from json_to_recordset(${rowsText(page)}::json)
      as row (${raw(kind.columns.map(({ codec }, i) => `c${i} ${TYPES[codec]}`).join(', '))})`);
};

/** Sets the sequences so that no number is given twice. */
export const setCounters = async (tx: Tx, counters: Counters): Promise<void> => {
  for (const { name, table, column } of COUNTERS)
    await tx.$queryRaw(Prisma.sql`
      select setval(pg_get_serial_sequence(${`"${table}"`}, ${column}), given)::text from (
        select greatest(${counters[name]}::bigint, max(${raw(`"${column}"`)})) as given from ${raw(`"${table}"`)}
      ) last where given > 0`);
};

/** Lets the planner know what was written: without it the pages of a proof would each be sorted out of all rows. */
export const analyze = async (tx: Tx): Promise<void> => {
  await tx.$executeRawUnsafe(`analyze ${KINDS.map(({ table }) => `"${table}"`).join(', ')}`);
};
