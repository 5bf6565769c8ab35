/**
 * Preloaded into the attacked kt-server (with --expose-gc): SIGUSR2 collects its garbage, so that what it still holds
 * can be told from what the next collection would have freed.
 */
process.on('SIGUSR2', () => {
  for (let times = 0; times < 3; times++) globalThis.gc();
});
