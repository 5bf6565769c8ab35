import { isLoopback } from './loopback.ts';
import { parsedUrl } from './parsed-url.ts';

/**
 * The address of a kt-server that an account may be moved to, without a slash at its end; null for what its clients
 * would not follow: keys go there, so it is encrypted, or this machine. A path is kept; what may be secret is refused.
 */
export const movedUrl = (text: string): string | null => {
  const url = parsedUrl(text);
  if (url === null || url.username + url.password + url.search + url.hash !== '') return null;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) return null;
  return url.href.replace(/\/+$/, '');
};
