import type { JsonObject } from '../../data.ts';
import { oncePerData } from './once-per-data.ts';
import { withData, type Span } from './span.ts';

/** The schemes whose last path segment may carry `;params`: those of Python's urllib. */
const WITH_PARAMS = new Set([
  '',
  'ftp',
  'hdl',
  'prospero',
  'http',
  'https',
  'shttp',
  'rtsp',
  'rtspu',
  'sip',
  'sips',
  'mms',
  'sftp',
  'tel',
]);

/**
 * Gives every event with a `url` six more keys:
 *
 *   in    https://www.example.org/a/b;p?q=1#top
 *   out   $protocol https   $domain example.org   $path /a/b   $params p   $options q=1   $identifier top
 *
 * The cut is that of Python's urllib, not of `new URL()`: nothing is decoded, encoded or normalised (spec/query 3.14).
 * Events without a url, or with one that can't be cut, stay as they are.
 */
export const splitUrlEvents = (spans: readonly Span[]): Span[] => {
  const split = oncePerData((data) => {
    const parts = Object.hasOwn(data, 'url') && typeof data['url'] === 'string' ? splitUrl(data['url']) : null;
    return parts ? { ...data, ...parts } : data;
  });
  return spans.map((span) => withData(span, split(span.data)));
};

/** The six keys of a URL; null if it can not be cut. */
export const splitUrl = (url: string): JsonObject | null => {
  let rest = url.replace(/[\t\r\n]/g, '');
  const protocol = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(rest)?.[1] ?? '';
  if (protocol) rest = rest.slice(protocol.length + 1);
  const scheme = protocol.toLowerCase();
  let netloc = '';
  if (rest.startsWith('//')) {
    netloc = /^[^/?#]*/.exec(rest.slice(2))![0];
    rest = rest.slice(2 + netloc.length);
  }
  if (netloc.includes('[') !== netloc.includes(']')) return null;
  const [beforeFragment, fragment] = cut(rest, rest.indexOf('#'));
  const [whole, query] = cut(beforeFragment, beforeFragment.indexOf('?'));
  const semicolon = WITH_PARAMS.has(scheme) ? whole.indexOf(';', Math.max(0, whole.lastIndexOf('/'))) : -1;
  const [path, params] = cut(whole, semicolon);
  return {
    $protocol: scheme,
    $domain: netloc ? netloc.replace(/^www\./, '') : scheme,
    $path: path,
    $params: params,
    $options: query,
    $identifier: fragment,
  };
};

/** The text before and after the character at a place; all of it and nothing if there is no such place. */
const cut = (text: string, at: number): [string, string] =>
  at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
