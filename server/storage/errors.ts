import { KtError } from '../../domain/errors.ts';
import { Prisma } from '../../prisma/generated/client/client.ts';

/** SQLSTATE of a driver's error, on either engine; undefined when there is none. */
export const sqlStateOf = (error: unknown): string | undefined => {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const adapter = error.meta?.['driverAdapterError'] as { cause?: { originalCode?: string } } | undefined;
  return adapter?.cause?.originalCode ?? (error.meta?.['code'] as string | undefined);
};

/** Unique, foreign key, check: what a concurrent writer can cause. */
const CONFLICTS = new Set(['23505', '23503', '23514']);
/** Bad text or number for a column: what should have been refused at the door. */
const INVALID = new Set(['22P02', '22P05', '22003', '22007', '22008', '22021']);
/** Connection lost, refused, or too many; the server is going down; serialization and deadlock. */
const UNAVAILABLE = /^(08...|53...|57P0.|40001|40P01)$/;
/** Prisma's own words for the same: not reached, timed out, no connection free, no transaction in time. */
const UNAVAILABLE_IN_PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028']);

/** A driver's error as one of ours, told by its code and never by its text. What is ours already passes unchanged; the rest is left as it is. */
export const driverErrorToKtError = (error: unknown): unknown => {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) {
    return error instanceof Prisma.PrismaClientInitializationError
      ? new KtError('unavailable', 'the database does not answer: try again', {}, { cause: error })
      : error;
  }
  const state = sqlStateOf(error) ?? '';
  const options = { cause: error };
  if (error.code === 'P2002' || error.code === 'P2003' || CONFLICTS.has(state)) {
    return new KtError('conflict', 'somebody else changed this at the same moment: try again', {}, options);
  }
  if (INVALID.has(state)) return new KtError('invalid', 'a value in the request can not be stored', {}, options);
  if (UNAVAILABLE_IN_PRISMA.has(error.code) || UNAVAILABLE.test(state)) {
    return new KtError('unavailable', 'the database does not answer in time: try again', {}, options);
  }
  return error;
};
