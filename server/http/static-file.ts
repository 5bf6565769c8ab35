import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { lookup, mimes } from 'mrmime';
import { holdFiles } from './compressed.ts';
import { encodingFor } from './negotiate.ts';
import { has, isRead, notRead, PAGE_HEADERS } from './page.ts';
import { bodyOf, fileBody, piecesOf } from './pieces.ts';

/** Up to this size, in bytes, files are held in memory and compressed. Of aw-webui only source maps are larger. */
const HELD_SIZE = 4 * 2 ** 20;
const held = holdFiles(48 * 2 ** 20);

// Two that mrmime leaves to others.
Object.assign(mimes, { ico: 'image/x-icon', eot: 'application/vnd.ms-fontobject' });

const typeOf = (path: string): string => {
  const type = lookup(path) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
};

/** What is not compressed already by what it is. */
const shrinks = (type: string): boolean =>
  /^text\/|\b(json|xml|javascript|wasm)\b|^image\/(svg\+xml|x-icon)|^font\/(ttf|otf)|ms-fontobject/.test(type);

/**
 * Does the name hold a hash of the content, so that it never means anything else? webpack writes `app.91ab02cd.js`,
 * Vite `index-Bx1_0kQz.js` of just eight characters, where a word of eight letters must not be taken for one.
 */
export const isHashed = (name: string): boolean =>
  /\.[0-9a-f]{8,32}(\.\w+)+$/.test(name) || /-(?=[\w-]*[A-Z0-9_])[\w-]{8}(\.\w+)+$/.test(name);

export type FileFacts = { readonly size: number; readonly mtimeMs: number };

/**
 * A file as an answer: small ones compressed where that helps and the asker takes it, large ones as they are read.
 * `forEver` says that the folder is a build's, where a name with a hash in it is never given twice.
 */
export const fileAnswer = async (
  request: Request,
  path: string,
  { size, mtimeMs }: FileFacts,
  forEver: boolean,
): Promise<Response> => {
  if (!isRead(request)) return notRead();
  const type = typeOf(path);
  const version = `${size.toString(36)}-${Math.round(mtimeMs * 1000).toString(36)}`;
  const small = size <= HELD_SIZE;
  const encoding = small && shrinks(type) ? encodingFor(request.headers) : 'identity';
  const headers: Record<string, string> = {
    ...PAGE_HEADERS,
    'content-type': type,
    // Weak: one tag for the content, however it travels.
    etag: `W/"${version}"`,
    ...(small && shrinks(type) ? { vary: 'accept-encoding' } : {}),
    ...(forEver && isHashed(basename(path)) ? { 'cache-control': 'public, max-age=31536000, immutable' } : {}),
  };
  if (has(request, headers['etag']!)) return new Response(null, { status: 304, headers });
  if (!small) {
    // Without a length: an answer that is read while it is written says at its end that it was whole.
    return new Response(request.method === 'HEAD' ? null : fileBody(await open(path)), { headers });
  }
  const content = await held(path, version, encoding);
  if (encoding !== 'identity') headers['content-encoding'] = encoding;
  headers['content-length'] = String(content.byteLength);
  return new Response(request.method === 'HEAD' ? null : bodyOf(piecesOf(content)), { headers });
};
