/**
 * One request to the local aw-server: sent as both kinds want it, answered as JSON or as an error with a word of ours.
 */
import { isJsonObject } from '../../domain/data.ts';
import { KtError, type ErrorCode } from '../../domain/errors.ts';

export type LocalServerOptions = {
  /** Where it listens, like `http://127.0.0.1:5600`. */
  readonly url: string;
  /** The Rust aw-server may ask for one. */
  readonly apiKey?: string | undefined;
  /** Node's own, which keeps connections alive, unless given. */
  readonly fetch?: ((request: Request, init: { signal: AbortSignal }) => Promise<Response>) | undefined;
  /** How long a read may take; a write may take twice as long. */
  readonly timeoutMs?: number | undefined;
};

type Method = 'GET' | 'POST' | 'DELETE';
type Answer = { readonly status: number; readonly text: string };

export type Ask = {
  /** The parsed body; null for an empty one. Fails as `codeOf` says. */
  (method: Method, path: string, body?: unknown): Promise<unknown>;
  /** The status, and the body as it came: for who reads it piece by piece. */
  raw(method: Method, path: string, body?: unknown): Promise<Answer>;
};

const READ_MS = 60_000;

const codeOf = (status: number): ErrorCode => {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  return status >= 400 && status < 500 ? 'invalid' : 'unavailable';
};

/** What aw-server says of an error, cut to a line. */
const wording = (text: string): string => {
  try {
    const body: unknown = JSON.parse(text);
    if (isJsonObject(body) && typeof body['message'] === 'string') return body['message'].slice(0, 200);
  } catch {
    // an HTML page, or nothing: the status has to do
  }
  return '';
};

const causeOf = (error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  const code = (error as { cause?: { code?: unknown } })?.cause?.code;
  return typeof code === 'string' ? code : 'no answer';
};

/** Where a redirect goes, without what may be secret in it. */
const originIn = (location: string | null, url: string): string =>
  location !== null && URL.canParse(location, url) ? new URL(location, url).origin : 'another address';

/**
 * Makes the asker. Redirects are never followed (the Python server answers a wrong slash with one, which would lose the
 * key and turn a POST into a GET); 304 is an answer; what is not JSON where JSON is due is `unavailable`.
 */
export const makeAsk = ({ url, apiKey, fetch = globalThis.fetch, timeoutMs = READ_MS }: LocalServerOptions): Ask => {
  const base = `${url.replace(/\/+$/, '')}/api/0/`;
  const raw = async (method: Method, path: string, body?: unknown): Promise<Answer> => {
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(method === 'GET' ? timeoutMs : 2 * timeoutMs);
      const request = new Request(base + path, {
        method,
        redirect: 'manual',
        signal,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      // The signal goes along by itself too: a Request that is collected while its answer comes takes the
      // time-out with it (Node 20.20).
      response = await fetch(request, { signal });
      text = response.status === 304 ? '' : await response.text();
    } catch (error) {
      throw new KtError(
        'unavailable',
        `the local aw-server at ${url} cannot be reached (${causeOf(error)}): is ActivityWatch running?`,
        {},
        { cause: error },
      );
    }
    const { status } = response;
    if (status > 300 && status < 400 && status !== 304) {
      const place = originIn(response.headers.get('location'), url);
      throw new KtError(
        'unavailable',
        `what answers at ${url} redirects requests to ${place} (status ${status}), which no aw-server does: ` +
          'check [local] host and port',
        { status },
      );
    }
    if (status !== 304 && (status < 200 || status > 299)) {
      const said = wording(text);
      const hint = status === 401 ? ': its key belongs under [local] api_key in the configuration' : '';
      throw new KtError(
        codeOf(status),
        `the local aw-server answered ${status}${said && ` (${said})`} to ${method} ${path.split('?')[0]}${hint}`,
        { status },
      );
    }
    return { status, text };
  };
  const ask = async (method: Method, path: string, body?: unknown): Promise<unknown> => {
    const { text } = await raw(method, path, body);
    if (text === '') return null;
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new KtError(
        'unavailable',
        `what answers at ${url} is not an aw-server: check [local] host and port`,
        {},
        { cause: error },
      );
    }
  };
  return Object.assign(ask, { raw });
};
