/** What of a URL's query may be shown: where and how, and never whom or with what. */
const HARMLESS = ['host', 'port', 'sslmode', 'schema'];

/**
 * Whether a part of the password may have become part of the address: unencoded, a `/`, `?` or `#` in it ends the
 * address early, and the `@` that was to end the password comes after that.
 */
export const isTorn = (url: string): boolean => {
  const rest = url.replace(/^[a-z+]+:\/\/[^/?#]*/i, '');
  return !URL.canParse(url) || rest.includes('@');
};

/**
 * A database's URL as it may be shown: whom, where and which database; no password, and nothing of
 * the query that may be one.
 */
export const shownUrl = (url: string): string => {
  if (isTorn(url)) return 'postgres://…';
  const parsed = new URL(url);
  parsed.password = '';
  parsed.hash = '';
  for (const name of [...new Set(parsed.searchParams.keys())])
    if (!HARMLESS.includes(name)) parsed.searchParams.delete(name);
  return parsed.toString();
};

/** Whether showing a database's URL whole would tell nobody a secret. */
export const isHarmless = (url: string): boolean => {
  if (isTorn(url)) return false;
  const { password, hash, searchParams } = new URL(url);
  return password === '' && hash === '' && [...searchParams.keys()].every((name) => HARMLESS.includes(name));
};
