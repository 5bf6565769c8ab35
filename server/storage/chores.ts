/** How often to look whether a table has changed enough for new statistics, in ms. */
export const TEND_EVERY = 5_000;
/** How long a chore that fails is not told of again, in ms: it may fail each time for a week. */
const TOLD_EVERY = 3_600_000;

/** Work on a database that nobody asks for: one piece at a time, now and then. */
export type Chores = {
  /**
   * Does `chore` every `ms`, unless the last time still waits or runs: queued up, vacuums of 8 s every 5 s made
   * everybody wait for ever. One that fails is told of, as `what`, at most once an hour, and tried again the next time.
   */
  every(ms: number, what: string, chore: () => Promise<void>): void;
  /** Ends them; resolves when none is running. */
  stop(): Promise<void>;
};

export const makeChores = (tell: (line: string) => void, now: () => number = () => performance.now()): Chores => {
  let running: Promise<void> = Promise.resolve();
  const timers: NodeJS.Timeout[] = [];
  return {
    every: (ms, what, chore) => {
      let pending = false;
      let quietTo = -Infinity;
      const timer = setInterval(() => {
        if (pending) return;
        pending = true;
        running = running
          .then(chore)
          .catch((error: unknown) => {
            if (now() < quietTo) return;
            quietTo = now() + TOLD_EVERY;
            tell(`${what} failed, and is tried again: ${String((error as Error).message).split('\n')[0]}`);
          })
          .finally(() => (pending = false));
      }, ms);
      timers.push(timer.unref());
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      return running;
    },
  };
};
