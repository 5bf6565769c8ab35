/**
 * SQLSTATE "connection failure": what a driver's own words for a lost connection become, which have no code that
 * Prisma passes on.
 */
const CONNECTION_FAILURE = '08006';

type ServerError = Error & { readonly code: string; readonly severity: string };

/**
 * A connection that is gone, or never came, as an error that Prisma's adapter takes for one of the server's and passes
 * on.
 */
export const lost = (reason: string, cause?: unknown): ServerError =>
  Object.assign(new Error(reason, { cause }), { code: CONNECTION_FAILURE, severity: 'FATAL' });

/** Did the server itself say this? Then it is there. */
export const isAnswer = (error: unknown): error is ServerError =>
  error instanceof Error && 'severity' in error && (error as ServerError).code !== CONNECTION_FAILURE;

/**
 * What went wrong on the way to the server, in one line: a host with several addresses fails with several errors and
 * no text.
 */
const wordsOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0]);
  const { message, code } = error as { message?: string; code?: string };
  return message || code || 'the connection failed';
};

/** An error of the driver's as it came from the server, or as a lost connection where it is the driver's own. */
export const asServerError = (error: unknown): Error =>
  error instanceof Error && 'severity' in error ? error : lost(wordsOf(error), error);
