/** worker.ts as it was built, beside all other modules of the server. */
export const ENTRY = new URL('./engine-worker.js', import.meta.url);
