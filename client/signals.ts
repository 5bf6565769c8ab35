/** Ctrl-C, a closed terminal, and a service manager's stop all mean the same. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Who was told to stop is gone by then, whatever still holds the process: it may be killed at any moment, and
 * spec/sync 6.6 says 5 seconds.
 */
const AT_LAST_MS = 4800;

/**
 * Aborts with the first signal that ends a program; a second one does not wait. The listeners stay: write-file-atomic
 * listens too while it writes, and ends the process by the signal when nobody else does.
 */
export const stopSignal = (): AbortSignal => {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    setTimeout(() => process.exit(0), AT_LAST_MS).unref();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return stop.signal;
};
