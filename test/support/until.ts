/** Polls until the condition is true, yielding between two attempts; fails after `tries`, which take long. */
export const until = async (what: string, isSo: () => Promise<boolean> | boolean, tries = 600): Promise<void> => {
  for (let left = tries; left > 0; left--) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: it never came to that`);
};
