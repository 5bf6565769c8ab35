import { isKtError, KtError } from '../../domain/errors.ts';
import * as keys from '../storage/api-keys.ts';
import { portOf, run, type Database } from '../storage/database.ts';
import { mustBeServed } from '../storage/elsewhere.ts';
import * as users from '../storage/users.ts';
import { hashApiKey, isApiKey, sameHash } from './api-key.ts';
import type { OnRefused } from './on-refused.ts';
import type { Asking } from './place.ts';
import { OF_ACCOUNTS, scopeOf, whyNotIn, type Scope } from './scope.ts';
import type { SessionCheck } from './session.ts';
import { spokenFor } from './spoken-for.ts';
import { inTheNameOf, type Viewer } from './viewer.ts';
import { whence } from './whence.ts';

/**
 * Request → viewer. Both APIs and /auth call exactly this. Null when the request shows neither a key nor a session;
 * fails with `unauthenticated` when it shows a wrong one, and with `forbidden` where it is not for this request.
 */
export type Authenticate = ((request: Asking) => Promise<Viewer | null>) & {
  /**
   * For who writes: the key that a request shows, to be looked up among the statements of its transaction. Null where
   * it shows none, or not one alone.
   */
  readonly lookUp?: (request: Asking) => LookUp | null;
};

/** A key that somebody else looks up. */
type LookUp = {
  readonly keyHash: Uint8Array;
  /** Who it is, by what was found of this hash. Fails as `Authenticate` does. */
  judge(found: keys.KnownKey | null): Viewer;
  /** Notes that it was used, after it was judged, and outside of any transaction. */
  used(): Promise<void>;
};

/** `last_used_at` is kept to the minute: a busy key would write a row per request otherwise. */
const TOUCH_EVERY_MS = 60_000;

/** How long a request waits until its key's use is noted, in ms: the commit may wait for a standby that is gone. */
const NOTED_WITHIN = 1_000;

/** Waits for work, but not for long: it goes on, and what it fails with after that is nobody's. */
const soon = async (work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, NOTED_WITHIN)));
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

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

const REFUSED = 'the API key is not valid: check it, or make one with "kt-server generate-key --email YOU"';

/** A key that is accepted. */
type GoodKey = Omit<keys.KnownKey, 'scope'> & { readonly scope: Scope };

/**
 * A key that is accepted, by its text and the address that shows it. Fails with `unauthenticated`, with `forbidden` for
 * one of another scope, and as `mustBeServed` does.
 */
export type KeyCheck = ((key: string, address: string | null) => Promise<GoodKey>) & {
  /** The same by what was found of its hash. */
  judge(found: keys.KnownKey | null, hash: Uint8Array, address: string | null): GoodKey;
  /** Notes that it was used. */
  touch(key: GoodKey, address: string | null): Promise<void>;
};

/**
 * Keys are looked up on every request, without a cache, so that a revoked one is refused at once. Only keys of the
 * scopes `accepted` are: which of them may do what is decided where it is done.
 */
export const makeKeyCheck = (
  database: Database,
  now: () => Date,
  accepted: readonly Scope[] = OF_ACCOUNTS,
  onRefused: OnRefused = () => {},
): KeyCheck => {
  // While the database is read-only, reads still work. Then the update of `last_used_at` is tried once a minute, for
  // all keys together.
  let pausedTo = 0;
  const touch = async (key: GoodKey, address: string | null): Promise<void> => {
    const at = now();
    if (key.lastUsedAt !== null && at.getTime() - key.lastUsedAt.getTime() < TOUCH_EVERY_MS) return;
    if (at.getTime() < pausedTo) return;
    try {
      await soon(run(database, (tx) => keys.touch(tx, key, at, address)));
    } catch (error) {
      if (!isKtError(error, 'unavailable')) throw error;
      pausedTo = at.getTime() + TOUCH_EVERY_MS;
    }
  };
  const judge = (row: keys.KnownKey | null, hash: Uint8Array, address: string | null): GoodKey => {
    if (!row || !sameHash(row.keyHash, hash)) throw new KtError('unauthenticated', REFUSED);
    const refused = (why: string) => onRefused({ account: row.account, address }, `the API key ${row.prefix}…: ${why}`);
    if (row.revokedAt !== null) {
      refused('it was revoked');
      throw new KtError('unauthenticated', REFUSED);
    }
    if (row.expiresAt !== null && row.expiresAt <= now()) {
      refused('it has expired');
      throw new KtError(
        'unauthenticated',
        'the API key has expired: make another with "kt-server generate-key --email YOU"',
      );
    }
    const refusal = whyNotIn(row.scope, accepted);
    if (refusal !== null) {
      refused(`it is of scope ${row.scope}`);
      throw new KtError('forbidden', refusal);
    }
    mustBeServed(row);
    return { ...row, scope: scopeOf(row.scope)! };
  };
  const check = async (key: string, address: string | null): Promise<GoodKey> => {
    if (!isApiKey(key)) throw new KtError('unauthenticated', REFUSED);
    const hash = hashApiKey(key);
    const row = judge(await keys.findByHash(portOf(database), hash), hash, address);
    await touch(row, address);
    return row;
  };
  return Object.assign(check, { judge, touch });
};

/**
 * Who shows a key, or else a session, where sessions are accepted. A key counts alone: who sends one means it, and a
 * browser adds its cookie by itself.
 */
export const makeAuthenticate = (
  database: Database,
  now: () => Date,
  accepted: readonly Scope[] = OF_ACCOUNTS,
  ofSession: SessionCheck = async () => null,
  onRefused: OnRefused = () => {},
): Authenticate => {
  const check = makeKeyCheck(database, now, accepted, onRefused);
  const viewerOf = (
    headers: Headers,
    { account, userId, id: keyId, scope, deviceId: boundTo }: GoodKey,
    address: string | null,
  ): Viewer => {
    const deviceId = spokenFor(headers, boundTo);
    return { account, userId, via: 'key', scope, keyId, sessionId: null, deviceId, boundTo, address };
  };
  const authenticate = async (request: Asking): Promise<Viewer | null> => {
    const { headers } = request;
    const [key, ...others] = shownKeys(headers);
    if (key === undefined) return ofSession(request);
    if (others.some((other) => other !== key))
      throw new KtError('unauthenticated', 'the request shows two different API keys: send one');
    const address = whence(request);
    return viewerOf(headers, await check(key, address), address);
  };
  const lookUp = (request: Asking): LookUp | null => {
    const { headers } = request;
    const [key, ...others] = shownKeys(headers);
    if (key === undefined || !isApiKey(key) || others.some((other) => other !== key)) return null;
    const keyHash = hashApiKey(key);
    const address = whence(request);
    let good: GoodKey | undefined;
    return {
      keyHash,
      judge: (found) => viewerOf(headers, (good = check.judge(found, keyHash, address)), address),
      used: async () => good && check.touch(good, address),
    };
  };
  return Object.assign(authenticate, { lookUp });
};

/**
 * KT_SERVER_AUTH=none: everybody who reaches the server acts as its first user. Only allowed on a loopback address,
 * which config.ts enforces.
 */
export const makeNoAuthentication =
  (database: Database): Authenticate =>
  async (request) => {
    const { headers } = request;
    const user = await users.first(portOf(database));
    if (!user)
      throw new KtError(
        'unavailable',
        'the server has no user yet: make one with "kt-server generate-key --email YOU"',
      );
    mustBeServed(user);
    const deviceId = spokenFor(headers, null);
    return { ...inTheNameOf({ account: user.account, userId: user.id }), deviceId, address: whence(request) };
  };
