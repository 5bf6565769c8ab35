import { KtError } from '../../domain/errors.ts';
import { QueryError } from '../../domain/query/query-error.ts';
import type { Failure } from './messages.ts';

/** An error in a form that can be sent to the other thread. */
export const errorToFailure = (error: unknown): Failure => {
  if (error instanceof QueryError) return { kind: 'query', type: error.type, text: error.text, place: error.place };
  if (error instanceof KtError)
    return { kind: 'known', code: error.code, message: error.message, details: error.details };
  // Other errors may hold values that can't be cloned. The stack is kept for the log.
  return error instanceof Error
    ? { kind: 'fault', message: error.message, stack: error.stack }
    : { kind: 'fault', message: String(error), stack: undefined };
};

/** The error that the other thread sent. */
export const failureToError = (failure: Failure): unknown => {
  if (failure.kind === 'query') return new QueryError(failure.type, failure.text, failure.place);
  if (failure.kind === 'known') return new KtError(failure.code, failure.message, failure.details);
  const fault = new Error(failure.message);
  if (failure.stack !== undefined) fault.stack = failure.stack;
  return fault;
};
