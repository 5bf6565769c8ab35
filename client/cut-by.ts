import type { Fetch } from './remote/remote-server.ts';

/** Statuses without a body: `Response` refuses to be given one for these. */
const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304;

/**
 * Node's fetch, which `cut` aborts as well as the request's own signal. The body is read here to its end, so that
 * nothing listens to `cut` after the answer is returned: a pass has one `cut` and may make a million requests.
 * `AbortSignal.any` is not used because its result can be garbage-collected while it is needed (Node 20.20).
 */
export const cutBy =
  (cut: AbortSignal): Fetch =>
  async (request, { signal }) => {
    const own = new AbortController();
    const onCut = (): void => own.abort(cut.reason);
    const onSignal = (): void => own.abort(signal.reason);
    if (cut.aborted) onCut();
    cut.addEventListener('abort', onCut);
    signal.addEventListener('abort', onSignal);
    try {
      const response = await fetch(request, { signal: own.signal });
      const body = await response.arrayBuffer();
      return new Response(isBodiless(response.status) ? null : body, response);
    } finally {
      cut.removeEventListener('abort', onCut);
      signal.removeEventListener('abort', onSignal);
    }
  };
