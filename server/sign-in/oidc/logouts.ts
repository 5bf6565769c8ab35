/** Logout tokens that were heard of already, so that none counts twice. */

/** How long they are remembered, in ms: longer than a token is taken. */
const KEPT = 900_000;
const MOST = 10_000;

/** Whether one is new, by its id. `now` is in ms. What is forgotten beyond MOST ends nothing that began after it. */
export const makeLogouts = (now: () => number): ((id: string) => boolean) => {
  const heard = new Map<string, number>();
  return (id) => {
    for (const [old, at] of heard) {
      if (now() - at < KEPT && heard.size < MOST) break;
      heard.delete(old);
    }
    if (heard.has(id)) return false;
    heard.set(id, now());
    return true;
  };
};
