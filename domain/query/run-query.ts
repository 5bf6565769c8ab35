import { makeAnswerWriter } from './answer.ts';
import type { Dataset, Period } from './dataset.ts';
import { evaluate } from './language/evaluate.ts';
import {
  answerLimit,
  answerTooLarge,
  DEFAULT_LIMITS,
  makeMeter,
  type AnswerLimit,
  type QueryLimits,
} from './limits.ts';
import { parseProgram } from './language/parser.ts';
import { parsePeriod, type RequestedPeriod } from './period.ts';
import { QueryError } from './query-error.ts';
import { makeReader } from './language/reader.ts';
import { makePatternCache, type PatternCache } from './regex/pattern-cache.ts';
import { makeVariables } from './language/variables.ts';
import { makeWarnings, NO_WARNINGS, type Warnings } from './warnings.ts';

/**
 * A request as REST and GraphQL take it: the program in pieces, and the periods it is run for. `name`
 * becomes the variable NAME.
 */
export type QueryRequest = {
  readonly query: readonly string[];
  readonly timeperiods: readonly string[];
  readonly name?: string;
};

/** What a query needs to run. */
export type QueryEnvironment = {
  readonly dataset: Dataset;
  /** Milliseconds of any clock that never goes backwards. */
  readonly now: () => number;
  readonly limits?: QueryLimits;
  /** A limit for the answer below that of `limits`, if its reader accepts less. */
  readonly answer?: AnswerLimit;
  /**
   * Returns a reason to stop once there is one: the client has gone. Called between statements and within long ones.
   */
  readonly interrupt?: () => string | null;
  /** Compiled patterns, kept between requests. */
  readonly patterns?: PatternCache;
};

/** The values of RETURN as a JSON array in UTF-8, and the warnings. */
export type QueryAnswer = { readonly json: Uint8Array<ArrayBuffer>; readonly warnings: Warnings };

/**
 * Runs a program once per period, each with its own variables, and returns the values of RETURN in order
 * (spec/query 1). The first error ends the request. Without periods the program is not even parsed.
 *
 * Fails with `malformed` for a period that can't be read, and with a QueryError for every other mistake of the asker.
 */
export const runQuery = async (request: QueryRequest, environment: QueryEnvironment): Promise<QueryAnswer> => {
  const limits = environment.limits ?? DEFAULT_LIMITS;
  const meter = makeMeter(limits, environment.now, environment.interrupt);
  checkRequest(request, limits);
  const periods = request.timeperiods.map((text) => parsePeriod(text));
  if (periods.length === 0) return { json: new TextEncoder().encode('[]'), warnings: NO_WARNINGS };

  const program = parseProgram(request.query.join('\n'), limits);
  const reader = makeReader(environment.dataset, meter);
  const patterns = environment.patterns ?? makePatternCache();
  const warnings = makeWarnings();
  const limit = environment.answer ?? answerLimit(limits);
  const write = makeAnswerWriter(meter.spend, limit);
  const answers: string[] = [];
  for (const [i, period] of periods.entries()) {
    const variables = makeVariables(period, request.name ?? '');
    const value = await evaluate(program, { reader, variables, patterns, meter, warnings });
    answers.push(inText(() => write(value)));
    if (!periods.some((later, j) => j > i && isSame(later, period))) reader.forget(period);
  }
  const json = new TextEncoder().encode(inText(() => `[${answers.join(',')}]`));
  if (json.byteLength > limit.bytes) throw answerTooLarge(limit);
  return { json, warnings: warnings.taken() };
};

/** Most characters of a program: a hundredth is enough for thousands of rules and patterns. */
const MOST_TEXT = 16_000_000;
/** Most pieces of a program. */
const MOST_PIECES = 1_000_000;

/** Fails with a QueryError for a request that is too large to be parsed. */
export const checkRequest = ({ query, timeperiods }: QueryRequest, limits: QueryLimits): void => {
  const refuse = (text: string): never => {
    throw new QueryError('QueryInterpretException', text);
  };
  const count = timeperiods.length;
  if (count > limits.periods) refuse(`${count} time periods; at most ${limits.periods} may be asked for at once`);
  if (query.length > MOST_PIECES) refuse(`the program has ${query.length} pieces; at most ${MOST_PIECES} are taken`);
  const length = query.reduce((sum, piece) => sum + piece.length, 0);
  if (length > MOST_TEXT) refuse(`the program has ${length} characters; at most ${MOST_TEXT} are taken`);
};

/** A JavaScript string is limited to half a gigabyte. */
const inText = (write: () => string): string => {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new QueryError(
      'QueryInterpretException',
      'the answer is longer than any text may be; ask for shorter periods, or fewer',
    );
  }
};

const isSame = (a: RequestedPeriod, b: Period): boolean => a.startUs === b.startUs && a.endUs === b.endUs;
