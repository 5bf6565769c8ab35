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

/** Compiled patterns, the latest used of them. May serve many requests, of any users: it holds nothing but patterns. */
export type PatternCache = {
  /**
   * The search for a pattern in Python's dialect, counted on `meter`. Fails with a PatternError where it can't be used;
   * the search fails with a QueryError for a text that is too long for the pattern, and when time is up: never is
   * "given up" "not found".
   */
  compile(source: string, ignoreCase: boolean, meter: Meter): (text: string) => boolean;
};

const MOST_STEPS = 50_000;
/** Steps × characters of one search. RE2 can't be interrupted, and at worst goes through so many in about a second. */
const MOST_COST = 100_000_000;
const MOST_ANSWERS = 5_000;

/**
 * Keeps so many patterns, and so many steps of them in all: 40 bytes each, and what RE2 remembers of texts
 * (8 MB a pattern at worst).
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
 * RE2 where it can say the same (spec/query 4: its time is linear in the text), else our own search, linear
 * too but for references and conditions. `\b` is RE2's in ASCII text, ours in other.
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

/** What may let a search of ours run away. */
const RUNAWAYS: readonly (readonly [Pattern['kind'], string])[] = [
  ['again', 'back-references'],
  ['condition', 'conditions'],
  ['atom', 'possessive counts or atomic groups'],
];

/** What to do if time ends while a pattern is searched for: it may be its own fault. */
const adviceOn = (source: string, pattern: Pattern): string | undefined => {
  const causes = RUNAWAYS.filter(([kind]) => somePart(pattern, (part) => part.kind === kind)).map(([, name]) => name);
  if (causes.length === 0) return undefined;
  const named = JSON.stringify(short(source));
  return `the pattern ${named} may be the cause, as patterns with ${causes.join(', ')} can run away`;
};

/** RE2 refuses some that are well-formed, like counts within counts beyond 1000. */
const compileRe2 = (source: string | null): RE2JS | null => {
  if (source === null) return null;
  try {
    return RE2JS.compile(source);
  } catch {
    return null;
  }
};

/** With a character in it: RE2 finds `\B` in the empty text, Python does not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII too
const isAscii = (text: string): boolean => /^[\x00-\x7f]+$/.test(text);

/** Keeps answers for as long as one call of a function lasts: an app comes with hundreds of titles. */
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
