import { KtError } from '../../domain/errors.ts';
import { isUuid } from '../../domain/uuid.ts';
import type { Viewer } from '../auth/viewer.ts';
import * as keys from '../storage/api-keys.ts';
import { lockAccount } from '../storage/changes.ts';
import type { Deps } from './deps.ts';
import { checkWish, makeKey, type KeyWish, type MadeKey } from './new-key.ts';
import { writing } from '../storage/writing.ts';

/** A person's own keys. The operator's, for every account, are in accounts.ts. */
export const makeKeys = ({ database, feed, now }: Deps) => ({
  /**
   * Makes a key. None has more than the viewer's: not another device, and no longer life, if the viewer's key has an
   * end; without a wish it ends with that one. Fails with `forbidden` where it would have, with `invalid` for a wish
   * that nothing can be made of, and as `makeKey` does.
   */
  create: (viewer: Viewer, wish: KeyWish): Promise<MadeKey> => {
    if (wish.scope === 'metrics')
      throw new KtError(
        'forbidden',
        'a key of scope metrics covers all accounts: the operator makes one on the server, ' +
          'with "kt-server keys create --scope metrics --email YOU"',
      );
    const { boundTo, keyId, account, address } = viewer;
    if (boundTo !== null && wish.deviceId !== boundTo)
      throw new KtError('forbidden', `a key that is bound to the device ${boundTo} makes keys for that device alone`);
    checkWish(wish, now());
    return writing(database, account, async (tx) => {
      await lockAccount(tx, account);
      const own = keyId === null ? null : await keys.find(tx, account, keyId);
      // Revoked, or deleted, since the request came in.
      if (keyId !== null && (!own || own.revokedAt !== null))
        throw new KtError('unauthenticated', 'the API key was revoked');
      const end = own?.expiresAt ?? null;
      if (end !== null && wish.expiresAt !== null && wish.expiresAt > end)
        throw new KtError('forbidden', `a key that expires makes none that lasts longer: until ${end.toISOString()}`);
      return makeKey(tx, account, { ...wish, expiresAt: wish.expiresAt ?? end }, now(), address);
    });
  },

  /**
   * Revokes a key of the account, at once and in every process; the browsers that signed in with it are signed out. One
   * that was revoked before keeps its date. Fails with `not_found` for a key of nobody, or of another account, and with
   * `forbidden` where the viewer's key is bound to a device and this one is not that device's.
   */
  revoke: async ({ account, boundTo, address }: Viewer, id: string): Promise<{ readonly id: string }> => {
    await writing(database, account, async (tx) => {
      await lockAccount(tx, account);
      const found = isUuid(id) ? await keys.find(tx, account, id) : null;
      if (!found) throw new KtError('not_found', `this account has no API key with the id ${JSON.stringify(id)}`);
      if (boundTo !== null && found.deviceId !== boundTo)
        throw new KtError(
          'forbidden',
          `a key that is bound to the device ${boundTo} revokes keys of that device alone`,
        );
      await keys.revoke(tx, id, now(), address);
    });
    feed.look(); // subscriptions that use it on this server end at once
    return { id };
  },
});
