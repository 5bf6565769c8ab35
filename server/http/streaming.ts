/**
 * Headers that make proxies pass an event stream on at once. nginx, as people set it up, buffers every response that
 * does not forbid it (not a byte of a subscription came through in 20 s), and others compress, which buffers as well.
 * Yoga starts the stream with a comment, so that the headers are sent right away. Other responses pass unchanged.
 */
export const notBuffered = (response: Response): Response => {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  response.headers.set('cache-control', 'no-cache, no-transform');
  response.headers.set('x-accel-buffering', 'no');
  return response;
};
