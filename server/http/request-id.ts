/**
 * The name of one request, in its answer and in every line that the log has of it: what a person sees failing is found
 * there. Whoever stands in front may name it already (nginx: `proxy_set_header X-Request-Id $request_id`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** In requests and answers, as proxies write it. */
export const REQUEST_ID = 'x-request-id';

/**
 * What a proxy's names look like: UUIDs, hex, traces. Anything else could end a line of the log early, or fill it, and
 * two headers of that name come as one with a comma.
 */
const SANE = /^[\w.:+=@/-]{1,128}$/;

/** The request's own name for itself where it is fit to be logged, else a new one. */
export const requestIdOf = (sent: string | readonly string[] | null | undefined): string =>
  typeof sent === 'string' && SANE.test(sent) ? sent : randomUUID();

const current = new AsyncLocalStorage<string>();

/** Does a request's work under its name, with all that goes on in it later: the answer that is written, too. */
export const asRequest = <T>(id: string, work: () => T): T => current.run(id, work);

/** The name of the request that this is done for; undefined where it is done for none. */
export const currentRequestId = (): string | undefined => current.getStore();

/** Begins what is done for no request, or for several: a timer else goes on under the name of the one that set it. */
export const asNoRequest = <T>(work: () => T): T => current.exit(work);

/** For an error's body: `requestId`, where a request is under way. */
export const withRequestId = (): { readonly requestId?: string } => {
  const requestId = currentRequestId();
  return requestId === undefined ? {} : { requestId };
};
