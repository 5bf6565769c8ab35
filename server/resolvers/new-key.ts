import { KtError } from '../../domain/errors.ts';
import { makeApiKey } from '../auth/api-key.ts';
import type { Scope } from '../auth/scope.ts';
import type { Way } from '../storage/account-log.ts';
import * as keys from '../storage/api-keys.ts';
import type { Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as people from '../storage/people.ts';
import { isStorable } from './buckets.ts';

/** What a new key is for. */
export type KeyWish = {
  readonly name: string;
  readonly scope: Scope;
  /** The device that it is to be bound to, by the id it registered under; null for none. */
  readonly deviceId: string | null;
  /** When it is to expire; null for never. */
  readonly expiresAt: Date | null;
};

/** A key that was just made: `key` is returned only this once. */
export type MadeKey = { readonly key: string; readonly row: keys.ApiKeyRow };

/** The longest name that a person gives a key or a passkey, in UTF-16. */
export const MAX_NAME = 100;

/** Whether a key or a passkey may be called so. */
export const isOwnName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  name.length <= MAX_NAME && !/[\u0000-\u001f]/.test(name) && isStorable(name);

/** Fails with `invalid` where no key can be as wished, whoever asks. */
export const checkWish = ({ name, scope, deviceId, expiresAt }: KeyWish, now: Date): void => {
  if (!isOwnName(name))
    throw new KtError('invalid', `a key's name has at most ${MAX_NAME} characters and no control characters`);
  if (scope === 'metrics' && deviceId !== null)
    throw new KtError('invalid', 'a key of scope metrics speaks for no device: leave the device out');
  if (expiresAt !== null && !(expiresAt > now))
    throw new KtError('invalid', 'a key expires in the future: give a later time, or none');
};

/**
 * Makes a key in an account, from this address (null: on the server itself); `way` is how its device signed in, if one
 * did. The caller checked the wish, and holds a lock that keeps the account. Fails with `not_found` where the device is
 * not registered, and with `too_large` where the account has too many keys that are good; of the others the oldest go
 * to make room.
 */
export const makeKey = async (
  tx: Tx,
  account: number,
  wish: KeyWish,
  now: Date,
  address: string | null = null,
  way: Way | null = null,
): Promise<MadeKey> => {
  const { deviceId } = wish;
  const device = deviceId === null || !isStorable(deviceId) ? null : await devices.find(tx, account, deviceId);
  if (deviceId !== null && !device)
    throw new KtError(
      'not_found',
      `this account has no device ${JSON.stringify(deviceId)}: "kt-client setup" registers one, ` +
        'or POST /api/0/devices/register',
    );
  await people.came(tx, account);
  await keys.makeRoom(tx, account, now);
  const { key, prefix, hash } = makeApiKey();
  const row = await keys.create(tx, {
    account,
    name: wish.name,
    prefix,
    keyHash: hash,
    scope: wish.scope,
    deviceUuid: device?.id ?? null,
    expiresAt: wish.expiresAt,
    at: now,
    address,
    way,
  });
  return { key, row };
};
