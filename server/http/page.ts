import { createHash } from 'node:crypto';

/**
 * Headers of every page and file. Frames are allowed to the same origin, because aw-webui uses them. No referrer is
 * sent: the address may hold a key until the page has removed it.
 */
export const PAGE_HEADERS = {
  'x-frame-options': 'SAMEORIGIN',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** Headers of a page that no other page may show in a frame, open and reach into, or load as its own. */
export const ALONE_HEADERS = {
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Answers every request with the same content. */
export type Page = (request: Request, status?: number) => Response;

/** A page, or a small file, that is kept in memory. Browsers fetch it again only when it has changed. */
export const makePage = (content: string | Uint8Array, type: string, more: Record<string, string> = {}): Page => {
  const body = Buffer.from(content);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { ...PAGE_HEADERS, ...more };
  return (request, status = 200) => {
    if (!isRead(request)) return notRead();
    // Error pages belong to one request, and must not be cached.
    if (status !== 200)
      return whole(request, body, status, { ...headers, 'content-type': type, 'cache-control': 'no-store' });
    if (has(request, etag)) return new Response(null, { status: 304, headers: { ...headers, etag } });
    return whole(request, body, status, { ...headers, 'content-type': type, etag });
  };
};

const whole = (request: Request, body: Buffer, status: number, headers: Record<string, string>): Response =>
  new Response(request.method === 'HEAD' ? null : new Uint8Array(body), {
    status,
    headers: { ...headers, 'content-length': String(body.byteLength) },
  });

export const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD';

/** The response to methods other than GET and HEAD. */
export const notRead = (): Response =>
  Response.json(
    { message: 'this is a page: it takes GET, HEAD' },
    { status: 405, headers: { ...PAGE_HEADERS, allow: 'GET, HEAD' } },
  );

/** Whether the browser's cached copy is current. */
export const has = (request: Request, etag: string): boolean =>
  request.headers.get('if-none-match')?.includes(etag) ?? false;
