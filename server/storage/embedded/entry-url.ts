/** What the engine's thread begins with. In what is built, entry-url.packed.ts stands in for this module. */
export const ENTRY = new URL('./entry.js', import.meta.url);
