import type { JsonObject } from '../../data.ts';
import { rankOfDepth, type Category } from '../transform/categorize.ts';
import type { Tag } from '../transform/tag.ts';
import { QueryError } from '../query-error.ts';
import { PatternError } from '../regex/pattern.ts';
import type { Context } from './signature.ts';
import { isDict, isList, kindOf, type Value } from './value.ts';
import type { Call } from '../warnings.ts';

/** A parsed rule. `priority` is null if it has none of its own. */
type Rule = { readonly priority: number | null; readonly matches: (data: JsonObject) => boolean };

/**
 * Reads `[[["Work", "Mail"], {"type": "regex", "regex": "…"}], …]` (spec/query 3.16). Fails with a
 * QueryFunctionException.
 */
export const readCategories = (rules: readonly Value[], context: Context, at: Call): Category[] =>
  rules.map((rule, i) => {
    const [given, { priority, matches }] = readPair(rule, i, 'category', context, at);
    if (isList(given) && given.every((part) => typeof part === 'string')) {
      const name = given as readonly string[];
      return { name, rank: priority ?? rankOfDepth(name), matches };
    }
    const odd = `${kindOf(given)}${isList(given) ? ' with other values' : ''}`;
    return fail(i, `its category must be a list of strings, not ${odd}`);
  });

/** Reads `[["work", {"type": "regex", "regex": "…"}], …]` (spec/query 3.17). Fails with a QueryFunctionException. */
export const readTags = (rules: readonly Value[], context: Context, at: Call): Tag[] =>
  rules.map((rule, i) => {
    const [name, { matches }] = readPair(rule, i, 'tag', context, at);
    return typeof name === 'string' ? { name, matches } : fail(i, `its tag must be a string, not ${kindOf(name)}`);
  });

const readPair = (pair: Value, i: number, what: string, context: Context, at: Call): [Value, Rule] => {
  if (!isList(pair) || pair.length !== 2) return fail(i, `it must be a pair [${what}, rule]`);
  return [pair[0]!, readRule(pair[1]!, i, context, at)];
};

/**
 * What a rule matches. A rule of type none, or without a pattern, matches nothing; a missing type counts as "regex"
 * (Python). The pattern is searched in every string of the data, or in those under `select_keys`. A pattern that can't
 * be used matches nothing, with a warning: users have hundreds of rules, and one `*.mp4` must not break every page.
 */
const readRule = (rule: Value, i: number, context: Context, at: Call): Rule => {
  if (!isDict(rule)) return fail(i, `its rule must be a dict, not ${kindOf(rule)}`);
  const field = (name: string) => rule.get(name) ?? null;
  const type = field('type');
  const regex = field('regex');
  const ignoreCase = field('ignore_case');
  const selectKeys = field('select_keys');
  if (regex !== null && typeof regex !== 'string') return fail(i, `its regex must be a string, not ${kindOf(regex)}`);
  if (ignoreCase !== null && typeof ignoreCase !== 'boolean')
    return fail(i, `its ignore_case must be true or false, not ${kindOf(ignoreCase)}`);
  if (selectKeys !== null && !(isList(selectKeys) && selectKeys.every((key) => typeof key === 'string'))) {
    return fail(i, 'its select_keys must be a list of strings');
  }
  const [byPriority, byWeight] = ['priority', 'weight'].map((name) => integerOf(name, field(name), i));
  const priority = byPriority ?? byWeight ?? null;
  if (type === 'none' || (rule.has('type') && type === null) || !regex) return { priority, matches: () => false };
  const found = compiled(regex, ignoreCase ?? false, i, context, at);
  if (!found) return { priority, matches: () => false };
  const keys = selectKeys?.length ? (selectKeys as readonly string[]) : null;
  const matches = (data: JsonObject): boolean =>
    (keys ?? Object.keys(data)).some((key) => {
      const value = Object.hasOwn(data, key) ? data[key] : null;
      return typeof value === 'string' && found(value);
    });
  return { priority, matches };
};

/** A rank, of any sign; a wrong one is an error even in a rule that never matches. */
const integerOf = (name: string, value: Value, i: number): number | null => {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 53) return value;
  return fail(i, `its ${name} must be an integer, not ${typeof value === 'number' ? value : kindOf(value)}`);
};

/** The search for a rule's pattern; null if it can't be used. */
const compiled = (pattern: string, ignoreCase: boolean, i: number, context: Context, at: Call) => {
  const { patterns, meter, warnings } = context;
  try {
    return patterns.compile(pattern, ignoreCase, meter);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    warnings.add(at, i + 1, pattern, error);
    return null;
  }
};

const fail = (i: number, text: string): never => {
  throw new QueryError('QueryFunctionException', `rule ${i + 1}: ${text}`);
};
