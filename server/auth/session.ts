import { DAY_MS } from '../../domain/day.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import { portOf, run, type Database } from '../storage/database.ts';
import { mustBeServed } from '../storage/elsewhere.ts';
import * as sessions from '../storage/sessions.ts';
import { sameHash } from './api-key.ts';
import { saidBy, whyNotByCookie } from './by-cookie.ts';
import { sessionShown } from './cookie.ts';
import type { OnRefused } from './on-refused.ts';
import type { Asking, Places } from './place.ts';
import { hashOfSecret } from './secrets.ts';
import { scopeOf, whyNotIn, type Scope } from './scope.ts';
import { spokenFor } from './spoken-for.ts';
import type { Viewer } from './viewer.ts';
import { whence } from './whence.ts';

/** How long a session lasts that is not used, and how long one lasts at all, in ms. */
const UNUSED = 30 * DAY_MS;
export const LONGEST = 180 * DAY_MS;

/** The scopes of keys by which a browser signs in. */
export const OF_SESSIONS: readonly Scope[] = ['full', 'read'];

/** `last_seen_at` is kept to the minute, as that of keys is. */
const TOUCH_EVERY = 60_000;

/** Why a session is over: it expired, or it was ended; by itself or with its key. */
type Over = 'expired' | 'revoked';

/** Until when a session is good that is used now. */
export const goodUntil = (createdAt: Date, now: Date): Date =>
  new Date(Math.min(now.getTime() + UNUSED, createdAt.getTime() + LONGEST));

/**
 * Null for a request that shows no session. Fails with `unauthenticated` for a session that is over, its `reason` in
 * the details, and with `forbidden` for a request that no session may make.
 */
export type SessionCheck = (request: Asking) => Promise<Viewer | null>;

const over = (reason: Over, why: string): KtError =>
  new KtError('unauthenticated', `${why}: sign in again`, { reason });

/** Fails unless this session lets somebody in now. */
const mustBeGood = (row: sessions.KnownSession, at: Date): void => {
  if (row.endedAt !== null) throw over('revoked', 'this browser was signed out');
  if (row.keyRevokedAt !== null) throw over('revoked', 'the API key that this browser signed in with was revoked');
  if (row.expiresAt <= at) throw over('expired', 'this browser’s session has expired');
  if (row.keyExpiresAt !== null && row.keyExpiresAt <= at)
    throw over('expired', 'the API key that this browser signed in with has expired');
};

/**
 * Sessions are looked up on every request, with their keys and in one statement, so that one that was ended is refused
 * at once, by every process. `onFault` gets what goes wrong while it is noted that one was seen: no request waits for
 * that, and none fails by it.
 */
export const makeSessionCheck = (
  database: Database,
  now: () => Date,
  places: Places,
  onFault: (error: unknown) => void = () => {},
  onRefused: OnRefused = () => {},
): SessionCheck => {
  const touching = new Set<string>();
  let pausedTo = 0;
  const touch = (row: sessions.KnownSession, at: Date): void => {
    const isDue = at.getTime() - row.lastSeenAt.getTime() >= TOUCH_EVERY && at.getTime() >= pausedTo;
    if (!isDue || touching.has(row.id)) return;
    touching.add(row.id);
    run(database, (tx) => sessions.touch(tx, row, at, goodUntil(row.createdAt, at)))
      .catch((error: unknown) => {
        pausedTo = at.getTime() + TOUCH_EVERY;
        if (!isKtError(error, 'unavailable')) onFault(error);
      })
      .finally(() => touching.delete(row.id));
  };
  return async (request) => {
    const place = places.of(request);
    const token = sessionShown(request.headers, place);
    if (token === null) return null;
    const refusal = whyNotByCookie(saidBy(request, place));
    if (refusal !== null)
      throw new KtError('forbidden', `a browser’s session does not make this request, because ${refusal}`);
    const hash = hashOfSecret('session', token);
    const row = hash && (await sessions.findByHash(portOf(database), hash));
    if (!row || !sameHash(row.tokenHash, hash)) throw over('expired', 'this browser’s session is not known any more');
    const at = now();
    const address = whence(request);
    if (row.endedAt !== null || row.keyRevokedAt !== null)
      onRefused({ account: row.account, address }, 'a browser that was signed out');
    mustBeGood(row, at);
    const refused = row.keyScope === null ? null : whyNotIn(row.keyScope, OF_SESSIONS);
    if (refused !== null) throw new KtError('forbidden', refused);
    mustBeServed(row);
    touch(row, at);
    const { account, userId, id: sessionId, keyId } = row;
    const deviceId = spokenFor(request.headers, null);
    const scope = row.keyScope === null ? 'full' : scopeOf(row.keyScope)!;
    return { account, userId, via: 'session', scope, keyId, sessionId, deviceId, boundTo: null, address };
  };
};
