import { short, type Place } from './query-error.ts';
import type { PatternError } from './regex/pattern.ts';

/** Warnings of a query that works: a rule whose pattern can't be used, and so matches nothing (spec/query 2.8). */
export type QueryWarning = {
  readonly message: string;
  readonly function: string;
  /** The rule's number in its list, from 1. */
  readonly rule: number;
  /** Its first thousand characters. */
  readonly pattern: string;
  /** The place in the pattern, a character from 1; null if it has none, because the whole pattern is too long. */
  readonly position: number | null;
  /** The place of the call in the program. */
  readonly line: number;
  readonly column: number;
};

/** How many there were, and the first hundred of them. */
export type Warnings = { readonly count: number; readonly first: readonly QueryWarning[] };

export const NO_WARNINGS: Warnings = { count: 0, first: [] };

const MOST_KEPT = 100;
const MOST_PATTERN = 1_000;

/** Where a function is called. */
export type Call = { readonly name: string; readonly place: Place };

export type WarningList = {
  /** Notes a rule's pattern that can't be used; the same rule in another call or period is not counted again. */
  add(call: Call, rule: number, pattern: string, error: PatternError): void;
  taken(): Warnings;
};

/** The warnings of one request, in order of appearance. */
export const makeWarnings = (): WarningList => {
  const known = new Map<string, Map<string, Set<number>>>();
  const first: QueryWarning[] = [];
  let count = 0;
  return {
    add({ name, place }, rule, pattern, { message: reason, position }) {
      const ofFunction = known.get(name) ?? new Map<string, Set<number>>();
      const rules = ofFunction.get(pattern) ?? new Set<number>();
      if (rules.has(rule)) return;
      known.set(name, ofFunction.set(pattern, rules.add(rule)));
      if (++count > MOST_KEPT) return;
      const where = position === null ? `, in ${short(pattern)}` : ` at character ${position} of ${short(pattern)}`;
      const message = `${name}, rule ${rule}: ${reason}${where}`;
      first.push({ message, function: name, rule, pattern: cut(pattern), position, ...place });
    },
    taken: () => ({ count, first }),
  };
};

const cut = (pattern: string): string =>
  pattern.length <= MOST_PATTERN ? pattern : `${pattern.slice(0, MOST_PATTERN - 1)}…`;
