import { KtError } from '../../domain/errors.ts';
import { clientHasGone } from '../../domain/query/query-error.ts';
import { makeConcurrencyLimit } from './concurrency-limit.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** Pages of one account that are read at once. */
const AT_ONCE = 2;

/**
 * Reads pages of events for an account, `AT_ONCE` at a time, while the others wait. A page may take the embedded engine
 * a tenth of a second, in which it serves nobody else: forty lists of large events, requested at once, made
 * other accounts' heartbeats wait for a minute.
 */
export type Reading = <T>(account: number, read: () => Promise<T>) => Promise<T>;

export const makeReading = (): Reading => {
  const never = new AbortController().signal;
  const unreachable = (): Error => new Error('a page waits for as long as it takes');
  const perAccount = makeConcurrencyLimit({ running: AT_ONCE, waiting: Infinity }, unreachable, unreachable);
  return (account, read) =>
    perAccount.run(account, never, async () => {
      const page = await read();
      await yieldToOthers(account);
      return page;
    });
};

/** Sums of one account that are made at once, and those that may wait: a page of the dashboard asks for ten. */
const SUMS = { running: 2, waiting: 100 };

/**
 * Sums up the facts of an account: each sum holds up to 200,000 numbers, and reads all values of its days, so that a
 * hundred at once would take the memory of all. Fails with `rate_limited` where too many wait, and as `clientHasGone`.
 */
export type Summing = <T>(account: number, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

export const makeSumming = (): Summing =>
  makeConcurrencyLimit(
    SUMS,
    () =>
      new KtError(
        'rate_limited',
        `${SUMS.waiting} sums of this account wait already: ask again when some are answered`,
      ),
    clientHasGone,
  ).run;
