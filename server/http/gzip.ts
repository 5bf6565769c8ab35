/** Compresses responses for clients that accept it: a page of changes shrinks to an eighth. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { takesEncoding } from './negotiate.ts';

const zip = promisify(gzip);

/** Smaller responses are sent as they are: compressing them saves no packet. */
const MIN_LENGTH = 1000;

/**
 * Gzips a complete JSON response if it is large and the client accepts that. Event streams pass unchanged: a compressor
 * would hold back what must be sent at once.
 */
export const gzipJson = async (request: Request, response: Response): Promise<Response> => {
  const isJson = /^application\/([\w.-]+\+)?json\b/.test(response.headers.get('content-type') ?? '');
  if (
    !isJson ||
    response.body === null ||
    response.headers.has('content-encoding') ||
    !takesEncoding(request.headers, 'gzip')
  )
    return response;
  const body = Buffer.from(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  headers.append('vary', 'accept-encoding');
  headers.delete('content-length');
  if (body.byteLength < MIN_LENGTH) return new Response(body, { status: response.status, headers });
  headers.set('content-encoding', 'gzip');
  return new Response(await zip(body, { level: 1 }), { status: response.status, headers });
};
