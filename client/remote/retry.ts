import pRetry from 'p-retry';
import { isKtError } from '../../domain/errors.ts';

/** spec/sync 6.3: after this many, the next scheduled pass tries again. */
export const MAX_RETRIES = 3;
const BASE_MS = 1000;
const CAP_MS = 30_000;
/** If the server asks for a longer wait than this, the next pass tries again instead. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Is a retry worthwhile? Only for temporary failures: a refusal stays one, and a wrong key is reported at once. */
export const isTemporary = (error: unknown): boolean =>
  (isKtError(error, 'unavailable') || isKtError(error, 'rate_limited')) && askedFor(error) <= MAX_RETRY_AFTER_MS;

const askedFor = (error: unknown): number => (isKtError(error) ? Number(error.details['retryAfterMs'] ?? 0) : 0);

/**
 * Milliseconds before the retry after failed attempt `attempt` (1, 2, …): exponential back-off with full jitter
 * (`chance` in 0…1), on top of what a Retry-After header asks for.
 */
export const backOffMs = (attempt: number, chance: number, error: unknown): number =>
  Math.round(askedFor(error) + chance * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1)));

export type RetryOptions = { readonly retries: number; sleep(ms: number): Promise<void>; chance(): number };

/**
 * Repeats `work` while it fails for a temporary reason. It must be safe to do twice: the first answer may have been
 * lost.
 */
export const withRetries = <T>(work: () => Promise<T>, { retries, sleep, chance }: RetryOptions): Promise<T> =>
  pRetry(work, {
    retries,
    minTimeout: 0, // waits are done below: p-retry knows neither full jitter nor Retry-After
    shouldRetry: ({ error }) => isTemporary(error),
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft > 0 && isTemporary(error)) await sleep(backOffMs(attemptNumber, chance(), error));
    },
  });
