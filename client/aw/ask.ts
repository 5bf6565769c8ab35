/**
 * Sends one request to the local aw-server, in a form that both kinds accept, and returns its JSON or an error in our
 * own words.
 */
import { parsedUrl } from '../../domain/parsed-url.ts';
import { isJsonObject } from '../../domain/data.ts';
import { KtError, type ErrorCode } from '../../domain/errors.ts';
import { send as sendByHttp, sendBy, textOf, type Answer as Answered, type Fetch, type Send } from '../http/send.ts';

export type LocalServerOptions = {
  /** Where it listens, like `http://127.0.0.1:5600`. */
  readonly url: string;
  /** The Rust aw-server can be configured to require one. */
  readonly apiKey?: string | undefined;
  /** How it is asked: by Node's `http`, unless a way is given, or a fetch in its place. */
  readonly send?: Send | undefined;
  readonly fetch?: Fetch | undefined;
  /** How long a read may take; a write may take twice as long. */
  readonly timeoutMs?: number | undefined;
};

type Method = 'GET' | 'POST' | 'DELETE';
type Answer<Body> = { readonly status: number } & Body;

export type Ask = {
  /** The parsed body; null for an empty one. Fails as `codeOf` says. */
  (method: Method, path: string, body?: unknown): Promise<unknown>;
  /** The status and the unparsed body, for callers that read it piece by piece. */
  raw(method: Method, path: string, body?: unknown): Promise<Answer<{ readonly text: string }>>;
  /** The same, not even decoded. */
  bytes(method: Method, path: string, body?: unknown): Promise<Answer<{ readonly bytes: Buffer }>>;
};

const READ_MS = 60_000;

const codeOf = (status: number): ErrorCode => {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  return status >= 400 && status < 500 ? 'invalid' : 'unavailable';
};

/** What aw-server says about an error, cut to one line. */
const wording = (text: string): string => {
  try {
    const body: unknown = JSON.parse(text);
    if (isJsonObject(body) && typeof body['message'] === 'string') return body['message'].slice(0, 200);
  } catch {
    // an HTML page, or nothing: only the status tells anything
  }
  return '';
};

const causeOf = (error: unknown): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  const code = (error as { cause?: { code?: unknown } })?.cause?.code;
  return typeof code === 'string' ? code : 'no answer';
};

/** Where a redirect goes, without parts that may be secret. */
const originIn = (location: string | null, url: string): string =>
  (location === null ? null : parsedUrl(location, url))?.origin ?? 'another address';

/**
 * Makes the function that sends requests. Redirects are never followed: the Python server answers a missing slash with
 * one, and following it would drop the key and turn a POST into a GET. 304 counts as an answer. A body that is not JSON
 * where JSON is expected is `unavailable`.
 */
export const makeAsk = ({ url, apiKey, fetch, timeoutMs = READ_MS, ...options }: LocalServerOptions): Ask => {
  const send = options.send ?? (fetch ? sendBy(fetch) : sendByHttp);
  const base = `${url.replace(/\/+$/, '')}/api/0/`;
  const inBytes: Ask['bytes'] = async (method, path, body) => {
    let response: Answered;
    let bytes: Buffer;
    try {
      response = await send({
        method,
        url: base + path,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(method === 'GET' ? timeoutMs : 2 * timeoutMs),
      });
      bytes = await response.bytes();
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
      const said = wording(textOf(bytes));
      const hint = status === 401 ? ': its key belongs under [local] api_key in the configuration' : '';
      throw new KtError(
        codeOf(status),
        `the local aw-server answered ${status}${said && ` (${said})`} to ${method} ${path.split('?')[0]}${hint}`,
        { status },
      );
    }
    return { status, bytes };
  };
  const raw: Ask['raw'] = async (method, path, body) => {
    const { status, bytes } = await inBytes(method, path, body);
    return { status, text: textOf(bytes) };
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
  return Object.assign(ask, { raw, bytes: inBytes });
};
