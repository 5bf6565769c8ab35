/** How often a sign-in may fail from one address before it has to wait. */

/** So many failures cost nothing; each one more doubles the wait, from a second to a quarter of an hour. */
const FREE = 10;
const LONGEST_WAIT = 900_000;
/** Without another failure for so long, in ms, an address begins anew. */
const FORGOTTEN = 3_600_000;
/** The most addresses that are remembered; then the one that failed longest ago is not. */
const MOST = 10_000;

type Failures = { readonly count: number; readonly at: number };

/** Null is an address that many share, this machine or a proxy: there nobody is kept out by others. */
export type Attempts = {
  /** How long this address has to wait, in ms; 0 where it need not. */
  waitOf(address: string | null): number;
  failed(address: string | null): void;
  worked(address: string | null): void;
};

/** `now` is in ms. */
export const makeAttempts = (now: () => number): Attempts => {
  const all = new Map<string, Failures>();
  const of = (address: string): Failures | null => {
    const known = all.get(address);
    return known && now() - known.at < FORGOTTEN ? known : null;
  };
  return {
    waitOf: (address) => {
      const known = address === null ? null : of(address);
      if (!known || known.count < FREE) return 0;
      const wait = Math.min(1_000 * 2 ** (known.count - FREE), LONGEST_WAIT);
      return Math.max(0, known.at + wait - now());
    },
    failed: (address) => {
      if (address === null) return;
      const count = (of(address)?.count ?? 0) + 1;
      all.delete(address); // so that the map is in the order of the last failures
      if (all.size >= MOST) all.delete(all.keys().next().value!);
      all.set(address, { count, at: now() });
    },
    worked: (address) => void (address !== null && all.delete(address)),
  };
};
