import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { lookup, mimes } from 'mrmime';
import { holdFiles } from './compressed.ts';
import { encodingFor } from './negotiate.ts';
import { has, isRead, notRead, PAGE_HEADERS } from './page.ts';
import { bodyOf, fileBody, piecesOf } from './pieces.ts';

/** Files up to this size, in bytes, are cached in memory and compressed. Of aw-webui only source maps are larger. */
const HELD_SIZE = 4 * 2 ** 20;
const held = holdFiles(48 * 2 ** 20);

// mrmime does not have these two.
Object.assign(mimes, { ico: 'image/x-icon', eot: 'application/vnd.ms-fontobject' });

const typeOf = (path: string): string => {
  const type = lookup(path) ?? 'application/octet-stream';
  return type.startsWith('text/') ? `${type}; charset=utf-8` : type;
};

/** Whether files of a type shrink: their format is not compressed already. */
const shrinks = (type: string): boolean =>
  /^text\/|\b(json|xml|javascript|wasm)\b|^image\/(svg\+xml|x-icon)|^font\/(ttf|otf)|ms-fontobject/.test(type);

/**
 * Whether the name holds a hash of the content, so that the file under it never changes. webpack writes
 * `app.91ab02cd.js`; Vite writes `index-Bx1_0kQz.js`, always eight characters, among which an ordinary word of eight
 * letters must not be taken for a hash.
 */
export const isHashed = (name: string): boolean =>
  /\.[0-9a-f]{8,32}(\.\w+)+$/.test(name) || /-(?=[\w-]*[A-Z0-9_])[\w-]{8}(\.\w+)+$/.test(name);

export type FileFacts = { readonly size: number; readonly mtimeMs: number };

/**
 * A file as a response: small ones compressed where that helps and the client accepts it, large ones streamed.
 * `forEver`: the folder is a build's, where a name with a hash in it always means the same content.
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
    // Weak, because all encodings of the content share one tag.
    etag: `W/"${version}"`,
    ...(small && shrinks(type) ? { vary: 'accept-encoding' } : {}),
    ...(forEver && isHashed(basename(path)) ? { 'cache-control': 'public, max-age=31536000, immutable' } : {}),
  };
  if (has(request, headers['etag']!)) return new Response(null, { status: 304, headers });
  if (!small) {
    // Without a length: chunked encoding marks the end, so a client sees whether the response is complete.
    return new Response(request.method === 'HEAD' ? null : fileBody(await open(path)), { headers });
  }
  const content = await held(path, version, encoding);
  if (encoding !== 'identity') headers['content-encoding'] = encoding;
  headers['content-length'] = String(content.byteLength);
  return new Response(request.method === 'HEAD' ? null : bodyOf(piecesOf(content)), { headers });
};
