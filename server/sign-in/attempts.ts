/** How often signing in may fail from one address, or into one account, before that has to wait (spec/sign-in 1). */
import { KtError } from '../../domain/errors.ts';

/** So many failures cost nothing; each one more doubles the wait, from a second to a quarter of an hour. */
const FREE = 10;
const LONGEST_WAIT = 900_000;
/** Without another failure for so long, in ms, an address or account begins anew. */
const FORGOTTEN = 3_600_000;
/** The most that are remembered; then the one that failed longest ago is not. */
const MOST = 10_000;

type Failures = { readonly count: number; readonly at: number };

/** Null is an address that many share, this machine or a proxy: there nobody is kept out by others. */
type Who = string | null;

export type Attempts = {
  /** How long it has to wait, in ms; 0 where it need not. */
  waitOf(who: Who): number;
  failed(who: Who): void;
  worked(who: Who): void;
  /** Takes one failure back, which turned out to be none. */
  forgive(who: Who): void;
};

/** `now` is in ms. */
export const makeAttempts = (now: () => number): Attempts => {
  const all = new Map<string, Failures>();
  const of = (who: string): Failures | null => {
    const known = all.get(who);
    return known && now() - known.at < FORGOTTEN ? known : null;
  };
  return {
    waitOf: (who) => {
      const known = who === null ? null : of(who);
      if (!known || known.count < FREE) return 0;
      const wait = Math.min(1_000 * 2 ** (known.count - FREE), LONGEST_WAIT);
      return Math.max(0, known.at + wait - now());
    },
    failed: (who) => {
      if (who === null) return;
      const count = (of(who)?.count ?? 0) + 1;
      all.delete(who); // so that the map is in the order of the last failures
      if (all.size >= MOST) all.delete(all.keys().next().value!);
      all.set(who, { count, at: now() });
    },
    worked: (who) => void (who !== null && all.delete(who)),
    forgive: (who) => {
      const known = who === null ? null : of(who);
      if (known) all.set(who!, { ...known, count: known.count - 1 });
    },
  };
};

/**
 * The sign-ins that failed so far. Addresses and accounts are remembered apart: whoever has ten thousand addresses can
 * make the server forget other addresses, and no account.
 */
export type FailedSignIns = { readonly addresses: Attempts; readonly accounts: Attempts };

/** `now` is in ms. */
export const makeFailedSignIns = (now: () => number): FailedSignIns => ({
  addresses: makeAttempts(now),
  accounts: makeAttempts(now),
});

/** Fails with `rate_limited` where it has to wait. `what` went wrong too often, in words. */
export const mustNotWait = (attempts: Attempts, who: Who, what: string): void => {
  const wait = Math.ceil(attempts.waitOf(who) / 1000);
  if (wait > 0)
    throw new KtError('rate_limited', `${what}: wait ${wait} s, then try again`, {
      retryAfter: wait,
    });
};

/** How tries of one kind are counted: what is said to who has to wait, and which errors are a wrong try. */
export type Try = { readonly what: string; readonly isWrong: (error: unknown) => boolean };

/**
 * Does work that shows whether a try was right. Fails with `rate_limited`, before that is begun, where `who` has to
 * wait. A try counts as wrong until it is known: of a thousand that come at once, ten are looked at.
 */
export const trying = async <T>(
  attempts: Attempts,
  who: string,
  { what, isWrong }: Try,
  work: () => Promise<T>,
): Promise<T> => {
  mustNotWait(attempts, who, what);
  attempts.failed(who);
  try {
    const done = await work();
    attempts.worked(who);
    return done;
  } catch (error) {
    if (!isWrong(error)) attempts.forgive(who);
    throw error;
  }
};
