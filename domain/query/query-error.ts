import { KtError } from '../errors.ts';

/**
 * The Python server's exception classes, which clients see as `type` (spec/query 2.7): for the program's text, its run,
 * and a function's arguments.
 */
export type QueryErrorType = 'QueryParseException' | 'QueryInterpretException' | 'QueryFunctionException';

/** A place in the program's text, both counted from 1; a column is a UTF-16 unit. */
export type Place = { readonly line: number; readonly column: number };

/**
 * What is wrong with a query, and where. It is the asker's mistake: `invalid`, 400 on REST with the body `{type,
 * message}` (spec/rest DEV-12); `details` contains the same and the place.
 */
export class QueryError extends KtError {
  readonly type: QueryErrorType;
  readonly place: Place | null;
  /** The message without the place. */
  readonly text: string;

  constructor(type: QueryErrorType, text: string, place: Place | null = null) {
    super('invalid', place ? `line ${place.line}, column ${place.column}: ${text}` : text, { type, ...place });
    this.name = 'QueryError';
    this.type = type;
    this.place = place;
    this.text = text;
  }

  /** The same error at a place, unless it already has one. */
  at(place: Place): QueryError {
    return this.place ? this : new QueryError(this.type, this.text, place);
  }
}

/** The error for a query whose client no longer waits for it. */
export const clientHasGone = (): QueryError =>
  new QueryError('QueryInterpretException', 'the query was stopped: the client has gone');

/** Runs `work`; an error without a place gets this one. */
export const atPlace = async <T>(place: Place, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof QueryError ? error.at(place) : error;
  }
};

/** Enough of a text to recognise it: programs contain patterns and names of any length. */
export const short = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);
