/** The limits for one account. */
export type Limits = { readonly running: number; readonly waiting: number };

/** Runs pieces of work for accounts: a limited number per account at once, while the others wait in order. */
export type ConcurrencyLimit = {
  /**
   * Fails with `refused()` when too many of this account are waiting, and with `gone()` when `signal` ends the wait.
   */
  run<T>(account: number, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
};

export const makeConcurrencyLimit = (limits: Limits, refused: () => Error, gone: () => Error): ConcurrencyLimit => {
  const lines = new Map<number, { running: number; readonly waiting: (() => void)[] }>();
  return {
    async run(account, signal, work) {
      const line = lines.get(account) ?? { running: 0, waiting: [] };
      lines.set(account, line);
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
        // Hands the place directly to the next in line, so that a newcomer can't take it first.
        const next = line.waiting.shift();
        if (next) next();
        else if (--line.running === 0) lines.delete(account);
      }
    },
  };
};
