import type { JsonObject } from '../data.ts';
import type { Category } from '../transform/categorize.ts';
import type { Tag } from '../transform/tag.ts';
import { QueryError } from './query-error.ts';
import type { Context } from './signature.ts';
import { isDict, isList, kindOf, type Value } from './value.ts';

type Matches = (data: JsonObject) => boolean;

/** Reads `[[["Work", "Mail"], {"type": "regex", "regex": "…"}], …]` (aw-query.md 3.16). Fails with a QueryFunctionException. */
export const readCategories = (rules: readonly Value[], context: Context): Category[] =>
  rules.map((rule, i) => {
    const [name, matches] = readPair(rule, i, 'category', context);
    if (isList(name) && name.every((part) => typeof part === 'string')) return { name: name as readonly string[], matches };
    return fail(i, `its category must be a list of strings, not ${kindOf(name)}${isList(name) ? ' with other values' : ''}`);
  });

/** Reads `[["work", {"type": "regex", "regex": "…"}], …]` (aw-query.md 3.17). Fails with a QueryFunctionException. */
export const readTags = (rules: readonly Value[], context: Context): Tag[] =>
  rules.map((rule, i) => {
    const [name, matches] = readPair(rule, i, 'tag', context);
    return typeof name === 'string' ? { name, matches } : fail(i, `its tag must be a string, not ${kindOf(name)}`);
  });

const readPair = (pair: Value, i: number, what: string, context: Context): [Value, Matches] => {
  if (!isList(pair) || pair.length !== 2) return fail(i, `it must be a pair [${what}, rule]`);
  return [pair[0]!, readRule(pair[1]!, i, context)];
};

/**
 * What a rule matches. One of type none, or without a pattern, matches nothing; a missing type is taken as "regex" (Python). The
 * pattern is searched in every string of the data, or in those under `select_keys`.
 */
const readRule = (rule: Value, i: number, context: Context): Matches => {
  if (!isDict(rule)) return fail(i, `its rule must be a dict, not ${kindOf(rule)}`);
  const field = (name: string) => rule.get(name) ?? null;
  const type = field('type');
  const regex = field('regex');
  const ignoreCase = field('ignore_case');
  const selectKeys = field('select_keys');
  if (regex !== null && typeof regex !== 'string') return fail(i, `its regex must be a string, not ${kindOf(regex)}`);
  if (ignoreCase !== null && typeof ignoreCase !== 'boolean') return fail(i, `its ignore_case must be true or false, not ${kindOf(ignoreCase)}`);
  if (selectKeys !== null && !(isList(selectKeys) && selectKeys.every((key) => typeof key === 'string'))) {
    return fail(i, 'its select_keys must be a list of strings');
  }
  if (type === 'none' || (rule.has('type') && type === null) || !regex) return () => false;
  const found = context.patterns.compile(regex, ignoreCase ?? false, context.meter, (text) => fail(i, text));
  const keys = selectKeys?.length ? (selectKeys as readonly string[]) : null;
  return (data) =>
    (keys ?? Object.keys(data)).some((key) => {
      const value = Object.hasOwn(data, key) ? data[key] : null;
      return typeof value === 'string' && found(value);
    });
};

const fail = (i: number, text: string): never => {
  throw new QueryError('QueryFunctionException', `rule ${i + 1}: ${text}`);
};
