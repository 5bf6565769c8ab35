import { makeAnswerWriter } from './answer.ts';
import type { Dataset, Period } from './dataset.ts';
import { evaluate } from './evaluate.ts';
import { DEFAULT_LIMITS, makeMeter, type QueryLimits } from './limits.ts';
import { parseProgram } from './parser.ts';
import { parsePeriod, type RequestedPeriod } from './period.ts';
import { QueryError } from './query-error.ts';
import { makeReader } from './reader.ts';
import { makePatternCache, type PatternCache } from './regex/pattern-cache.ts';
import { makeVariables } from './variables.ts';

/** A request as both doors take it: the program in pieces, and the periods it is run for. `name` becomes the variable NAME. */
export type QueryRequest = { readonly query: readonly string[]; readonly timeperiods: readonly string[]; readonly name?: string };

/** What a query runs with. */
export type QueryEnvironment = {
  readonly dataset: Dataset;
  /** Milliseconds of any clock that only goes forwards. */
  readonly now: () => number;
  readonly limits?: QueryLimits;
  /** The reason to stop, as soon as there is one: the client has gone. Asked between statements and within long ones. */
  readonly interrupt?: () => string | null;
  /** Awaited between statements, every 10 ms or so: where a thread is shared, others run meanwhile, and `interrupt` hears of them. */
  readonly pause?: () => Promise<void>;
  /** Compiled patterns to be kept for the next request. */
  readonly patterns?: PatternCache;
};

/**
 * Runs a program once per period, each with variables of its own, and gives the values of RETURN in order, as the text of a JSON array
 * (aw-query.md section 1). The first error ends the request. Without periods the program is not even read.
 *
 * Fails with `malformed` for a period that can't be read, and with a QueryError for all else that is the asker's fault.
 */
export const runQuery = async (request: QueryRequest, environment: QueryEnvironment): Promise<string> => {
  const limits = environment.limits ?? DEFAULT_LIMITS;
  const meter = makeMeter(limits, environment.now, environment.interrupt);
  const count = request.timeperiods.length;
  if (count > limits.periods) {
    throw new QueryError('QueryInterpretException', `${count} time periods; at most ${limits.periods} may be asked for at once`);
  }
  const periods = request.timeperiods.map(parsePeriod);
  if (periods.length === 0) return '[]';

  const program = parseProgram(request.query.join('\n'), limits);
  const reader = makeReader(environment.dataset, meter);
  const patterns = environment.patterns ?? makePatternCache();
  const breathe = makeBreathing(environment);
  const write = makeAnswerWriter(meter.spend);
  const answers: string[] = [];
  for (const [i, period] of periods.entries()) {
    const variables = makeVariables(period, request.name ?? '');
    const value = await evaluate(program, { reader, variables, patterns, meter, breathe });
    answers.push(inText(() => write(value)));
    if (!periods.some((later, j) => j > i && isSame(later, period))) reader.forget(period);
  }
  return inText(() => `[${answers.join(',')}]`);
};

/** JavaScript's texts have an end, at half a gigabyte. */
const inText = (write: () => string): string => {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new QueryError('QueryInterpretException', 'the answer is longer than any text may be; ask for shorter periods, or fewer');
  }
};

const PAUSE_MS = 10;

const makeBreathing = ({ pause, now }: QueryEnvironment): (() => Promise<void>) => {
  let last = now();
  return async () => {
    if (!pause || now() - last < PAUSE_MS) return;
    await pause();
    last = now();
  };
};

const isSame = (a: RequestedPeriod, b: Period): boolean => a.startUs === b.startUs && a.endUs === b.endUs;
