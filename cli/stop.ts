/** Ctrl-C, a closed terminal, and a service manager's stop all mean the same. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `told` with the first signal that ends a program: to end is the caller's to do then. A second one does not
 * wait. The listeners stay: write-file-atomic listens too while it writes, and ends the process by the signal when
 * nobody else does.
 */
export const onStop = (told: (signal: NodeJS.Signals) => void): void => {
  let already = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (already) process.exit(130);
    already = true;
    told(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
};
