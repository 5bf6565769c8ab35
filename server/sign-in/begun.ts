/** A sign-in that has begun: what the browser keeps of it, sealed, in a cookie of its own for some minutes. */
import { parseCookie, stringifySetCookie } from 'cookie';
import type { Place } from '../auth/place.ts';
import { makeSealing, type Sealing } from './seal.ts';

/** When it began, in ms since 1970. */
type Begun = { readonly at: number };

type BeginningOptions = {
  /** What is between `kt-` and the end of the cookie’s name. */
  readonly name: string;
  /** Words for the seal: what one way of signing in began, no other goes on with. */
  readonly purpose: string;
  /** How long it is good for, in ms. */
  readonly goodFor: number;
  /** `lax` where the browser comes back from another site. */
  readonly sameSite: 'lax' | 'strict';
  /** What it is sealed with. */
  readonly secret: () => Promise<Uint8Array>;
  /** In ms since 1970. */
  readonly now: () => number;
};

export type Beginnings<T extends Begun> = {
  /** The cookie that keeps it. */
  keep(begun: T, place: Place): Promise<string>;
  /** The cookie that ends it. */
  forget(place: Place): string;
  /** Null where the browser shows none, or one that is too old. */
  shownBy(headers: Headers, place: Place): Promise<T | null>;
};

/** The longest cookie that is looked at, in characters: browsers keep no longer one. */
const MOST = 4_096;

export const makeBeginnings = <T extends Begun>({
  name,
  purpose,
  goodFor,
  sameSite,
  secret,
  now,
}: BeginningOptions): Beginnings<T> => {
  let known: Promise<Sealing> | null = null;
  const sealing = (): Promise<Sealing> =>
    (known ??= secret()
      .then((bytes) => makeSealing(bytes, purpose))
      .catch((error: unknown) => {
        known = null;
        throw error;
      }));
  const nameAt = ({ transport }: Place): string => (transport === 'https' ? `__Host-kt-${name}` : `kt-${name}`);
  const cookieAt = (place: Place, value: string, maxAge: number): string =>
    stringifySetCookie({
      name: nameAt(place),
      value,
      path: '/',
      httpOnly: true,
      secure: place.transport === 'https',
      sameSite,
      maxAge,
    });
  return {
    keep: async (begun, place) => cookieAt(place, (await sealing()).seal(begun), goodFor / 1000),
    forget: (place) => cookieAt(place, '', 0),
    shownBy: async (headers, place) => {
      const text = parseCookie(headers.get('cookie') ?? '')[nameAt(place)];
      if (text === undefined || text.length > MOST) return null;
      const begun = (await sealing()).open(text) as T | null;
      return begun !== null && begun.at <= now() && now() - begun.at < goodFor ? begun : null;
    },
  };
};
