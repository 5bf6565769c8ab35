/** A sign-in that has begun: what the browser keeps of it, sealed, in a cookie of its own for ten minutes. */
import { parseCookie, stringifySetCookie } from 'cookie';
import type { Place } from '../../auth/place.ts';
import type { Checks } from './provider.ts';
import type { Sealing } from './seal.ts';

export type Begun = {
  readonly checks: Checks;
  /** When, in ms since 1970. */
  readonly at: number;
  /** The session whose account is to be connected; null where somebody signs in. */
  readonly connect: { readonly account: number; readonly sessionId: string } | null;
};

const SECURE = '__Host-kt-oidc';
const PLAIN = 'kt-oidc';
const GOOD_FOR = 600_000;

const nameAt = ({ transport }: Place): string => (transport === 'https' ? SECURE : PLAIN);

/** Lax everywhere, because the browser comes back from another site. */
const cookieAt = (place: Place, value: string, maxAge: number): string =>
  stringifySetCookie({
    name: nameAt(place),
    value,
    path: '/',
    httpOnly: true,
    secure: nameAt(place) === SECURE,
    sameSite: 'lax',
    maxAge,
  });

export const keepBegun = (begun: Begun, sealing: Sealing, place: Place): string =>
  cookieAt(place, sealing.seal(begun), GOOD_FOR / 1000);

export const forgetBegun = (place: Place): string => cookieAt(place, '', 0);

/** Null where the browser shows none, or one that is too old. `now` is in ms. */
export const begunBy = (headers: Headers, sealing: Sealing, place: Place, now: number): Begun | null => {
  const text = parseCookie(headers.get('cookie') ?? '')[nameAt(place)];
  if (text === undefined || text.length > 4_096) return null;
  const begun = sealing.open(text) as Begun | null;
  return begun !== null && begun.at <= now && now - begun.at < GOOD_FOR ? begun : null;
};
