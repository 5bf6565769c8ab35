import { equalJson } from '../../data.ts';
import type { Span } from '../transform/span.ts';
import { QueryError } from '../query-error.ts';

/**
 * What a variable may hold (spec/query 2.4). A dict is a Map, and an event a plain object, so the two can't be
 * confused, and "__proto__" is a key like any other. Values are never changed once made (spec/query 2.6).
 */
export type Value = number | string | boolean | null | readonly Value[] | Dict | Span;
export type Dict = ReadonlyMap<string, Value>;

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isDict = (value: Value): value is Dict => value instanceof Map;
export const isEvent = (value: Value): value is Span =>
  typeof value === 'object' && value !== null && !isList(value) && !isDict(value);

/** The kind of a value, as errors name it; `==` needs two of the same kind. */
export const kindOf = (value: Value): string => {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (isDict(value)) return 'a dict';
  return typeof value === 'object' ? 'an event' : `a ${typeof value}`;
};

/** Deep equality: events by time and data, not by id. Different kinds are different. */
export const equalValues = (a: Value, b: Value): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => equalValues(item, b[i]!));
  if (isDict(a)) {
    return (
      isDict(b) && a.size === b.size && [...a].every(([key, item]) => b.has(key) && equalValues(item, b.get(key)!))
    );
  }
  return isEvent(b) && a.start === b.start && a.end === b.end && equalJson(a.data, b.data);
};

/** How deep a list or dict is nested and how many values it contains, counting a shared one each time it occurs. */
type Weight = { readonly depth: number; readonly size: number };
const weights = new WeakMap<object, Weight>();
const LEAF: Weight = { depth: 0, size: 1 };

/** Only values from `makeWeighed` can be nested; other lists are made by the functions, of events or strings. */
export const weightOf = (value: Value): Weight => {
  if (typeof value !== 'object' || value === null) return LEAF;
  return weights.get(value) ?? { depth: 1, size: isList(value) ? 1 + value.length : 1 };
};

/** The weight of a list or dict of these. */
export const weightOfAll = (parts: Iterable<Value>): Weight => {
  let depth = 0;
  let size = 1;
  for (const part of parts) {
    const weight = weightOf(part);
    if (weight.depth > depth) depth = weight.depth;
    size += weight.size;
  }
  return { depth: depth + 1, size };
};

/**
 * Makes a list or dict of this weight, unless it is too much. `x = [x, x]` forty times over is one small object each,
 * but a million million values to compare or to print; a thousand `x = [x]` would overflow the stack of any code that
 * walks it.
 */
export const makeWeighed = <V extends readonly Value[] | Dict>(
  weight: Weight,
  most: { depth: number; items: number },
  make: () => V,
): V => {
  if (weight.depth > most.depth)
    throw new QueryError('QueryInterpretException', `a value is nested deeper than ${most.depth} levels`);
  if (weight.size > most.items)
    throw new QueryError('QueryInterpretException', `a value has more than ${most.items} parts`);
  const value = make();
  weights.set(value, weight);
  return value;
};
