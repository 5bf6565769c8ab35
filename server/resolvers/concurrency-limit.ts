/** What one name may have at once. */
export type Limits = { readonly running: number; readonly waiting: number };

/** Runs pieces of work under names: of one name only so many at once, the others wait, in order. */
export type ConcurrencyLimit = {
  /** Fails with `refused()` where too many of this name wait already, and with `gone()` when `signal` ends the wait. */
  run<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
};

export const makeConcurrencyLimit = (limits: Limits, refused: () => Error, gone: () => Error): ConcurrencyLimit => {
  const lines = new Map<string, { running: number; readonly waiting: (() => void)[] }>();
  return {
    async run(name, signal, work) {
      const line = lines.get(name) ?? { running: 0, waiting: [] };
      lines.set(name, line);
      if (line.running < limits.running) {
        line.running++;
      } else {
        if (line.waiting.length >= limits.waiting) throw refused();
        await new Promise<void>((resolve, reject) => {
          const begin = () => {
            signal.removeEventListener('abort', leave);
            resolve();
          };
          const leave = () => {
            line.waiting.splice(line.waiting.indexOf(begin), 1);
            reject(gone());
          };
          if (signal.aborted) return reject(gone());
          line.waiting.push(begin);
          signal.addEventListener('abort', leave, { once: true });
        });
      }
      try {
        return await work();
      } finally {
        // The next one takes the place over, so that nobody who comes meanwhile gets in before.
        const next = line.waiting.shift();
        if (next) next();
        else if (--line.running === 0) lines.delete(name);
      }
    },
  };
};
