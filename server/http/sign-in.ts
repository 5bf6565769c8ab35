/**
 * Where people show their key. A browser sends none of its own accord, so pages decide it: a script before aw-webui's
 * own sends whoever has no key to the sign-in page, and that leads back. Neither ever puts the key into an address.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { makePage } from './page.ts';

const read = (name: string): string => readFileSync(new URL(`pages/${name}`, import.meta.url), 'utf8');

const script = read('sign-in.js');
const style = read('sign-in.css');
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * The page with its script and styles in it: it stands at any path, below any prefix. It asks this server alone, shows
 * in nobody's frame, and sends its form nowhere.
 */
const CSP = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

// By functions: a text would have its `$` read.
const html = read('sign-in.html')
  .replace('/*script*/', () => script)
  .replace('/*style*/', () => style);
const pageAt = (place: 'root' | 'api') =>
  makePage(html.replace('data-place="root"', `data-place="${place}"`), 'text/html; charset=utf-8', {
    'content-security-policy': CSP,
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });

/** The page at its own address. */
export const signInPage = pageAt('root');

/** What a browser gets that goes to a path of the API without a key; with one it shows what the path answers. */
const signInAtApi = pageAt('api');
export const signInInstead = (request: Request): Response => signInAtApi(request, 401);

/** Runs before a web UI. */
export const signInCheck = makePage(read('sign-in-check.js'), 'text/javascript; charset=utf-8');

/** A web UI's page with that script in it, before any of its own. */
export const withSignIn = (html: string): string => {
  const first = '<script src="sign-in-check.js"></script>';
  const place = [/<head\b[^>]*>/i, /<html\b[^>]*>/i, /<!doctype[^>]*>/i]
    .map((tag) => tag.exec(html))
    .find((match) => match !== null);
  const end = place ? place.index + place[0].length : 0;
  return html.slice(0, end) + first + html.slice(end);
};
