import { KtError, type ErrorCode } from '../../domain/errors.ts';
import { QueryError } from '../../domain/query/query-error.ts';
import { failure } from './answer.ts';

/** Each code as REST says it (spec/product 5.3). */
const STATUS: Record<ErrorCode, number> = {
  invalid: 400,
  malformed: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  device_in_use: 409,
  resync_required: 410,
  too_large: 413,
  unsupported: 415,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
};

/**
 * A sender of too much may be sending still: its connection can't carry another request. What may work in a
 * moment says so, in seconds.
 */
const MORE: Partial<Record<ErrorCode, Record<string, string>>> = {
  too_large: { connection: 'close' },
  unavailable: { 'retry-after': '5' },
};

/**
 * An error as REST says it; a query's with the Python server's class as `type` (spec/rest DEV-12). What is not
 * ours is nobody's business but the log's.
 */
export const errorToAnswer = (error: unknown): Response =>
  error instanceof KtError
    ? failure(
        STATUS[error.code],
        error.message,
        MORE[error.code],
        error instanceof QueryError ? { type: error.type } : {},
      )
    : failure(500, 'something went wrong inside the server: its log says what');

/**
 * Is it a fault of the server's, which its log should hold? A database that does not answer has its own line
 * there, one for all requests.
 */
export const isFault = (error: unknown): boolean => !(error instanceof KtError) || error.code === 'internal';
