import { KtError, type ErrorCode } from '../../domain/errors.ts';
import { parsedUrl } from '../../domain/parsed-url.ts';
import { QueryError } from '../../domain/query/query-error.ts';
import { ERROR_STATUS } from '../http/error-status.ts';
import { failure } from './answer.ts';

/**
 * After `too_large` the client may still be sending, so its connection can't be reused. Errors that may go away in a
 * moment carry a Retry-After, in seconds.
 */
const MORE: Partial<Record<ErrorCode, Record<string, string>>> = {
  too_large: { connection: 'close' },
  unavailable: { 'retry-after': '5' },
};

/** Where the same request is answered, of an account that was moved (spec/rest DEV-26). */
const elsewhere = ({ details }: KtError, target: string): Record<string, string> | undefined => {
  const url = details['url'];
  const asked = parsedUrl(target, 'http://host')!;
  return typeof url === 'string'
    ? { location: `${url.replace(/\/$/, '')}${asked.pathname}${asked.search}` }
    : undefined;
};

/**
 * An error as REST reports it; a query's with the Python server's class as `type` (spec/rest DEV-12). Details of other
 * errors go only to the log. `target`: the path that was asked for, with its query.
 */
export const errorToAnswer = (error: unknown, requestId?: string, target = '/'): Response =>
  error instanceof KtError
    ? failure(
        requestId,
        ERROR_STATUS[error.code],
        error.message,
        error.code === 'moved' ? elsewhere(error, target) : MORE[error.code],
        error instanceof QueryError ? error.type : undefined,
      )
    : failure(requestId, 500, 'something went wrong inside the server: its log says what');

/**
 * Whether it is a fault of the server that belongs in its log. An unavailable database is logged elsewhere, one line
 * for all requests.
 */
export const isFault = (error: unknown): boolean => !(error instanceof KtError) || error.code === 'internal';
