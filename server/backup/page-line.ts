/** A page of rows as a line of a backup, and back. */
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { damaged } from './damaged.ts';
import { KINDS, type Codec, type Column, type Kind, type Page } from '../storage/backup/kinds.ts';

/** Most rows that a line may hold; pages have fewer. */
const MOST_ROWS = 10_000;
/** How deep a value may be nested: deeper than any that the server takes, and no danger to who walks it. */
const MOST_DEPTH = 2_000;

/** A value as it stands in the file, as JSON text. Whole numbers above 2^53 are texts: not every reader has them. */
const written = (codec: Codec, text: string): string => {
  if (codec === 'int' || codec === 'big' || codec === 'time')
    return Number.isSafeInteger(Number(text)) ? text : `"${text}"`;
  return codec === 'bool' || codec === 'object' || codec === 'json' ? text : JSON.stringify(text);
};

/** Values that repeat stand once, in `pool`, and `at` says which one each row has; null where it has none. */
const columnText = ({ codec }: Column, values: readonly (string | null)[]): string => {
  const places = new Map<string, number>();
  for (const value of values) if (value !== null && !places.has(value)) places.set(value, places.size);
  if (places.size * 2 > values.length || codec === 'int' || codec === 'bool')
    return `[${values.map((value) => (value === null ? 'null' : written(codec, value))).join(',')}]`;
  const pool = [...places.keys()].map((value) => written(codec, value)).join(',');
  return `{"pool":[${pool}],"at":[${values.map((value) => (value === null ? 'null' : places.get(value)!)).join(',')}]}`;
};

export const lineOfPage = ({ kind, rows, columns }: Page): string =>
  `{"kind":"${kind.name}","rows":${rows},"columns":{${kind.columns
    .map((column, i) => `"${column.name}":${columnText(column, columns[i]!)}`)
    .join(',')}}}`;

const isWhole = (value: unknown): value is string | number =>
  typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^-?\d{1,19}$/.test(value);

/** Whether a value is nested deeper than may be, found without recursion of more than that depth. */
const isTooDeep = (value: unknown, depth = 0): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth > MOST_DEPTH || Object.values(value).some((item) => isTooDeep(item, depth + 1)));

const jsonText = (value: unknown): string | null => (isTooDeep(value) ? null : JSON.stringify(value));

/** How a value of each codec is read; null for one that is none. */
const READ: Readonly<Record<Codec, (value: unknown) => string | null>> = {
  uuid: (value) =>
    typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value) ? value : null,
  text: (value) => (typeof value === 'string' ? value : null),
  anyText: (value) => (typeof value === 'string' ? value : null),
  int: (value) => (typeof value === 'number' && (value | 0) === value ? String(value) : null),
  big: (value) => (isWhole(value) ? String(BigInt(value)) : null),
  time: (value) => (isWhole(value) ? String(BigInt(value)) : null),
  bool: (value) => (typeof value === 'boolean' ? String(value) : null),
  bytes: (value) => (typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value) ? value : null),
  object: (value) => (isJsonObject(value) ? jsonText(value) : null),
  json: jsonText,
};

const valuesOf = (kind: string, { name, codec, nullable }: Column, given: unknown, rows: number): (string | null)[] => {
  const wrong = () => damaged(`has ${kind} whose ${name} is not what it should be`);
  const read = (value: unknown): string | null => {
    // A JSON null is a value of its own where any JSON is one.
    if (value === null && nullable) return null;
    const text = READ[codec](value);
    if (text === null) throw wrong();
    return text;
  };
  if (Array.isArray(given)) {
    if (given.length !== rows) throw wrong();
    return given.map(read);
  }
  const { pool, at } = isJsonObject(given) ? given : {};
  if (!Array.isArray(pool) || !Array.isArray(at) || at.length !== rows) throw wrong();
  const values = pool.map(read);
  return at.map((place: unknown) => {
    if (place === null && nullable) return null;
    const value = typeof place === 'number' ? values[place] : undefined;
    if (value === undefined) throw wrong();
    return value;
  });
};

/**
 * A line as a page. Nothing in it names anything in the database: kinds and columns are looked up, and values are
 * checked by their type. `kinds` are those of its format. Fails with `invalid`.
 */
export const pageOfLine = (line: JsonObject, kinds: readonly Kind[] = KINDS): Page => {
  const { kind: name, rows, columns } = line;
  const kind = kinds.find((known) => known.name === name);
  if (!kind) throw damaged(`holds rows that this version does not know (${JSON.stringify(name).slice(0, 60)})`);
  if (typeof rows !== 'number' || !Number.isSafeInteger(rows) || rows < 1 || rows > MOST_ROWS || !isJsonObject(columns))
    throw damaged(`has a page of ${kind.name} that is none`);
  const odd = Object.keys(columns).find((column) => !kind.columns.some((known) => known.name === column));
  if (odd !== undefined)
    throw damaged(`has a column of ${kind.name} that this version does not know (${JSON.stringify(odd).slice(0, 60)})`);
  return {
    kind,
    rows,
    columns: kind.columns.map((column) =>
      valuesOf(kind.name, column, Object.hasOwn(columns, column.name) ? columns[column.name] : undefined, rows),
    ),
  };
};
