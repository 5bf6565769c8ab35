/** What a request says it takes, for answers that can be given in more than one way. */
import Negotiator from 'negotiator';

const asked = (headers: Headers, name: string): Negotiator =>
  new Negotiator({ headers: { [name]: headers.get(name) ?? undefined } });

/** How an answer may be made smaller, the smallest first. */
export type Encoding = 'br' | 'gzip' | 'identity';
const ENCODINGS: readonly Encoding[] = ['br', 'gzip', 'identity'];

/** Does a request's Accept-Encoding take this one? `gzip;q=0` says that it does not take gzip. */
export const takesEncoding = (headers: Headers, encoding: Encoding): boolean =>
  asked(headers, 'accept-encoding').encodings([encoding]).length > 0;

/**
 * The smallest encoding that the asker takes. Browsers name all they know with one weight, so their order means
 * nothing.
 */
export const encodingFor = (headers: Headers): Encoding =>
  ENCODINGS.find((encoding) => takesEncoding(headers, encoding)) ?? 'identity';

/**
 * Does somebody look at the answer in a browser, where JSON would be no help? A browser says what a request is for;
 * what it does not say this of is judged by whether it asks for HTML by name (spec/rest DEV-23).
 */
export const isNavigation = ({ method, headers }: Request): boolean => {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const mode = headers.get('sec-fetch-mode');
  return mode === null ? asked(headers, 'accept').mediaTypes().includes('text/html') : mode === 'navigate';
};
