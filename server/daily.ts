import { DAY_MS } from '../domain/day.ts';
import { isKtError } from '../domain/errors.ts';

/** Work that is done day by day. `stop` ends what is under way, and resolves when it has. */
export type Daily = { stop(): Promise<void> };

/**
 * Does `work` now, and then daily: a server that is started each morning would else never come to it. One that fails is
 * tried again the next day; a database that is away says so itself, anything else is told.
 */
export const daily = (work: (stop: AbortSignal) => Promise<unknown>, onFault: (error: unknown) => void): Daily => {
  const stopping = new AbortController();
  let underWay: Promise<void> | null = null;
  const once = (): void => {
    if (underWay || stopping.signal.aborted) return;
    underWay = (async () => {
      try {
        await work(stopping.signal);
      } catch (error) {
        if (!isKtError(error, 'unavailable')) onFault(error);
      } finally {
        underWay = null;
      }
    })();
  };
  const timer = setInterval(once, DAY_MS).unref();
  once();
  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await underWay;
    },
  };
};
