import { RE2JS } from 're2js';
import type { Meter } from '../limits.ts';
import { QueryError, short } from '../query-error.ts';
import { PatternError, sizeOf, somePart, withoutIdleAtoms, type Pattern } from './pattern.ts';
import { parsePattern } from './parse-pattern.ts';
import { patternToRe2, patternToWiderRe2 } from './pattern-to-re2.ts';
import { compileProgram, type Program } from './program.ts';
import { canSearch, search } from './search.ts';

/** A compiled pattern, and how many steps it has. */
type Finder = { readonly size: number; readonly find: (text: string, meter: Meter) => boolean };

/** The most recently used compiled patterns. May serve requests of different users: it holds nothing but patterns. */
export type PatternCache = {
  /**
   * The search for a pattern in Python's dialect, counted on `meter`. Fails with a PatternError if it can't be used.
   * The search fails with a QueryError for a text too long for the pattern, and when time is up: giving up is never
   * reported as "not found".
   */
  compile(source: string, ignoreCase: boolean, meter: Meter): (text: string) => boolean;
};

const MOST_STEPS = 50_000;
/** Most steps × characters of one search. RE2 can't be interrupted, and does this many in about a second at worst. */
const MOST_COST = 100_000_000;
const MOST_ANSWERS = 5_000;

/**
 * Keeps up to so many patterns, and steps in total: 40 bytes per step, and what RE2 remembers about texts (8 MB per
 * pattern at worst).
 */
export const makePatternCache = (mostPatterns = 500, mostSteps = 500_000): PatternCache => {
  const finders = new Map<string, Finder>();
  let steps = 0;
  const take = (name: string): Finder | undefined => {
    const finder = finders.get(name);
    if (finder && finders.delete(name)) steps -= finder.size;
    return finder;
  };
  return {
    compile(source, ignoreCase, meter) {
      const name = `${ignoreCase ? 'i' : ' '}${source}`;
      const finder = take(name) ?? makeFinder(source, ignoreCase, meter);
      finders.set(name, finder);
      steps += finder.size;
      while (finders.size > 1 && (finders.size > mostPatterns || steps > mostSteps)) take(finders.keys().next().value!);
      return remembering((text) => finder.find(text, meter));
    },
  };
};

/**
 * RE2 if it can express the same (spec/query 4: its time is linear in the text), else our own search, linear too except
 * for references and conditions. For `\b`, RE2 is used on ASCII text and our own search on other.
 */
const makeFinder = (source: string, ignoreCase: boolean, compiling: Meter): Finder => {
  compiling.check();
  const pattern = withoutIdleAtoms(parsePattern(source, ignoreCase));
  const size = sizeOf(pattern);
  if (size > MOST_STEPS)
    throw new PatternError(`written out it has ${size} steps, at most ${MOST_STEPS} are supported`);
  const exact = compileRe2(patternToRe2(pattern));
  const hasWordEdge = somePart(
    pattern,
    (part) => part.kind === 'edge' && (part.edge === 'word' || part.edge === 'notWord'),
  );
  const wider = exact && !hasWordEdge ? null : compileRe2(patternToWiderRe2(pattern));
  const advice = adviceOn(source, pattern);
  const tooMuch = (text: string): never => {
    const why = `the pattern ${JSON.stringify(short(source))} is too long for a text of ${text.length} characters`;
    throw new QueryError('QueryInterpretException', why);
  };
  let program: Program | null = null;
  const find = (text: string, meter: Meter) => {
    if (size * text.length > MOST_COST) return tooMuch(text);
    meter.tick(1 + text.length / 100);
    if (exact && !(hasWordEdge && !isAscii(text))) return exact.test(text);
    if (wider && !wider.test(text)) return false;
    program ??= compileProgram(pattern);
    if (!canSearch(program, text)) return tooMuch(text);
    return search(program, text, (steps) => meter.tick(steps, advice));
  };
  return { size, find };
};

/** What may make a search of ours run away. */
const RUNAWAYS: readonly (readonly [Pattern['kind'], string])[] = [
  ['again', 'back-references'],
  ['condition', 'conditions'],
  ['atom', 'possessive counts or atomic groups'],
];

/** What to do if time runs out while a pattern is searched for: the pattern may be the cause. */
const adviceOn = (source: string, pattern: Pattern): string | undefined => {
  const causes = RUNAWAYS.filter(([kind]) => somePart(pattern, (part) => part.kind === kind)).map(([, name]) => name);
  if (causes.length === 0) return undefined;
  const named = JSON.stringify(short(source));
  return `the pattern ${named} may be the cause, as patterns with ${causes.join(', ')} can run away`;
};

/** RE2 refuses some well-formed patterns, such as nested counts that exceed 1000 together. */
const compileRe2 = (source: string | null): RE2JS | null => {
  if (source === null) return null;
  try {
    return RE2JS.compile(source);
  } catch {
    return null;
  }
};

/** Requires at least one character: RE2 finds `\B` in the empty text, Python does not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII too
const isAscii = (text: string): boolean => /^[\x00-\x7f]+$/.test(text);

/** Caches answers during one call of a function: an app comes with hundreds of titles. */
const remembering = (found: (text: string) => boolean): ((text: string) => boolean) => {
  const answers = new Map<string, boolean>();
  return (text) => {
    let answer = answers.get(text);
    if (answer === undefined) {
      answer = found(text);
      if (answers.size >= MOST_ANSWERS) answers.clear();
      answers.set(text, answer);
    }
    return answer;
  };
};
