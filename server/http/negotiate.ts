/** Which of several possible responses a request accepts. */
import Negotiator from 'negotiator';

const asked = (headers: Headers, name: string): Negotiator =>
  new Negotiator({ headers: { [name]: headers.get(name) ?? undefined } });

/** The encodings a response may be compressed with, smallest first. */
export type Encoding = 'br' | 'gzip' | 'identity';
const ENCODINGS: readonly Encoding[] = ['br', 'gzip', 'identity'];

/** Whether a request's Accept-Encoding includes this encoding. `gzip;q=0` excludes gzip. */
export const takesEncoding = (headers: Headers, encoding: Encoding): boolean =>
  asked(headers, 'accept-encoding').encodings([encoding]).length > 0;

/**
 * The smallest encoding that the client accepts. Browsers give all they know the same weight, so their order means
 * nothing.
 */
export const encodingFor = (headers: Headers): Encoding =>
  ENCODINGS.find((encoding) => takesEncoding(headers, encoding)) ?? 'identity';

/** Which of these languages a request would rather have; the first where it says none of them. */
export const languageFor = <Language extends string>(headers: Headers, known: readonly Language[]): Language =>
  (asked(headers, 'accept-language').languages([...known])[0] as Language | undefined) ?? known[0]!;

/**
 * Whether a person will see the response in a browser, where JSON would be no help. Newer browsers send what a request
 * is for (Sec-Fetch-Mode); for others it depends on whether Accept names HTML (spec/rest DEV-23).
 */
export const isNavigation = ({ method, headers }: Request): boolean => {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const mode = headers.get('sec-fetch-mode');
  return mode === null ? asked(headers, 'accept').mediaTypes().includes('text/html') : mode === 'navigate';
};
