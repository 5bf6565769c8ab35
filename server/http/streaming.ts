/**
 * An event stream as proxies must take it: nginx as people set it up keeps back all of an answer that does not forbid
 * it (not a byte of a subscription came through in 20 s), and others compress, which keeps back as well. The first byte
 * is there at once: Yoga begins with a comment, so that the headers go out. Whatever else passes as it is.
 */
export const notBuffered = (response: Response): Response => {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  response.headers.set('cache-control', 'no-cache, no-transform');
  response.headers.set('x-accel-buffering', 'no');
  return response;
};
