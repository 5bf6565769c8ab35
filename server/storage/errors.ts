import { KtError } from '../../domain/errors.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';

/** A driver's description of its error, through Prisma's adapter or directly. */
type DriverError = {
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly originalCode?: string;
  readonly originalMessage?: string;
  readonly message?: string;
};

/** The driver's own error inside one of Prisma's. */
const driverErrorOf = (error: unknown): DriverError | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { meta, cause } = error as { meta?: Record<string, unknown>; cause?: DriverError };
  const adapter = meta?.['driverAdapterError'] as { cause?: DriverError } | undefined;
  return adapter?.cause ?? (cause?.originalCode === undefined ? (error as DriverError) : cause);
};

/** The SQLSTATE of a driver's error, on either engine; undefined if it has none. */
export const sqlStateOf = (error: unknown): string | undefined => {
  const driver = driverErrorOf(error);
  if (driver?.originalCode !== undefined) return driver.originalCode;
  if (driver?.severity !== undefined && typeof driver.code === 'string') return driver.code;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  return error.meta?.['code'] as string | undefined;
};

/** Unique, foreign key, check: violations that a concurrent writer can cause. */
const CONFLICTS = new Set(['23505', '23503', '23514']);
/** Invalid text or number for a column, which should have been refused earlier. */
const INVALID = new Set(['22P02', '22P05', '22003', '22007', '22008', '22021']);
/**
 * Connection lost, refused, or too many; no space; the server is shutting down, rejects the login, or is read-only
 * since a failover; a statement, a lock or an idle transaction that took too long; serialization failure and deadlock.
 */
const UNAVAILABLE = /^(08...|28...|3D000|53...|57P0.|57014|55P03|25006|25P03|40001|40P01)$/;
/**
 * Prisma's own codes for the same: not reached, timed out, no connection free, no transaction in time, too many
 * connections.
 */
const UNAVAILABLE_IN_PRISMA = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);

/** A conflict with another transaction: the same one may well succeed now. */
export const isWorthAnotherTry = (error: unknown): boolean => {
  const state = sqlStateOf(error);
  return (
    state === '40001' ||
    state === '40P01' ||
    (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2034')
  );
};

/** Reads work, but writes don't: the server is read-only, or out of space. */
export const stopsWritesAlone = (state: string | undefined): boolean => state === '25006' || state === '53100';

/** A driver's error in one line, for the log. */
export const reasonOf = (error: unknown): string => {
  const driver = driverErrorOf(error);
  const text = driver?.originalMessage ?? driver?.message ?? String(error);
  const state = sqlStateOf(error);
  const line =
    text
      .split('\n')
      .map((part) => part.trim())
      .findLast(Boolean) ?? 'no reason given';
  return state === undefined ? line : `${line} (${state})`;
};

/** A statement was cancelled, for its time most likely. */
const TOOK_TOO_LONG = '57014';

/** Whether it says nothing of the database itself: one statement asked too much of it. */
export const isOfOneStatement = (error: unknown): boolean => sqlStateOf(error) === TOOK_TOO_LONG;

const messageOf = (state: string | undefined): string => {
  if (state === '25006') return 'the database takes no writes at the moment (it is read-only): try again';
  if (state === '53100') return 'the database has no room left, and takes no writes: try again when its disk has room';
  if (state === '40001' || state === '40P01') return 'others are writing the same at this moment: try again';
  if (state === TOOK_TOO_LONG)
    return 'the database took longer over this than it may: ask for less at once, or try again';
  return 'the database does not answer: try again';
};

const isUnavailable = (error: unknown, state: string | undefined): boolean =>
  error instanceof Prisma.PrismaClientInitializationError ||
  (error instanceof Prisma.PrismaClientKnownRequestError && UNAVAILABLE_IN_PRISMA.has(error.code)) ||
  (state !== undefined && UNAVAILABLE.test(state));

/**
 * A driver's error as one of ours, recognized by its code and never by its text. KtErrors and unknown errors are
 * returned unchanged.
 */
export const driverErrorToKtError = (error: unknown): unknown => {
  if (error instanceof KtError) return error;
  const state = sqlStateOf(error);
  const options = { cause: error };
  const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : undefined;
  if (code === 'P2002' || code === 'P2003' || CONFLICTS.has(state ?? '')) {
    return new KtError('conflict', 'somebody else changed this at the same moment: try again', {}, options);
  }
  if (INVALID.has(state ?? '')) return new KtError('invalid', 'a value in the request can not be stored', {}, options);
  return isUnavailable(error, state) ? new KtError('unavailable', messageOf(state), {}, options) : error;
};
