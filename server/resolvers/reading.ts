import { makeConcurrencyLimit } from './concurrency-limit.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** Pages of one account that are read at once. */
const AT_ONCE = 2;

/**
 * Reads pages of events for an account, `AT_ONCE` at a time, while the others wait. A page may take a tenth of a
 * second, during which the embedded engine serves nobody else: forty lists of large events, requested at once, made
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
      // The embedded engine answers without returning to the event loop, so the next in line would follow at once.
      await yieldToOthers();
      return page;
    });
};
