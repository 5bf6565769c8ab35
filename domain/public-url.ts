/**
 * The address at which browsers and clients find kt-server: an origin, or a folder of one, where a proxy gives it no
 * host name of its own.
 */
import { parsedUrl } from './parsed-url.ts';

/**
 * What the paths of kt-server itself begin with. Below a folder of such a name, a path that a proxy has taken the
 * folder off could not be told from one that still has it.
 */
const OWN = [
  'api',
  'auth',
  'client',
  'graphql',
  'health',
  'metrics',
  'pages',
  'ready',
  'sign-in',
  'sign-in-check.js',
  'welcome',
  // The dashboard's files, and a web UI beside it.
  'app',
  'aw',
  'dashboard',
];

/** What an address must look like, in words, for an error message. */
export const PUBLIC_URL_WORDS =
  'http:// or https:// and a host, with a folder behind it where a proxy serves it in one (https://example.org/kt): ' +
  `letters, digits and . _ ~ - alone, and no path of its own (/${OWN.join(', /')})`;

/** Is this a path that needs no escaping, neither in HTML nor in a shell? '' is, and no slash ends one. */
export const isFolder = (path: string): boolean => path.length <= 200 && /^(?:\/[\w.~-]+)*$/.test(path);

/**
 * An address in one form: scheme and host in lower case, no slash at its end, so that a path can follow; null for what
 * is no such address.
 */
export const publicUrlOf = (text: string): string | null => {
  const url = parsedUrl(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) return null;
  const folder = url.pathname.replace(/\/+$/, '');
  return isFolder(folder) && !OWN.includes(folder.split('/')[1] ?? '') ? url.origin + folder : null;
};
