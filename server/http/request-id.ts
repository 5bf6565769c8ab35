/**
 * The id of a request. It is in the response and in every log line of the request, so that a failure that somebody
 * reports can be found in the log. A proxy can set it (nginx: `proxy_set_header X-Request-Id $request_id`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** The header, in requests and responses. */
export const REQUEST_ID = 'x-request-id';

/**
 * What the ids of proxies look like: UUIDs, hex digits, trace contexts. Anything else could break a log line in two, or
 * fill the log. Node joins two headers of that name with a comma, which does not match either.
 */
const SANE = /^[\w.:+=@/-]{1,128}$/;

/** The id that was sent, if it is safe to log, else a new one. */
export const requestIdOf = (sent: string | readonly string[] | null | undefined): string =>
  typeof sent === 'string' && SANE.test(sent) ? sent : randomUUID();

const current = new AsyncLocalStorage<string>();

/** Runs the work of a request, including everything asynchronous that it starts, under the request's id. */
export const asRequest = <T>(id: string, work: () => T): T => current.run(id, work);

/** The id of the request that is being handled; undefined outside requests. */
export const currentRequestId = (): string | undefined => current.getStore();

/** Starts work that belongs to no single request: a timer would otherwise keep the id of the request that set it. */
export const asNoRequest = <T>(work: () => T): T => current.exit(work);

/** For the body of an error: `requestId`, if a request is being handled. */
export const withRequestId = (): { readonly requestId?: string } => {
  const requestId = currentRequestId();
  return requestId === undefined ? {} : { requestId };
};
