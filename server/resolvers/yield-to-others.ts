/** Lets other requests run between two pieces of work: the embedded database runs on this thread. */
export const yieldToOthers = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
