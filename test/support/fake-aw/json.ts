/** JSON as the two servers accept, compare and write it (spec/rest 1.2, 2, 4). */

import { isUtf8 } from 'node:buffer';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A half of a surrogate pair on its own: with `u`, whole pairs are one code point and do not match */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads a body as serde does for [R]; throws a SyntaxError where that is a 400: broken UTF-8, a BOM, lone surrogates
 * (also as `\ud83d`), numbers that overflow a double, nesting below about 128 levels. Ints and floats are not kept
 * apart, nor integers above 2^53 exact: JavaScript cannot.
 */
export function parseRust(body: Uint8Array): Json {
  if (!isUtf8(body)) throw new SyntaxError('not UTF-8');
  const value = JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)) as Json;
  inspect(value, 0);
  return value;
}

function inspect(value: Json, depth: number): void {
  if (depth > 128) throw new SyntaxError('recursion limit exceeded');
  if (typeof value === 'string' && LONE_SURROGATE.test(value)) throw new SyntaxError('lone surrogate');
  if (typeof value === 'number' && !Number.isFinite(value)) throw new SyntaxError('number out of range');
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) inspect(item, depth + 1);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    inspect(key, depth + 1);
    inspect(item, depth + 1);
  }
}

/** A number that JSON does not have, as a text that no body contains */
const ODD = '\u0000number ';

/**
 * Python's json is more lenient: lone surrogates stay (spec/rest 1.2), and NaN, Infinity and -Infinity are numbers,
 * which it stores
 */
export function parsePythonJson(body: Uint8Array): Json {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  if (!/NaN|Infinity/.test(text)) return JSON.parse(text) as Json;
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify(ODD + token),
  );
  return JSON.parse(marked, (_, value: Json) =>
    typeof value === 'string' && value.startsWith(ODD) ? Number(value.slice(ODD.length)) : value,
  ) as Json;
}

/** `json.dumps` writes NaN, and numbers beyond a double (1e400), in a form that no JSON parser accepts */
function pythonJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes('null')) return text; // where JSON.stringify has null, there may have been one
  const marked = JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? `${ODD}${item}` : item,
  );
  return marked.replace(/"\\u0000number (NaN|-?Infinity)"/g, '$1');
}

/** Python answers in ASCII: `json.dumps` escapes all else */
export const asciiJson = (value: unknown): string =>
  pythonJson(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * [R] keeps objects in key order, bytewise. (Keys that look like small integers come first in
 * JavaScript, whatever we do.)
 */
export function sortedKeys<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(sortedKeys) as T;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sortedKeys(item as Json)] as const);
  if (entries.length > 1) entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(entries) as T;
}

/** Data with sorted keys is equal when its text is: true is not 1, null is not absent */
export const equalRust = (a: Json, b: Json): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Python's `==`: objects unordered, and True equals 1 */
export function equalPython(a: Json, b: Json): boolean {
  if (typeof a === 'boolean') a = Number(a);
  if (typeof b === 'boolean') b = Number(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    const other = b;
    return a.length === b.length && a.every((item, i) => equalPython(item, other[i] as Json));
  }
  if (isObject(a) && isObject(b)) {
    const [left, right] = [a, b];
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((k) => Object.hasOwn(right, k) && equalPython(left[k] as Json, right[k] as Json))
    );
  }
  return a === b;
}
