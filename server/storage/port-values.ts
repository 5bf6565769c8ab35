import { Buffer } from 'node:buffer';
import pg from 'pg';
import { KtError } from '../../domain/errors.ts';

type Single = number | bigint | string | boolean | Uint8Array | null;
/** A parameter of a statement. Its type is what the statement's text casts it to. */
export type Value = Single | readonly Single[];

/** A column of a row. Whatever has no type of its own here (uuid, numeric, json) is PostgreSQL's text. */
export type Cell = bigint | number | boolean | string | Buffer | Date | null | Cell[];
export type Row = Record<string, Cell>;

/** What a text parameter must not hold; U+0000 would end the transaction, and half a pair would become U+FFFD. */
const storable = (text: string): string => {
  if (text.includes('\0')) throw new KtError('invalid', 'a text in the request holds U+0000: send it without');
  if (!text.isWellFormed())
    throw new KtError('invalid', 'a text in the request holds half a surrogate pair: send it without, or whole');
  return text;
};

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

const element = (value: Single): string => {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `"${storable(value).replace(/["\\]/g, '\\$&')}"`;
  if (value instanceof Uint8Array) return `"\\\\x${hex(value)}"`;
  return String(value);
};

const isList = (value: Value): value is readonly Single[] => Array.isArray(value);

/**
 * A parameter as it is sent: text, or bytes as they are. Fails with `invalid` for a text that PostgreSQL
 * can't hold: `toText` of jsonb.ts makes one that it can.
 */
export const parameter = (value: Value): string | Buffer | null => {
  if (value === null) return null;
  if (typeof value === 'string') return storable(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (isList(value)) return `{${value.map(element).join(',')}}`;
  return String(value);
};

const asText = (text: string): string => text;
const asBytes = (text: string): Buffer => Buffer.from(text.slice(2), 'hex');
/** `2026-11-26 20:47:32.251+00`, in UTC as all our sessions are. */
const asDate = (text: string): Date => new Date(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00$/, 'Z')}`);
const asBoolean = (text: string): boolean => text === 't';

/** How a column's text is read, by the OID of its type. */
const SINGLE: readonly (readonly [oid: number, array: number, read: (text: string) => Cell])[] = [
  [16, 1000, asBoolean],
  [17, 1001, asBytes],
  [20, 1016, BigInt], // int8
  [21, 1005, Number], // int2
  [23, 1007, Number], // int4
  [700, 1021, Number], // float4
  [701, 1022, Number], // float8
  [25, 1009, asText],
  [1043, 1015, asText], // varchar
  [2950, 2951, asText], // uuid
  [114, 199, asText], // json
  [3802, 3807, asText], // jsonb
  [1184, 1185, asDate], // timestamptz, to the millisecond
];

/** `pg` has the parser of arrays, and says of it that it is a function. */
const arrays = pg.types.arrayParser as unknown as {
  create(text: string, read: (text: string) => Cell): { parse(): Cell[] };
};

const READERS = new Map<number, (text: string) => Cell>(
  SINGLE.flatMap(([oid, array, read]) => [
    [oid, read],
    [array, (text: string) => arrays.create(text, read).parse()],
  ]),
);

/** How to read the text of a column of this type: the same on both engines. */
export const readerOf = (oid: number): ((text: string) => Cell) => READERS.get(oid) ?? asText;
