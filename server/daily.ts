import { DAY_MS } from '../domain/day.ts';
import { isKtError } from '../domain/errors.ts';

/** Work that is done again and again. `stop` cancels a run under way, and resolves when it has ended. */
export type Daily = { stop(): Promise<void> };

/**
 * Runs `work` now, and then daily: a server that is started every morning would otherwise never get to it. A failed run
 * is tried again the next day. A database that is unavailable logs that itself; other errors are logged here.
 */
export const daily = (work: (stop: AbortSignal) => Promise<unknown>, onFault: (error: unknown) => void): Daily =>
  every(DAY_MS, work, onFault);

/** The same every so many ms, unless the last run is under way still. */
export const every = (
  ms: number,
  work: (stop: AbortSignal) => Promise<unknown>,
  onFault: (error: unknown) => void,
): Daily => {
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
  const timer = setInterval(once, ms).unref();
  once();
  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await underWay;
    },
  };
};
