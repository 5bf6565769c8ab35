import { KtError } from '../../domain/errors.ts';
import { isApiKey, makeApiKey } from '../auth/api-key.ts';
import type { Scope } from '../auth/scope.ts';
import * as keys from '../storage/api-keys.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as devices from '../storage/devices.ts';
import * as instance from '../storage/instance.ts';
import * as users from '../storage/users.ts';
import type { Deps } from './deps.ts';

/** A key that was just created: its text is returned only this once. */
export type NewKey = {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly email: string;
  readonly userCreated: boolean;
};

/** Whose key is made, what for, and for which device of his alone, by the id that it registered under. */
type KeyInput = { readonly email: string; readonly name: string; readonly deviceId?: string | undefined };

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const EMAIL = /^[^\s@\u0000-\u001f]+@[^\s@\u0000-\u001f]+$/u;
const MAX_NAME = 100;

/**
 * One key, given by its id, the beginning of its id or prefix, or its whole text. Fails with `not_found`, or with
 * `conflict` when several begin that way.
 */
export const findKey = async (tx: Tx, name: string): Promise<keys.ApiKeyRow> => {
  // A whole key is not repeated in a message: it may be a valid one with a typo.
  const beginning = isApiKey(name) ? name.slice(0, 10) : name;
  const found = (await keys.findByIdOrPrefix(tx, beginning)).slice(0, beginning === '' ? 0 : undefined);
  if (found.length > 1)
    throw new KtError(
      'conflict',
      `${found.length} keys begin with ${JSON.stringify(beginning)}: give more of it, ` +
        'or the id that "kt-server keys list --json" shows',
    );
  const [key] = found;
  if (!key)
    throw new KtError('not_found', `no key begins with ${JSON.stringify(beginning)}: "kt-server keys list" shows them`);
  return key;
};

/**
 * Users and keys, for the operator at the server's own command line. There is no viewer, because whoever can read the
 * data folder or the database can do all this anyway. Neither API offers any of it.
 */
export const makeAccounts = ({ database, feed, hostname, now }: Deps) => {
  /**
   * Creates a key, and its user if the address is new; bound to a device of the user if `deviceId` names one. Fails
   * with `invalid`, and `not_found` when that device is not registered.
   */
  const generateKey = (input: KeyInput, scope: Scope = 'full'): Promise<NewKey> => {
    const email = input.email.trim().toLowerCase();
    if (!EMAIL.test(email) || email.length > 254)
      throw new KtError(
        'invalid',
        `${JSON.stringify(input.email)} is no e-mail address: give one like you@example.org`,
      );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    if (input.name.length > MAX_NAME || /[\u0000-\u001f]/.test(input.name))
      throw new KtError('invalid', `a key's name has at most ${MAX_NAME} characters and no control characters`);
    return transaction(database, async (tx) => {
      await users.lockAll(tx);
      return makeKey(tx, { ...input, email }, scope);
    });
  };

  /** The same within a transaction that holds the lock on users. */
  const makeKey = async (tx: Tx, { email, ...input }: KeyInput, scope: Scope = 'full'): Promise<NewKey> => {
    const user = await users.findOrCreate(tx, email, { deviceId: await instance.deviceId(tx), hostname });
    const device = input.deviceId === undefined ? null : await devices.find(tx, user.account, input.deviceId);
    if (input.deviceId !== undefined && !device) {
      throw new KtError(
        'not_found',
        `${email} has no device ${JSON.stringify(input.deviceId)}: "kt-client setup" registers one, ` +
          'or POST /api/0/devices/register',
      );
    }
    const { key, prefix, hash } = makeApiKey();
    const row = await keys.create(tx, {
      account: user.account,
      name: input.name,
      prefix,
      keyHash: hash,
      scope,
      deviceUuid: device?.id ?? null,
    });
    return { key, id: row.id, name: row.name, scope: row.scope, email, userCreated: user.created };
  };

  return {
    generateKey: (input: KeyInput) => generateKey(input),

    /**
     * The same for a key that can only read /metrics. It is a call of its own, because a running server of an older
     * version would ignore a scope in the input, and create a full key.
     */
    generateMetricsKey: ({ email, name }: KeyInput) => generateKey({ email, name }, 'metrics'),

    /**
     * Creates the first user and key in an empty database; null when there is a user already. Of several processes that
     * start at once, one gets it.
     */
    firstKey: (): Promise<NewKey | null> =>
      transaction(database, async (tx) => {
        await users.lockAll(tx);
        return (await users.any(tx)) ? null : makeKey(tx, { email: 'owner@localhost', name: 'first key' });
      }),

    /** All keys, oldest first, without anything that could be used to authenticate. */
    listKeys: () => run(database, (tx) => keys.list(tx)),

    /** Revokes one key. Fails as `findKey` does. */
    revokeKey: async (name: string): Promise<keys.ApiKeyRow> => {
      const revoked = await transaction(database, async (tx) => {
        const found = await findKey(tx, name);
        await keys.revoke(tx, found.id, now());
        return { ...found, revokedAt: found.revokedAt ?? now() };
      });
      feed.look(); // subscriptions that use it on this server end at once
      return revoked;
    },

    /** All users, oldest first, with the number of devices, buckets and keys they have. */
    listUsers: () => run(database, users.list),
  };
};
