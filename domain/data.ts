import { storedBytes } from './stored-size.ts';

/** The `data` of an event or bucket: a JSON object of any shape. */
export type JsonObject = { [key: string]: unknown };

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** aw-server-rust refuses JSON nested deeper than this (serde's limit). */
export const MAX_DEPTH = 128;

/**
 * Why a parsed JSON value can't be stored, or null if it can: a number that overflowed a double (`1e400`), or nesting
 * deeper than `MAX_DEPTH`. JSON.parse accepts both.
 */
export const jsonFault = (value: unknown, depth = 1): string | null => {
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'a number in it is too large for a double';
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = jsonFault(item, depth + 1);
      if (fault) return fault;
    }
    return null;
  }
  // Not Object.values: of 90,000 keys it takes three times as long.
  for (const key in value) {
    const fault = jsonFault((value as JsonObject)[key], depth + 1);
    if (fault) return fault;
  }
  return null;
};

/** Most bytes that the data of an event may take once stored (spec/rest DEV-25), unless a setting says otherwise. */
export const EVENT_BYTES = 1_000_000;

/**
 * Most values that the data of an event may hold, containers included. ActivityWatch's watchers write up to ten; an
 * object of 90,000 keys stops the server's thread for a third of a second.
 */
export const EVENT_VALUES = 25_000;

/** Why a value is too large to be stored, or null if it is not. `most` in bytes, as stored. */
export const sizeFault = (value: unknown, most: number): string | null => {
  const bytes = storedBytes(value, most);
  if (bytes > most) return `it takes more than ${most} bytes once stored, where 1e308 is 309 digits`;
  // Each takes two bytes at least.
  if (bytes > 2 * EVENT_VALUES && valuesLeft(value, EVENT_VALUES) < 0)
    return `it holds more than ${EVENT_VALUES} values`;
  return null;
};

/** How many of `room` values are left; below 0 where it holds more. */
const valuesLeft = (value: unknown, room: number): number => {
  let left = room - 1;
  if (typeof value !== 'object' || value === null) return left;
  if (Array.isArray(value)) for (let i = 0; i < value.length && left >= 0; i++) left = valuesLeft(value[i], left);
  else
    for (const key in value) {
      if (left < 0) break;
      left = valuesLeft((value as JsonObject)[key], left);
    }
  return left;
};

/** Deep equality of JSON values: objects unordered, arrays ordered, no coercion; 1 and 1.0 are the same number. */
export const equalJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equalJson((a as JsonObject)[key], (b as JsonObject)[key]))
  );
};

/** Lone surrogates become U+FFFD: Rust's strings can't hold them, so a copy in aw-server-rust has this instead. */
export const wellFormed = (text: string): string => text.toWellFormed();

/** A JSON value as text with sorted keys (by UTF-16 unit), each number in one form, and lone surrogates as U+FFFD. */
export const canonicalJson = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(wellFormed(value));
  if (typeof value === 'number') return Object.is(value, -0) ? '0' : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const keys = Object.keys(value).sort();
  if (keys.every((key) => key.isWellFormed())) {
    let text = '';
    for (const key of keys)
      text += `${text === '' ? '{' : ','}${JSON.stringify(key)}:${canonicalJson((value as JsonObject)[key])}`;
    return text === '' ? '{}' : `${text}}`;
  }
  // Keys that differ only in their lone surrogates become one; the last in the sorted order of the originals stays.
  const fields = new Map<string, unknown>();
  for (const key of keys) fields.set(wellFormed(key), (value as JsonObject)[key]);
  return `{${[...fields.keys()]
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(fields.get(key))}`)
    .join(',')}}`;
};

/** The same value with every lone surrogate, in keys and strings, as U+FFFD: any aw-server accepts this. */
export const wellFormedJson = <T>(value: T): T => {
  if (typeof value === 'string') return wellFormed(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormedJson) as T;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [wellFormed(key), wellFormedJson((value as JsonObject)[key])]),
  ) as T;
};
