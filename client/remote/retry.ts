import pRetry from 'p-retry';
import { isKtError } from '../../domain/errors.ts';

/** spec/sync 6.3: at most so many, then the next scheduled pass. */
export const MAX_RETRIES = 3;
const BASE_MS = 1000;
const CAP_MS = 30_000;
/** A server that asks for more patience than this is left to the next pass. */
const MAX_PATIENCE_MS = 60_000;

/** Is it worth asking again? Only what passes by itself: a refusal stays one, and a wrong key is said at once. */
export const isPassing = (error: unknown): boolean =>
  (isKtError(error, 'unavailable') || isKtError(error, 'rate_limited')) && askedFor(error) <= MAX_PATIENCE_MS;

const askedFor = (error: unknown): number => (isKtError(error) ? Number(error.details['retryAfterMs'] ?? 0) : 0);

/**
 * Milliseconds before the retry after failed attempt `attempt` (1, 2, …): exponential back-off with full jitter
 * (`chance` in 0…1), and never before the moment a Retry-After named.
 */
export const backOffMs = (attempt: number, chance: number, error: unknown): number =>
  Math.round(askedFor(error) + chance * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1)));

export type Patience = { readonly retries: number; sleep(ms: number): Promise<void>; chance(): number };

/**
 * Does `work` again while it fails with what passes by itself. It must bear being done twice: its
 * answer may have been lost.
 */
export const withRetries = <T>(work: () => Promise<T>, { retries, sleep, chance }: Patience): Promise<T> =>
  pRetry(work, {
    retries,
    minTimeout: 0, // the waiting is done here: p-retry knows neither full jitter nor Retry-After
    shouldRetry: ({ error }) => isPassing(error),
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft > 0 && isPassing(error)) await sleep(backOffMs(attemptNumber, chance(), error));
    },
  });
