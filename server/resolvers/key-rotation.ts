import { KtError } from '../../domain/errors.ts';
import { makeApiKey } from '../auth/api-key.ts';
import * as keys from '../storage/api-keys.ts';
import { transaction } from '../storage/database.ts';
import * as users from '../storage/users.ts';
import { findKey } from './accounts.ts';
import type { Deps } from './deps.ts';

/** A key that took another's place: the only time it is told. `endsAt`: when the former one lets nobody in any more. */
export type RotatedKey = {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly former: string;
  readonly endsAt: Date;
};

/** Longest time that the former key may go on, in seconds: 90 days. */
const MAX_GRACE = 90 * 86_400;

/** Changes keys, for the person at the server's own command line, as accounts.ts makes them. */
export const makeKeyRotation = ({ database, feed, now }: Deps) => ({
  /**
   * Makes a key with the name, scope and device of the one named `name` (as for `revokeKey`), which ends after
   * `graceSeconds`, or at once for 0. Fails as `findKey` does, with `invalid` for too long a grace, and with `conflict`
   * where the key has an end already.
   */
  rotateKey: async ({ name, graceSeconds }: { name: string; graceSeconds: number }): Promise<RotatedKey> => {
    if (!Number.isSafeInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > MAX_GRACE)
      throw new KtError('invalid', `a key that is rotated goes on for at most ${MAX_GRACE / 86_400} days`);
    const rotated = await transaction(database, async (tx) => {
      // Of two that rotate one key, the second finds it ended.
      await users.lockAll(tx);
      const former = await findKey(tx, name);
      if (former.revokedAt !== null || former.expiresAt !== null)
        throw new KtError(
          'conflict',
          `the key ${former.prefix}… ${former.revokedAt === null ? 'was rotated already, or expires' : 'is revoked'}: ` +
            'rotate the one that took its place, or make one with "kt-server generate-key --email YOU"',
        );
      const { key, prefix, hash } = makeApiKey();
      const row = await keys.create(tx, { ...(await keys.grants(tx, former.id)), prefix, keyHash: hash });
      const endsAt = new Date(now().getTime() + graceSeconds * 1000);
      if (graceSeconds === 0) await keys.revoke(tx, former.id, endsAt);
      else await keys.expire(tx, former.id, endsAt);
      return { key, id: row.id, name: row.name, scope: row.scope, former: former.prefix, endsAt };
    });
    feed.look(); // whoever watches with the former one here ends at once
    return rotated;
  },
});
