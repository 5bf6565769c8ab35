import { makeConcurrencyLimit } from './concurrency-limit.ts';
import { yieldToOthers } from './yield-to-others.ts';

/** Pages of one account that are read at once. */
const AT_ONCE = 2;

/**
 * Reads pages of events for an account, `AT_ONCE` of them, the others in their turn. A page may take a tenth of a
 * second, on the embedded engine of everybody: forty lists of large events, asked for at once, kept the other accounts'
 * heartbeats waiting for a minute.
 */
export type Reading = <T>(userId: string, read: () => Promise<T>) => Promise<T>;

export const makeReading = (): Reading => {
  const never = new AbortController().signal;
  const unreachable = (): Error => new Error('a page waits for as long as it takes');
  const perAccount = makeConcurrencyLimit({ running: AT_ONCE, waiting: Infinity }, unreachable, unreachable);
  return (userId, read) =>
    perAccount.run(userId, never, async () => {
      const page = await read();
      // The embedded engine answers without the event loop having had a turn, and so would whoever is next in line.
      await yieldToOthers();
      return page;
    });
};
