/** Ctrl-C, a closed terminal, and a service manager's stop all mean the same. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `told` with the first signal that should end the program; ending it is then up to the caller. A second signal
 * ends it at once. The listeners stay in place: while it writes, write-file-atomic listens too, and kills the process
 * by the signal if nobody else listens.
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
