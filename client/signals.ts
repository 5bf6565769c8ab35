/** Ctrl-C, a closed terminal, and a service manager's stop all mean the same. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts with the first signal that ends a program; the second one ends it as if nobody had listened. */
export const stopSignal = (): AbortSignal => {
  const stop = new AbortController();
  const onSignal = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return stop.signal;
};
