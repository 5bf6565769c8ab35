import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KtError, type ErrorCode } from '../../domain/errors.ts';
import { backOffMs, isTemporary, MAX_RETRIES, withRetries } from './retry.ts';

const error = (code: ErrorCode, details = {}) => new KtError(code, 'x', details);
const retry = suite('a retry');

retry('is for what passes by itself', () => {
  for (const code of ['unavailable', 'rate_limited'] as const) assert.ok(isTemporary(error(code)));
  for (const code of [
    'unauthenticated',
    'forbidden',
    'invalid',
    'too_large',
    'device_in_use',
    'conflict',
    'internal',
  ] as const)
    assert.not.ok(isTemporary(error(code)));
  assert.not.ok(isTemporary(new TypeError('a bug')));
  assert.not.ok(isTemporary(error('rate_limited', { retryAfterMs: 3_600_000 })), 'an hour is left to the next pass');
});

retry('waits at most twice as long each time, with full jitter, and never less than Retry-After says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 60_000 }),
      (attempt, chance, asked) => {
        const ms = backOffMs(attempt, chance, error('unavailable', { retryAfterMs: asked }));
        assert.ok(ms >= asked && ms <= asked + Math.min(30_000, 1000 * 2 ** (attempt - 1)) + 1);
      },
    ),
  );
  assert.is(backOffMs(3, 0, error('unavailable')), 0);
  assert.is(backOffMs(3, 1, error('unavailable')), 4000);
});

/** Work that fails as often and so; what was waited is kept. */
const trial = async (failures: Error[]) => {
  const waits: number[] = [];
  let calls = 0;
  const result = withRetries(
    async () => {
      const failure = failures[calls++];
      if (failure) throw failure;
      return 'done';
    },
    { retries: MAX_RETRIES, chance: () => 1, sleep: async (ms) => void waits.push(ms) },
  );
  return { outcome: await result.catch((caught: KtError) => caught.code), calls, waits };
};

retry('ends with the first success', async () => {
  assert.equal(await trial([error('unavailable'), error('rate_limited', { retryAfterMs: 500 })]), {
    outcome: 'done',
    calls: 3,
    waits: [1000, 2500],
  });
});
retry('happens three times and no more', async () => {
  assert.equal(await trial(Array.from({ length: 9 }, () => error('unavailable'))), {
    outcome: 'unavailable',
    calls: 4,
    waits: [1000, 2000, 4000],
  });
});
retry('does not happen for a refusal', async () => {
  assert.equal(await trial([error('unauthenticated')]), { outcome: 'unauthenticated', calls: 1, waits: [] });
});

retry.run();
