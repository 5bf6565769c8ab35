import { KtError } from '../../domain/errors.ts';
import { isApiKey } from '../auth/api-key.ts';
import type { Scope } from '../auth/scope.ts';
import * as keys from '../storage/api-keys.ts';
import { lockAccount } from '../storage/changes.ts';
import { run, transaction, type Tx } from '../storage/database.ts';
import * as instance from '../storage/instance.ts';
import * as people from '../storage/people.ts';
import * as users from '../storage/users.ts';
import type { Deps } from './deps.ts';
import { checkWish, makeKey } from './new-key.ts';

/** A key that was just created: its text is returned only this once. */
export type NewKey = {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly expiresAt: Date | null;
  readonly email: string;
  readonly userCreated: boolean;
};

/**
 * Whose key is made, and what for: `full` if nothing is said. For which device alone, by the id that it registered
 * under, and until when, in ms since 1970.
 */
type KeyInput = {
  readonly email: string;
  readonly name: string;
  readonly scope?: Scope | undefined;
  readonly deviceId?: string | undefined;
  readonly expiresAt?: number | undefined;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const EMAIL = /^[^\s@\u0000-\u001f]+@[^\s@\u0000-\u001f]+$/u;

/** An e-mail address as users have it. Fails with `invalid` for what is none. */
export const addressOf = (text: string): string => {
  const email = text.trim().toLowerCase();
  if (EMAIL.test(email) && email.length <= 254 && email.isWellFormed()) return email;
  throw new KtError('invalid', `${JSON.stringify(text)} is no e-mail address: give one like you@example.org`);
};

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
  /** Makes a key, and its user if the address is new, within a transaction that holds the lock on users. */
  const make = async (tx: Tx, { email, name, scope = 'full', deviceId, expiresAt }: KeyInput): Promise<NewKey> => {
    const wish = {
      name,
      scope,
      deviceId: deviceId ?? null,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
    };
    checkWish(wish, now());
    const user = await users.findOrCreate(tx, email, { deviceId: await instance.deviceId(tx), hostname });
    await lockAccount(tx, user.account);
    const { key, row } = await makeKey(tx, user.account, wish, now());
    const { id, expiresAt: end } = row;
    return { key, id, name: row.name, scope: row.scope, expiresAt: end, email, userCreated: user.created };
  };

  return {
    /**
     * Creates a key, and its user if the address is new; bound to a device of the user if `deviceId` names one. Fails
     * with `invalid`, and `not_found` when that device is not registered.
     */
    createKey: async (input: KeyInput): Promise<NewKey> => {
      const email = addressOf(input.email);
      return transaction(database, async (tx) => {
        await users.lockAll(tx);
        return make(tx, { ...input, email });
      });
    },

    /**
     * Creates the first user and key in an empty database, for who administers the server; null when there is a user
     * already. Of several processes that start at once, one gets it.
     */
    firstKey: (): Promise<NewKey | null> =>
      transaction(database, async (tx) => {
        await users.lockAll(tx);
        if (await users.any(tx)) return null;
        const made = await make(tx, { email: 'owner@localhost', name: 'first key' });
        await people.mark(tx, (await users.findByEmail(tx, made.email))!.account, now());
        return made;
      }),

    /** All keys, oldest first, without anything that could be used to authenticate. */
    listKeys: () => run(database, (tx) => keys.list(tx)),

    /** Revokes one key. Fails as `findKey` does. */
    revokeKey: async (name: string): Promise<keys.ApiKeyRow> => {
      const revoked = await transaction(database, async (tx) => {
        const found = await findKey(tx, name);
        await lockAccount(tx, (await keys.grants(tx, found.id)).account);
        await keys.revoke(tx, found.id, now(), null);
        return { ...found, revokedAt: found.revokedAt ?? now() };
      });
      feed.look(); // subscriptions that use it on this server end at once
      return revoked;
    },
  };
};
