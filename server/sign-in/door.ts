/**
 * /auth: where a browser changes an API key, or the claim of a link, for a session, asks who it is, and signs out. Its
 * answers alone set the cookie. A door beside GraphQL and REST, over the same rules (spec/sign-in 1).
 */
import { isJsonObject } from '../../domain/data.ts';
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { saidBy, whyNotByCookie, whyNotToSignIn } from '../auth/by-cookie.ts';
import { forgetSession, keepSession } from '../auth/cookie.ts';
import type { Places } from '../auth/place.ts';
import type { Viewer } from '../auth/viewer.ts';
import { readJson } from '../http/body.ts';
import { countedAddress } from '../http/connection-limits.ts';
import { ERROR_STATUS } from '../http/error-status.ts';
import { empty, json } from '../http/whole.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import type { Browser, NewSession } from '../resolvers/sessions.ts';
import type { Attempts } from './attempts.ts';
import { browserNamed } from './browser-name.ts';

export type SignInDeps = {
  readonly resolvers: Pick<Resolvers, 'sessions'>;
  readonly authenticate: Authenticate;
  readonly places: Places;
  /** The sign-ins that failed so far. */
  readonly attempts: Attempts;
  /** Called with every fault of the server and the request's id, for its log. */
  readonly onError: (error: unknown, requestId?: string) => void;
};

/** What is known of a request besides: its id, and the remote end of its connection. */
type Connection = { readonly requestId: string | undefined; readonly address: string | undefined };

type Answer = (request: Request, from: Connection) => Promise<Response>;

/** The paths that are answered here. */
export const SIGN_IN_PATHS = ['auth/session', 'auth/claim'] as const;
type Path = (typeof SIGN_IN_PATHS)[number];

/** One text; a key has 46 characters. */
const BODY = { bytes: 1_000, values: 10, depth: 2 };

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' };

/** Answers a request to /auth; null for a path that is none of these. Never rejects. */
export const makeSignIn = ({ resolvers, authenticate, places, attempts, onError }: SignInDeps) => {
  const { sessions } = resolvers;

  const told = (request: Request, user: NewSession['user'], via: Viewer['via']): Response =>
    json({ user, via, insecure: places.of(request).transport === 'open' }, 200, HEADERS);

  const who: Answer = async (request) => {
    const viewer = await authenticate(request);
    if (!viewer) throw new KtError('unauthenticated', 'nobody is signed in here', { reason: 'none' });
    return told(request, await sessions.who(viewer), viewer.via);
  };

  /**
   * Signs in by the text of this name in the body. Refused where a page of another site asks, and where the address
   * failed too often: then before anything is read or looked up.
   */
  const entry =
    (name: string, make: (text: string, browser: Browser) => Promise<NewSession>): Answer =>
    async (request, { address }) => {
      const place = places.of(request);
      const refusal = whyNotToSignIn(saidBy(request, place));
      if (refusal !== null) throw new KtError('forbidden', `this request signs nobody in, because ${refusal}`);
      const from = places.addressOf(request, address);
      const counted = from === null ? null : countedAddress(from);
      const wait = Math.ceil(attempts.waitOf(counted) / 1000);
      if (wait > 0)
        throw new KtError(
          'rate_limited',
          `too many sign-ins from your address failed: wait ${wait} s, then try again`,
          { retryAfter: wait },
        );
      const text = await textNamed(request, name);
      const browser = { name: browserNamed(request.headers.get('user-agent')), address: from ?? 'unknown' };
      const { token, seconds, user } = await make(text, browser).catch((error: unknown) => {
        if (isKtError(error, 'unauthenticated')) attempts.failed(counted);
        throw error;
      });
      attempts.worked(counted);
      await leaveFormer(request);
      return withCookies(told(request, user, 'session'), [keepSession(token, seconds, place)]);
    };

  /** Ends the session that a browser had before it signed in anew: its cookie is gone, and nobody could end it. */
  const leaveFormer = async (request: Request): Promise<void> => {
    const former = request.headers.has('cookie') ? await authenticate(request).catch(() => null) : null;
    if (former?.via === 'session') await sessions.revoke(former);
  };

  /** Signs out whoever is signed in, and has the browser forget its cookie in any case. */
  const leave: Answer = async (request) => {
    const place = places.of(request);
    const forgotten = forgetSession(request.headers, place);
    const refusal = forgotten.length === 0 ? null : whyNotByCookie(saidBy(request, place));
    if (refusal !== null) throw new KtError('forbidden', `this request signs nobody out, because ${refusal}`);
    try {
      const viewer = await authenticate(request);
      if (viewer?.via === 'session') await sessions.revoke(viewer);
    } catch (error) {
      if (!isKtError(error, 'unauthenticated')) throw error;
    }
    return withCookies(json({}, 200, HEADERS), forgotten);
  };

  const routes: Record<Path, Partial<Record<string, Answer>>> = {
    'auth/session': { GET: who, POST: entry('key', sessions.signIn), DELETE: leave },
    'auth/claim': { POST: entry('claim', sessions.claim) },
  };

  return async (request: Request, segments: readonly string[], from: Connection): Promise<Response | null> => {
    const path = SIGN_IN_PATHS.find((known) => known === segments.join('/'));
    if (path === undefined) return null;
    const isHead = request.method === 'HEAD';
    const route = routes[path][isHead ? 'GET' : request.method];
    if (!route) return notTaken(Object.keys(routes[path]), from.requestId);
    const answer = await route(request, from).catch((error: unknown) => {
      if (!isKtError(error) || error.code === 'internal') onError(error, from.requestId);
      return failure(error, from.requestId);
    });
    return isHead ? empty(answer.status, Object.fromEntries(answer.headers)) : answer;
  };
};

/** The text of this name in a request's body. Fails with `malformed`, and as `readJson` does. */
const textNamed = async (request: Request, name: string): Promise<string> => {
  const body = await readJson(request, BODY);
  const text = isJsonObject(body) ? body[name] : undefined;
  if (typeof text !== 'string') throw new KtError('malformed', `send {"${name}": "…"}`);
  return text.trim();
};

const withCookies = (response: Response, cookies: readonly string[]): Response => {
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
};

const notTaken = (methods: readonly string[], requestId: string | undefined): Response => {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return json({ message: `this path takes ${allow}`, requestId }, 405, { ...HEADERS, allow });
};

/** An error as JSON: its message, its code, and for one whom nobody knows the reason, as the page tells it. */
const failure = (thrown: unknown, requestId: string | undefined): Response => {
  const { code, message, details } = isKtError(thrown)
    ? thrown
    : new KtError('internal', 'something went wrong inside the server: its log says what');
  const reason = code === 'unauthenticated' ? (details['reason'] ?? 'none') : undefined;
  const retryAfter = details['retryAfter'] ?? (code === 'unavailable' ? 5 : null);
  return json({ message, reason, code, requestId }, ERROR_STATUS[code], {
    ...HEADERS,
    ...(retryAfter === null ? {} : { 'retry-after': String(retryAfter) }),
    ...(code === 'too_large' ? { connection: 'close' } : {}),
  });
};
