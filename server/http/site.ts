import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { KtError } from '../../domain/errors.ts';
import { landingPage } from './landing-page.ts';

/** Answers a path that no door has; null where there is nothing. `segments` are the path's, decoded. */
export type Site = (request: Request, segments: readonly string[]) => Promise<Response | null>;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.xml': 'application/xml',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.eot': 'application/vnd.ms-fontobject',
  '.wasm': 'application/wasm',
};

// The UI frames pages of its own origin. Its address may hold a key until the page has taken it out: it goes to nobody as a referrer.
const HEADERS = { 'x-frame-options': 'SAMEORIGIN', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' };

/** Without a built web UI: a page at the root that says what this is. */
export const makeLandingSite = (): Site => async (request, segments) => {
  if (segments.length > 0) return null;
  // It needs nothing but its own styles.
  const csp = "default-src 'none'; style-src 'unsafe-inline'";
  return page(request, Buffer.from(landingPage), '.html', { 'content-security-policy': csp });
};

/**
 * A built aw-webui at the root (aw-rest-api.md 1.8): the whole folder, index.html at `/`, and at `/pages/NAME` that of a custom
 * visualisation. No other path falls back to it: the UI's own routes stand behind a `#`. Fails with `invalid` when the folder holds
 * no index.html.
 */
export const openSite = async (folder: string): Promise<Site> => {
  const root = await realpath(folder).catch(() => folder);
  if (!(await isFile(join(root, 'index.html')))) throw new KtError('invalid', `${folder} holds no index.html: give --webui the folder that building aw-webui makes, dist`);
  return async (request, segments) => {
    const wanted = segments.length === 0 || (segments.length === 2 && segments[0] === 'pages') ? [...segments, 'index.html'] : segments;
    // A segment is one name: no way up, no hidden file, no path of its own.
    if (wanted.some((name) => name.startsWith('.') || /[\u0000/\\:]/.test(name))) return null;
    const path = await realpath(join(root, ...wanted)).catch(() => null);
    // A link that leads out of the folder leads nowhere.
    if (path === null || !path.startsWith(root + sep) || !(await isFile(path))) return null;
    return page(request, await readFile(path), extname(path).toLowerCase());
  };
};

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() ?? false;

const page = (request: Request, content: Buffer, extension: string, more: Record<string, string> = {}): Response => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return Response.json({ message: 'this is a page: it takes GET, HEAD' }, { status: 405, headers: { ...HEADERS, allow: 'GET, HEAD' } });
  }
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const headers = { ...HEADERS, ...more, etag };
  if (request.headers.get('if-none-match')?.includes(etag)) return new Response(null, { status: 304, headers });
  const body = request.method === 'HEAD' ? null : new Uint8Array(content);
  return new Response(body, { headers: { ...headers, 'content-type': TYPES[extension] ?? 'application/octet-stream', 'content-length': String(content.length) } });
};
