/** worker.ts as it was built, beside all other modules of the server. */
export const ENTRY = new URL('./query-worker.js', import.meta.url);
