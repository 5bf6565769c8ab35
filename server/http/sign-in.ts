/**
 * Where people enter their key. A browser sends none by itself, so pages handle it: a script that runs before
 * aw-webui's own redirects anybody without a key to the sign-in page, which redirects back. Neither ever puts the key
 * into an address.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ALONE_HEADERS, makePage } from './page.ts';
import { foldersOf } from './paths.ts';

/** The server's root, seen from the root of a web UI: that itself, or the folder above. */
export type UiPlace = '' | '../';

const read = (name: string): string => readFileSync(new URL(`pages/${name}`, import.meta.url), 'utf8');

const script = read('sign-in.js');
const style = read('sign-in.css');
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * The page with its script and styles inline, because it is served at any path and below any prefix. It sends requests
 * only to this server, can't be shown in another site's frame, and submits its form nowhere.
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

// Replacement functions: in a replacement text, `$` would have a meaning.
const html = read('sign-in.html')
  .replace('/*script*/', () => script)
  .replace('/*style*/', () => style);
const pageAt = (place: 'root' | 'api', server: string | null) =>
  makePage(
    html.replace('data-place="root"', `data-place="${place}"${server === null ? '' : ` data-server="${server}"`}`),
    'text/html; charset=utf-8',
    { 'content-security-policy': CSP, ...ALONE_HEADERS },
  );

/** The page at its own address, beside a web UI. */
export const signInPage = (server: UiPlace) => pageAt('root', server);

/** The deepest path of the API, `/api/0/buckets/ID/events/ID`, and a few slashes more, in folders. */
const DEEPEST = 8;
/** By how many folders deep the path is; the last is for all that are deeper, which are no paths of the API. */
const atApi = Array.from({ length: DEEPEST + 2 }, (_, folders) =>
  pageAt('api', folders > DEEPEST ? null : folders === 0 ? './' : '../'.repeat(folders)),
);

/**
 * What a browser gets that opens a path of the API without a key; once it has one, the page shows the path's response.
 * `target` is the path as the server sees it, without the folder of a public URL.
 */
export const signInInstead = (request: Request, target: string): Response =>
  atApi[Math.min(foldersOf(target), DEEPEST + 1)]!(request, 401);

/** The script that runs before a web UI. */
export const signInCheck = makePage(read('sign-in-check.js'), 'text/javascript; charset=utf-8');

/** A web UI's page with that script inserted before its own. */
export const withSignIn = (html: string, server: UiPlace = ''): string => {
  const first = `<script src="sign-in-check.js" data-server="${server}"></script>`;
  const place = [/<head\b[^>]*>/i, /<html\b[^>]*>/i, /<!doctype[^>]*>/i]
    .map((tag) => tag.exec(html))
    .find((match) => match !== null);
  const end = place ? place.index + place[0].length : 0;
  return html.slice(0, end) + first + html.slice(end);
};
