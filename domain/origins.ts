/** Origins as settings name them, and the pages they let in (CORS): spec/rest 1.7. */
import { parsedUrl } from './parsed-url.ts';

/**
 * The origin of any page at an http or https address. `null`, the origin of a sandboxed frame or a local file, is not
 * among these.
 */
const ANY_PAGE = 'https?://[^/]+';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/**
 * A text in lower case as the source of a pattern, in which only `*` is special: it stands for anything but a slash.
 * Not picomatch's: whatever its options, that treats `?` and parentheses as patterns, and a guard would let in more
 * than is written.
 */
export const globSource = (text: string): string => text.toLowerCase().split('*').map(escaped).join('[^/]*');

const ENTRY = /^([a-z][a-z0-9+.-]*|\*):\/\/([^/\s?#@]+?)(:\*)?\/?$/i;

/**
 * The pattern for one name of KT_SERVER_CORS_ORIGINS; null if it is no origin, and would never let anybody in. `*`
 * alone is every http and https page; in a host it stands for anything, as a scheme for http and https, as a port for
 * any or none. `null` admits requests with `Origin: null`, and no other name does.
 */
export const originSource = (entry: string): string | null => {
  if (entry === '*') return ANY_PAGE;
  if (entry.toLowerCase() === 'null') return 'null';
  const [, scheme, host, anyPort] = ENTRY.exec(entry) ?? [];
  if (scheme === undefined || host === undefined) return null;
  // As browsers write it: without the scheme's default port, in lower case and ASCII.
  if (/^https?$/i.test(scheme) && !entry.includes('*')) {
    const url = parsedUrl(entry);
    return url && globSource(url.origin);
  }
  const ownPort = { http: /:80$/, https: /:443$/ }[scheme.toLowerCase()];
  const schemes = scheme === '*' ? 'https?' : globSource(scheme);
  const source = `${schemes}:\\/\\/${globSource(ownPort ? host.replace(ownPort, '') : host)}`;
  return anyPort ? `${source}(?::\\d+)?` : source;
};

/** Whether these names admit pages that nobody named, such as one at an address made up just now. */
export const admitAnybody = (entries: readonly string[]): boolean =>
  entries.some((entry) => {
    const pattern = new RegExp(`^(?:${originSource(entry) ?? '(?!)'})$`);
    return pattern.test('http://nobody-named.invalid') || pattern.test('https://nobody-named.invalid');
  });
