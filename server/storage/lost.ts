/**
 * SQLSTATE "connection failure": given to the driver's own errors for a lost connection, which have no code that Prisma
 * passes on.
 */
const CONNECTION_FAILURE = '08006';

type ServerError = Error & { readonly code: string; readonly severity: string };

/** A lost or failed connection as an error that Prisma's adapter takes for one from the server and passes on. */
export const lost = (reason: string, cause?: unknown): ServerError =>
  Object.assign(new Error(reason, { cause }), { code: CONNECTION_FAILURE, severity: 'FATAL' });

/** SQLSTATE "transaction resolution unknown": it is committed here, and may be lost with this server. */
export const unconfirmed = (): ServerError =>
  Object.assign(new Error('the standby has not confirmed the commit'), { code: '08007', severity: 'FATAL' });

/** Whether the error came from the server itself, which is therefore up. */
export const isAnswer = (error: unknown): error is ServerError =>
  error instanceof Error && 'severity' in error && (error as ServerError).code !== CONNECTION_FAILURE;

/**
 * What went wrong on the way to the server, in one line: a host with several addresses fails with several errors and no
 * message.
 */
const wordsOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0]);
  const { message, code } = error as { message?: string; code?: string };
  return message || code || 'the connection failed';
};

/** The driver's error as it is if it came from the server; otherwise as a lost connection. */
export const asServerError = (error: unknown): Error =>
  error instanceof Error && 'severity' in error ? error : lost(wordsOf(error), error);
