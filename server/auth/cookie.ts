/** The cookie that holds a browser's session. */
import { parseCookie, stringifySetCookie } from 'cookie';
import type { Place } from './place.ts';

/** Browsers take it from this very host alone, and only encrypted: no other host of the domain can have set it. */
const SECURE = '__Host-kt';
/** Where there is no encryption, within this machine above all. */
const PLAIN = 'kt';

/**
 * The session that a request shows; null for none. One that was set encrypted counts before the other, which does not
 * count at all where the request itself was encrypted: another host of the domain could have set it.
 */
export const sessionShown = (headers: Headers, { transport }: Place): string | null => {
  const cookies = parseCookie(headers.get('cookie') ?? '');
  return cookies[SECURE] ?? (transport === 'https' ? null : (cookies[PLAIN] ?? null));
};

const attributes = (name: string, { transport }: Place) => ({
  name,
  path: '/',
  httpOnly: true,
  secure: name === SECURE,
  sameSite: transport === 'open' ? ('strict' as const) : ('lax' as const),
});

/** The value of `Set-Cookie` that has a browser keep a session for so many seconds. */
export const keepSession = (token: string, seconds: number, place: Place): string =>
  stringifySetCookie({
    ...attributes(place.transport === 'https' ? SECURE : PLAIN, place),
    value: token,
    maxAge: seconds,
  });

/** The values of `Set-Cookie` that have it forget what it shows. */
export const forgetSession = (headers: Headers, place: Place): string[] => {
  const cookies = parseCookie(headers.get('cookie') ?? '');
  return [SECURE, PLAIN]
    .filter((name) => cookies[name] !== undefined)
    .map((name) => stringifySetCookie({ ...attributes(name, place), value: '', maxAge: 0 }));
};
