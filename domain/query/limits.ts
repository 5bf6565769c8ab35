import { QueryError } from './query-error.ts';

/**
 * What one request may use. The language has no loops, so work is bounded by program × events; these limits bound both
 * (spec/query 6, spec/hazards C59).
 */
export type QueryLimits = {
  /** Time periods in a request. */
  readonly periods: number;
  /** Statements in a program, including those in blocks. */
  readonly statements: number;
  /** How deep brackets, calls and blocks, and values at run time, may be nested. */
  readonly depth: number;
  /** Names, literals, operations and calls in a program: 500 category rules are about 6,000. */
  readonly terms: number;
  /** Events read from the dataset. */
  readonly events: number;
  /** Items of one list, and parts of one value: its weight in memory. */
  readonly items: number;
  /** Items that functions and operators take and return, added up over all calls, and values in the answer. */
  readonly work: number;
  /** Bytes of the answer, as JSON in UTF-8. */
  readonly answer: number;
  /** Wall time from the start of the request. */
  readonly milliseconds: number;
};

/** How large one answer may be: `bytes`, of the `all` that error messages name, with what to do about it. */
export type AnswerLimit = { readonly bytes: number; readonly all: number; readonly advice: string };

/**
 * A year of a busy device is about 550,000 events (spec/product 8), and a page that shows it goes over them about 30
 * times.
 */
export const DEFAULT_LIMITS: QueryLimits = {
  periods: 1_000,
  statements: 10_000,
  depth: 100,
  terms: 500_000,
  events: 2_000_000,
  items: 5_000_000,
  work: 50_000_000,
  answer: 100_000_000,
  milliseconds: 30_000,
};

const ASK_LESS = 'ask for shorter periods, or fewer';

/** The error for a query that ran out of time; `advice` is what to do about it, if there is something better to say. */
export const tooLong = ({ milliseconds }: QueryLimits, advice = ASK_LESS): QueryError =>
  new QueryError('QueryInterpretException', `the query took longer than ${milliseconds / 1000} s; ${advice}`);

/** The error for a query whose answer is too large. */
export const answerTooLarge = ({ all, advice }: AnswerLimit): QueryError =>
  new QueryError('QueryInterpretException', `the answer is larger than ${all / 1e6} MB; ${advice}`);

/** The limit for an answer whose reader sets no smaller one. */
export const answerLimit = ({ answer }: QueryLimits): AnswerLimit => ({ bytes: answer, all: answer, advice: ASK_LESS });

/** Counts for one request. Each method throws a QueryError if a limit is exceeded. */
export type Meter = {
  readonly limits: QueryLimits;
  /** How many events may still be read. */
  eventsLeft(): number;
  read(events: number): void;
  /** Counts items, and checks the clock from time to time. */
  spend(items: number): void;
  /** Counts steps of a search: they cost time, but no memory. `advice` is used if time runs out here (`tooLong`). */
  tick(steps: number, advice?: string): void;
  /** Checks the clock and for an interruption. */
  check(): void;
};

/** How many items or steps there are between two checks of the clock: well under a millisecond's worth. */
const BETWEEN_CHECKS = 5_000;

/**
 * `now` in milliseconds, of any clock that never goes backwards. `interrupt` returns a reason to stop, if there is one,
 * such as that the client has gone.
 */
export const makeMeter = (
  limits: QueryLimits,
  now: () => number,
  interrupt: () => string | null = () => null,
): Meter => {
  const deadline = now() + limits.milliseconds;
  let events = 0;
  let work = 0;
  let unchecked = 0;
  const stop = (text: string): never => {
    throw new QueryError('QueryInterpretException', text);
  };
  const check = (advice?: string) => {
    unchecked = 0;
    const reason = interrupt();
    if (reason !== null) stop(`the query was stopped: ${reason}`);
    if (now() > deadline) throw tooLong(limits, advice);
  };
  const tick = (steps: number, advice?: string) => {
    unchecked += steps;
    if (unchecked > BETWEEN_CHECKS) check(advice);
  };
  return {
    limits,
    eventsLeft: () => limits.events - events,
    read(count) {
      events += count;
      if (events > limits.events)
        stop(`the query reads more than ${limits.events} events; ask for shorter periods, or fewer`);
    },
    spend(items) {
      work += items;
      if (work > limits.work)
        stop(`the query handles more than ${limits.work} items; ask for shorter periods, or join fewer lists`);
      tick(items);
    },
    tick,
    check: () => check(),
  };
};
