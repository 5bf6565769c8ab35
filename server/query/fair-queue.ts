/** How many may run at once, and how many more for names of which none is running. */
export type FairLimits = { readonly places: number; readonly spare: number };

/** Runs pieces of work under names, such that the work of one name does not block another's. */
export type FairQueue = {
  /** Fails with `gone()` when `signal` ends the wait. */
  run<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** How many run now. */
  running(): number;
};

type Waiting = { readonly name: string; readonly begin: () => void };

/**
 * `places` run at once. A name of which nothing runs may use one of `spare` additional places, so that it starts even
 * though others' long work takes all places; a second piece of work never gets one. A free place goes to the name with
 * the fewest running, and among equals to the one that started work least recently
 * (docs/decisions/0004-threads-by-account.md).
 */
export const makeFairQueue = ({ places, spare }: FairLimits, gone: () => Error): FairQueue => {
  const running = new Map<string, number>();
  const waiting: Waiting[] = [];
  /** Counts starts: when each name last started work. Forgotten with the last of its work. */
  const lastTurn = new Map<string, number>();
  let total = 0;
  let count = 0;

  const runningOf = (name: string): number => running.get(name) ?? 0;
  const mayBegin = (name: string): boolean => total < (runningOf(name) === 0 ? places + spare : places);
  const enter = (name: string): void => {
    total++;
    lastTurn.set(name, ++count);
    running.set(name, runningOf(name) + 1);
  };
  const forget = (name: string): void => {
    if (!running.has(name) && !waiting.some((each) => each.name === name)) lastTurn.delete(name);
  };
  const leave = (name: string): void => {
    total--;
    if (runningOf(name) > 1) return void running.set(name, runningOf(name) - 1);
    running.delete(name);
    forget(name);
  };
  /** Whether `one` goes before `another`, which has waited longer. */
  const isBefore = (name: string, other: string): boolean => {
    const [mine, others] = [runningOf(name), runningOf(other)];
    return mine === others ? (lastTurn.get(name) ?? 0) < (lastTurn.get(other) ?? 0) : mine < others;
  };
  /** Starts waiting work that may run, before any that arrives later. */
  const admit = (): void => {
    for (;;) {
      const next = waiting.reduce<Waiting | null>(
        (best, each) => (mayBegin(each.name) && (!best || isBefore(each.name, best.name)) ? each : best),
        null,
      );
      if (!next) return;
      waiting.splice(waiting.indexOf(next), 1);
      enter(next.name);
      next.begin();
    }
  };

  const wait = (name: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(gone());
      const giveUp = () => {
        waiting.splice(waiting.indexOf(mine), 1);
        forget(name);
        reject(gone());
      };
      const mine: Waiting = {
        name,
        begin: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      waiting.push(mine);
      signal.addEventListener('abort', giveUp, { once: true });
    });

  return {
    running: () => total,
    async run(name, signal, work) {
      if (mayBegin(name)) enter(name);
      else await wait(name, signal);
      try {
        return await work();
      } finally {
        leave(name);
        admit();
      }
    },
  };
};
