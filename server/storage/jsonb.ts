import type { JsonObject } from '../../domain/data.ts';

/**
 * jsonb refuses two things that a window title can hold: U+0000, and half a surrogate pair (a title cut inside an
 * emoji). In storage each becomes DLE (U+0010, "data link escape") and four hex digits; so does a DLE that is itself
 * followed by four of them. Everything else is stored as it is, so the column remains readable for SQL and people.
 */
const ESCAPE = '\u0010';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what jsonb refuses
const REFUSED = /\u0000|\u0010|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: DLE is the escape
const ESCAPED = /\u0010([0-9a-f]{4})/g;

const mapStrings = (value: unknown, map: (text: string) => string): unknown => {
  if (typeof value === 'string') return map(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [map(key), mapStrings(item, map)]));
};

/** Any text in a form that a `text` or `jsonb` column takes: NUL and half surrogate pairs are escaped as above. */
export const toText = (text: string): string =>
  text.replace(REFUSED, (char) => ESCAPE + char.charCodeAt(0).toString(16).padStart(4, '0'));

/** Undoes `toText`. */
export const fromText = (text: string): string =>
  text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** A JSON value as text that jsonb takes. */
export const toJsonb = (value: unknown): string => {
  const text = JSON.stringify(value);
  // JSON.stringify writes all three as \u escapes, so one look at the text avoids walking the value in nearly every
  // case.
  if (!/\\u(?:0000|0010|d[89a-f])/.test(text)) return text;
  return JSON.stringify(mapStrings(value, toText));
};

/** Undoes `toJsonb`, from jsonb's text. */
export const fromJsonb = <T = JsonObject>(text: string): T => {
  const value = JSON.parse(text) as unknown;
  if (!text.includes('\\u0010')) return value as T;
  return mapStrings(value, fromText) as T;
};
