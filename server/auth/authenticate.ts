import { isKtError, KtError } from '../../domain/errors.ts';
import * as keys from '../storage/api-keys.ts';
import { portOf, run, type Database } from '../storage/database.ts';
import * as users from '../storage/users.ts';
import { hashApiKey, isApiKey, sameHash } from './api-key.ts';
import { scopeOf, type Scope } from './scope.ts';
import type { Viewer } from './viewer.ts';

/**
 * Request → viewer. Both APIs call exactly this. Null when the request shows no key; fails with `unauthenticated`
 * when it shows a wrong one.
 */
export type Authenticate = (headers: Headers) => Promise<Viewer | null>;

/** `last_used_at` is kept to the minute: a busy key would write a row per request otherwise. */
const TOUCH_EVERY_MS = 60_000;

/**
 * Every key that a request shows: in `Authorization: Bearer`, in `X-API-Key`, or in HTTP Basic as the password (or as
 * the user without a password, which is all that the Python client can send to a remote host). Keys in the URL are not
 * accepted.
 */
const shownKeys = (headers: Headers): string[] => {
  const found: string[] = [];
  const authorization = headers.get('authorization') ?? '';
  // GraphiQL sends "Bearer" with nothing behind it before a key is typed: that is no key, rather than a wrong one.
  const empty = /^\s*(bearer)?\s*$/i.test(authorization);
  const [, scheme = '', value = ''] = /^\s*(\S+)\s+(.*?)\s*$/.exec(authorization) ?? [];
  if (/^bearer$/i.test(scheme) && value !== '') found.push(value);
  if (/^basic$/i.test(scheme)) {
    const [user = '', ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
    found.push(password.join(':') || user);
  }
  const header = headers.get('x-api-key');
  if (header !== null) found.push(header.trim());
  if (found.length === 0 && !empty) found.push(''); // an unknown scheme counts as a wrong key
  return found;
};

/** Whether a request shows a key, valid or not. */
export const showsKey = (headers: Headers): boolean => shownKeys(headers).length > 0;

/**
 * The device that a request acts for. Fails with `forbidden` when the request's key is bound to another device than its
 * header names.
 */
const spokenFor = (headers: Headers, bound: string | null): string | null => {
  const named = headers.get('x-device-id')?.trim() || null;
  if (named !== null && bound !== null && named !== bound) {
    throw new KtError(
      'forbidden',
      `this API key is bound to the device ${bound}, and the request's X-Device-Id names another`,
    );
  }
  return named ?? bound;
};

/** Why a key of this scope is refused. */
const notFor = (scope: string, wanted: Scope): string => {
  const is = `the API key is of scope ${JSON.stringify(scope)}`;
  if (wanted === 'metrics')
    return (
      `${is}, and /metrics covers all accounts: ` +
      'make a key for it with "kt-server generate-key --scope metrics --email YOU"'
    );
  const another = 'make another with "kt-server generate-key --email YOU"';
  if (scopeOf(scope) === 'metrics') return `${is}, which reads /metrics and nothing else: ${another}`;
  return `${is}, which this server does not know: ${another}`;
};

const REFUSED = 'the API key is not valid: check it, or make one with "kt-server generate-key --email YOU"';

/**
 * Keys are looked up on every request, without a cache, so that a revoked one is refused at once. Only keys of the
 * scope `wanted` are accepted; others fail with `forbidden`.
 */
export const makeAuthenticate = (database: Database, now: () => Date, wanted: Scope = 'full'): Authenticate => {
  // While the database is read-only, reads still work. Then the update of `last_used_at` is tried once a minute, for
  // all keys together.
  let pausedTo = 0;
  const touch = async (key: keys.KnownKey, at: Date): Promise<void> => {
    if (at.getTime() < pausedTo) return;
    try {
      await run(database, (tx) => keys.touch(tx, key, at));
    } catch (error) {
      if (!isKtError(error, 'unavailable')) throw error;
      pausedTo = at.getTime() + TOUCH_EVERY_MS;
    }
  };
  return async (headers) => {
    const [key, ...others] = shownKeys(headers);
    if (key === undefined) return null;
    if (others.some((other) => other !== key))
      throw new KtError('unauthenticated', 'the request shows two different API keys: send one');
    if (!isApiKey(key)) throw new KtError('unauthenticated', REFUSED);
    const hash = hashApiKey(key);
    const row = await keys.findByHash(portOf(database), hash);
    const at = now();
    if (!row || !sameHash(row.keyHash, hash) || row.revokedAt !== null) throw new KtError('unauthenticated', REFUSED);
    if (row.expiresAt !== null && row.expiresAt <= at)
      throw new KtError(
        'unauthenticated',
        'the API key has expired: make another with "kt-server generate-key --email YOU"',
      );
    // It is not defined yet what keys of other scopes may do, so they may do nothing.
    if (row.scope !== wanted) throw new KtError('forbidden', notFor(row.scope, wanted));
    if (row.lastUsedAt === null || at.getTime() - row.lastUsedAt.getTime() >= TOUCH_EVERY_MS) {
      await touch(row, at);
    }
    const { account, userId, id: keyId, deviceId: boundTo } = row;
    return { account, userId, keyId, deviceId: spokenFor(headers, boundTo), boundTo };
  };
};

/**
 * KT_SERVER_AUTH=none: everybody who reaches the server acts as its first user. Only allowed on a loopback address,
 * which config.ts enforces.
 */
export const makeNoAuthentication =
  (database: Database): Authenticate =>
  async (headers) => {
    const user = await users.first(portOf(database));
    if (!user)
      throw new KtError(
        'unavailable',
        'the server has no user yet: make one with "kt-server generate-key --email YOU"',
      );
    return { account: user.account, userId: user.id, keyId: null, deviceId: spokenFor(headers, null), boundTo: null };
  };
