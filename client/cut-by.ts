import type { Fetch } from './remote/remote-server.ts';

/** A status whose answer has no body, so that none may be given to `Response`. */
const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304;

/**
 * Node's fetch that `cut` ends as well as the request's own signal, its body included: that is read here, whole, so
 * that nothing listens to `cut` once the answer is handed on. A pass has one `cut` and may make a million requests.
 * Not by `AbortSignal.any`, whose result is collected while it is needed (Node 20.20).
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
