/**
 * The id of a request. It is in the response and in every log line of the request, so that a failure that somebody
 * reports can be found in the log. A proxy can set it (nginx: `proxy_set_header X-Request-Id $request_id`).
 *
 * It is passed to whoever tells of the request. AsyncLocalStorage would save that, but before Node 24 each promise of
 * the process pays for it: a quarter of what a heartbeat takes.
 */
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
