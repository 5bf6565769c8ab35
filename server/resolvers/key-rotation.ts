import { KtError } from '../../domain/errors.ts';
import { makeApiKey } from '../auth/api-key.ts';
import * as keys from '../storage/api-keys.ts';
import { lockAccount } from '../storage/changes.ts';
import { transaction } from '../storage/database.ts';
import * as users from '../storage/users.ts';
import { findKey } from './accounts.ts';
import type { Deps } from './deps.ts';

/** A key that replaced another: it is shown this once. `endsAt`: when the former one stops working. */
export type RotatedKey = {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly former: string;
  readonly endsAt: Date;
};

/** Longest time that the former key may go on working, in seconds: 90 days. */
const MAX_GRACE = 90 * 86_400;

/** Rotates keys, for the operator at the server's own command line. */
export const makeKeyRotation = ({ database, feed, now }: Deps) => ({
  /**
   * Creates a key with the name, scope and device of the one called `name`, which stops working after `graceSeconds`,
   * or at once for 0. Fails as `findKey` does, with `invalid` if the grace is too long, and with `conflict` if the key
   * is revoked or expires already.
   */
  rotateKey: async ({ name, graceSeconds }: { name: string; graceSeconds: number }): Promise<RotatedKey> => {
    if (!Number.isSafeInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > MAX_GRACE)
      throw new KtError('invalid', `a key that is rotated goes on for at most ${MAX_GRACE / 86_400} days`);
    const rotated = await transaction(database, async (tx) => {
      // When two processes rotate one key, the second finds it revoked or expiring.
      await users.lockAll(tx);
      const former = await findKey(tx, name);
      if (former.revokedAt !== null || former.expiresAt !== null) {
        const why = former.revokedAt === null ? 'was rotated already, or expires' : 'is revoked';
        throw new KtError(
          'conflict',
          `the key ${former.prefix}… ${why}: ` +
            'rotate the one that took its place, or make one with "kt-server generate-key --email YOU"',
        );
      }
      const grants = await keys.grants(tx, former.id);
      await lockAccount(tx, grants.account);
      const { key, prefix, hash } = makeApiKey();
      const row = await keys.create(tx, {
        ...grants,
        prefix,
        keyHash: hash,
        at: now(),
        address: null,
      });
      const endsAt = new Date(now().getTime() + graceSeconds * 1000);
      if (graceSeconds === 0) await keys.revoke(tx, former.id, endsAt, null);
      else await keys.expire(tx, former.id, endsAt);
      return { key, id: row.id, name: row.name, scope: row.scope, former: former.prefix, endsAt };
    });
    feed.look(); // subscriptions that use the former one on this server end at once
    return rotated;
  },
});
