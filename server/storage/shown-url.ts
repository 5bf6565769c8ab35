/** Parameters of a URL that may be shown: how to connect, but no user or secret. */
import { parsedUrl } from '../../domain/parsed-url.ts';

const HARMLESS = ['host', 'port', 'sslmode', 'schema'];

/**
 * Whether a part of the password may have ended up in the address: an unencoded `/`, `?` or `#` in it ends the address
 * early, and the `@` after the password comes later.
 */
export const isTorn = (url: string): boolean => {
  const rest = url.replace(/^[a-z+]+:\/\/[^/?#]*/i, '');
  return parsedUrl(url) === null || rest.includes('@');
};

/** A database's URL that is safe to show: user, host and database; no password, and no parameter that may be one. */
export const shownUrl = (url: string): string => {
  if (isTorn(url)) return 'postgres://…';
  const parsed = new URL(url);
  parsed.password = '';
  parsed.hash = '';
  for (const name of [...new Set(parsed.searchParams.keys())])
    if (!HARMLESS.includes(name)) parsed.searchParams.delete(name);
  return parsed.toString();
};

/** Whether a database's URL as a whole contains no secret. */
export const isHarmless = (url: string): boolean => {
  if (isTorn(url)) return false;
  const { password, hash, searchParams } = new URL(url);
  return password === '' && hash === '' && [...searchParams.keys()].every((name) => HARMLESS.includes(name));
};
