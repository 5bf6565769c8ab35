/** What went wrong between here and kt-server, as an error code and a line for the user. */
import { parsedUrl } from '../../domain/parsed-url.ts';
import { ERROR_CODES, KtError, type ErrorCode } from '../../domain/errors.ts';
import type { Answer } from '../http/send.ts';
import { isHangUp, networkWords } from './network-faults.ts';
import { Refused } from './refused.ts';

/** `extensions.code` as an error code; null for one that kt-server does not use. */
export const codeOfWire = (code: unknown): ErrorCode | null =>
  ERROR_CODES.find((known) => known.toUpperCase() === code) ?? null;

/** What a status means where the body does not say it. */
export const STATUSES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  408: 'unavailable',
  413: 'too_large',
  429: 'rate_limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** Milliseconds to wait according to a Retry-After header (seconds, or a date); null without one. */
export const retryAfterMs = (header: string | null | undefined, nowMs: number): number | null => {
  if (!header) return null;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
};

const firstLine = (text: string): string => text.split('\n', 1)[0]!.slice(0, 300);

const wordOf = (code: ErrorCode, url: string, said: string): string => {
  switch (code) {
    case 'unauthenticated':
      return (
        `${url} refused the API key: make one there with \`kt-server generate-key\`, ` +
        `then run \`kt-client setup --url ${url} --api-key KEY\``
      );
    case 'not_found':
      return said || `there is no kt-server at ${url}: check the URL`;
    case 'unsupported':
      return `the kt-server at ${url} does not understand this kt-client: bring both to the same version`;
    case 'rate_limited':
    case 'unavailable':
      return said || `the kt-server at ${url} is busy or down: try again later`;
    case 'moved':
      return `${url} says: ${said}. \`kt-client sync\` goes there, if it may`;
    case 'internal':
      return `the kt-server at ${url} failed: its log says why; try again later`;
    default:
      return said || `the kt-server at ${url} refused the request (${code})`;
  }
};

/** Where a redirect goes, without parts that may be secret; '' if it does not say. */
const placeOf = (headers: Answer['headers'], url: string): string => {
  const location = headers.get('location');
  const to = location ? parsedUrl(location, url) : null;
  return to === null ? '' : `${to.origin}${to.pathname.replace(/\/(graphql\/?)?$/, '')}`;
};

/** For a redirect. It is never followed, because the key would be sent along. */
const redirected = (status: number, headers: Answer['headers'], url: string): KtError => {
  const place = placeOf(headers, url);
  const where = place === '' ? 'elsewhere' : `to ${place}`;
  return new KtError(
    'invalid',
    `${url} redirects requests ${where} (status ${status}), and the key is not sent along: ` +
      `give \`kt-client setup\` the final address; a network that asks you to sign in redirects too`,
    { status },
  );
};

/** For an answer that no kt-server would give. `diagnosed` may find out who gave it. */
export const notKtServer = (code: ErrorCode, url: string, what: string, status: number): KtError =>
  new KtError(code, `${what} that is not kt-server answers at ${url}: check the URL`, { status, unlikeKtServer: true });

/**
 * Fails for an answer that is not GraphQL, before its body is read: a hotel network's sign-in page may be of any
 * length.
 */
export const checkAnswer = async <A extends Omit<Answer, 'text' | 'bytes'>>(response: A, url: string): Promise<A> => {
  const { status, headers } = response;
  const type = headers.get('content-type') ?? '';
  const isFine = status >= 200 && status < 300 && !/json|event-stream/.test(type);
  if (!isFine && (status < 300 || status >= 400)) return response;
  await response.body?.cancel().catch(() => undefined);
  if (status >= 300) throw redirected(status, headers, url);
  throw notKtServer(
    'invalid',
    url,
    /html/.test(type) ? 'a web page (if the network asks you to sign in, do that first)' : 'something',
    status,
  );
};

/** For an error that the server answered with. */
const ofAnswer = ({ response }: Refused, url: string, nowMs: number): KtError => {
  const { status, headers } = response;
  const [error] = response.errors;
  const code = codeOfWire(error?.extensions?.['code']) ?? STATUSES[status] ?? 'internal';
  if (!error && status === 401 && /^basic/i.test(headers.get('www-authenticate') ?? '')) {
    return new KtError(
      code,
      `a proxy before the kt-server at ${url} asks for a password, which kt-client does not have: ` +
        'let it pass requests that carry an API key',
      { status },
    );
  }
  if (!error && (status === 400 || status === 404 || status === 405 || status === 426))
    return notKtServer(code, url, `something (status ${status})`, status);
  if (error?.extensions?.['clientTooOld'] === true) {
    const address = url.replace(/\/+(graphql\/*)?$/, ''); // which the server does not know
    return new KtError('unsupported', firstLine(error.message).replace('THE-ADDRESS-OF-THIS-SERVER', address), {
      status,
    });
  }
  const retryAfter = retryAfterMs(headers.get('retry-after'), nowMs);
  const to = code === 'moved' ? error?.extensions?.['url'] : undefined;
  return new KtError(code, wordOf(code, url, error ? firstLine(error.message) : ''), {
    status,
    ...(typeof to === 'string' ? { url: to.slice(0, 2_000) } : {}),
    ...(retryAfter === null ? {} : { retryAfterMs: retryAfter }),
  });
};

/**
 * Whether the network failed, not our own code. `send` then throws a TypeError with a cause, as Node's fetch does, or
 * that "terminated" in the middle of a body.
 */
const isNetwork = (error: unknown): boolean =>
  error instanceof TypeError
    ? error.cause !== undefined || /^(fetch failed|terminated)$/.test(error.message)
    : error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');

/** Any failure of a call to kt-server at `url`, as a KtError; an error in our own code is returned unchanged. */
export const faultOf = (error: unknown, url: string, nowMs: number): unknown => {
  if (error instanceof KtError) return error;
  if (error instanceof Refused) return ofAnswer(error, url, nowMs);
  if (isNetwork(error))
    return new KtError('unavailable', networkWords(error, url), isHangUp(error) ? { unlikeKtServer: true } : {}, {
      cause: error,
    });
  if (error instanceof TypeError) return error;
  return new KtError(
    'invalid',
    `what answers at ${url} is not a kt-server: check the URL`,
    { unlikeKtServer: true },
    { cause: error },
  );
};
