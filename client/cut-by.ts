import { textOf, type Send } from './http/send.ts';

/**
 * A `Send` which `cut` aborts as well as the request's own signal. The body is read here to its end, so that nothing
 * listens to `cut` after the answer is returned: a pass has one `cut` and may make a million requests.
 * `AbortSignal.any` is not used because its result can be garbage-collected while it is needed (Node 20.20).
 */
export const cutBy =
  (cut: AbortSignal, send: Send): Send =>
  async (asked) => {
    const { signal } = asked;
    const own = new AbortController();
    const onCut = (): void => own.abort(cut.reason);
    const onSignal = (): void => own.abort(signal.reason);
    if (cut.aborted) onCut();
    cut.addEventListener('abort', onCut);
    signal.addEventListener('abort', onSignal);
    try {
      const answer = await send({ ...asked, signal: own.signal });
      const bytes = await answer.bytes();
      const { status, headers } = answer;
      return { status, headers, bytes: async () => bytes, text: async () => textOf(bytes), body: null };
    } finally {
      cut.removeEventListener('abort', onCut);
      signal.removeEventListener('abort', onSignal);
    }
  };
