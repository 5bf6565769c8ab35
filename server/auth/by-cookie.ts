/**
 * Which requests a browser's cookie may make. A browser adds the cookie to whatever any page asks of this server, so
 * the request itself has to show that it is from a page of this server (spec/sign-in 3). Pure.
 */
import type { Place } from './place.ts';

/** What a request says of where it is from. */
export type ByCookie = Place & {
  readonly method: string;
  /** The content type as sent; null for none. */
  readonly contentType: string | null;
  /** `Sec-Fetch-Site`, which no page can forge; null in older browsers, and on plain http. */
  readonly site: string | null;
  readonly origin: string | null;
};

const READS = ['GET', 'HEAD'];

/**
 * Why a request may not be made by a cookie, in words; null where it may. A read need only not be from another site,
 * because no other page gets to see the answer. A write has a body of JSON, which no form can send, and shows that its
 * page is our own. A DELETE may be without a body: no form can send one.
 */
export const whyNotByCookie = ({ method, contentType, site, origin, own, transport }: ByCookie): string | null => {
  const isOurs = origin !== null && own.includes(origin.toLowerCase());
  if (READS.includes(method))
    return site === 'cross-site' || (origin !== null && !isOurs) ? 'it comes from a page of another site' : null;
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? null;
  if (type !== 'application/json' && !(type === null && method === 'DELETE'))
    return 'its body is not JSON, with the header "Content-Type: application/json"';
  // On plain http nothing but the origin says it.
  const isShown =
    site === null || transport === 'open' ? isOurs : site === 'same-origin' && (origin === null || isOurs);
  return isShown ? null : 'it does not show that it comes from a page of this server';
};

/**
 * The same for a request that signs in, and so carries no cookie yet. Programs send neither header; a page can not
 * leave them out.
 */
export const whyNotToSignIn = ({ site, origin, own }: ByCookie): string | null => {
  const isOurs = origin === null || own.includes(origin.toLowerCase());
  return isOurs && (site === null || site === 'same-origin') ? null : 'it comes from a page of another site';
};

/** What a request says of itself, with where it reached the server. */
export const saidBy = ({ method, headers }: Pick<Request, 'method' | 'headers'>, place: Place): ByCookie => ({
  ...place,
  method,
  contentType: headers.get('content-type'),
  site: headers.get('sec-fetch-site'),
  origin: headers.get('origin'),
});
