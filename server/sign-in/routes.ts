/**
 * /auth: where a browser changes an API key, or the claim of a link, for a session, asks who it is, and signs out. Its
 * answers alone set the cookie. An API beside GraphQL and REST, over the same rules (spec/sign-in 1).
 */
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { saidBy, whyNotByCookie } from '../auth/by-cookie.ts';
import { forgetSession } from '../auth/cookie.ts';
import type { Places } from '../auth/place.ts';
import { ERROR_STATUS } from '../http/error-status.ts';
import { empty, json } from '../http/whole.ts';
import type { Browser, NewSession } from '../resolvers/new-session.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { HEADERS, textNamed } from './asked-body.ts';
import type { FailedSignIns } from './attempts.ts';
import { DEVICE_PATHS, makeDeviceRoutes } from './device.ts';
import { makeEntering, type Answer } from './entering.ts';
import { makeOidcRoutes } from './oidc/routes.ts';
import { issuerName } from './oidc/settings.ts';
import type { Provider } from './oidc/provider.ts';
import { makePasskeyRoutes, PASSKEY_PATHS } from './passkeys/routes.ts';
import { makeProxyRoute } from './proxy-route.ts';
import type { TrustedHeader } from './trusted-header.ts';

/** Ways of signing in besides keys and links, and whether those are ways. */
export type Ways = {
  /** Whether API keys and passkeys make sessions. */
  readonly localLogin: boolean;
  /** A provider of OpenID Connect; null: there is none. */
  readonly provider: Provider | null;
  /** A header that a proxy says it by; null: none is believed. */
  readonly proxy: { readonly header: TrustedHeader; readonly home: string } | null;
  /** In ms since 1970. */
  readonly now: () => number;
};

export const KEYS_AND_LINKS: Ways = { localLogin: true, provider: null, proxy: null, now: Date.now };

export type SignInDeps = {
  readonly resolvers: Pick<Resolvers, 'sessions' | 'identities' | 'deviceGrants' | 'passkeys' | 'accountLog'>;
  readonly authenticate: Authenticate;
  readonly places: Places;
  /** Where the one who asks finds this server, for links. */
  readonly reachedAt: (request: Request) => string;
  readonly failures: FailedSignIns;
  readonly ways: Ways;
  /** Called with every fault of the server and the request's id, for its log. */
  readonly onError: (error: unknown, requestId?: string) => void;
};

/** The paths that are answered here. */
export const SIGN_IN_PATHS = [
  'auth/session',
  'auth/claim',
  'auth/ways',
  'auth/proxy',
  'auth/oidc/start',
  'auth/oidc/callback',
  'auth/oidc/backchannel',
  ...DEVICE_PATHS,
  ...PASSKEY_PATHS,
] as const;
type Path = (typeof SIGN_IN_PATHS)[number];

/** Answers a request to /auth; null for a path that is none of these. Never rejects. */
export const makeSignIn = ({ resolvers, authenticate, places, reachedAt, failures, ways, onError }: SignInDeps) => {
  const { sessions, identities, deviceGrants, passkeys, accountLog } = resolvers;
  const { provider, proxy, localLogin } = ways;
  const entering = makeEntering({ sessions, authenticate, places, failures });

  const who: Answer = async (request) => {
    const viewer = await authenticate(request);
    if (!viewer) throw new KtError('unauthenticated', 'nobody is signed in here', { reason: 'none' });
    return entering.told(request, await sessions.who(viewer), viewer.via);
  };

  /**
   * Signs in by the text of this name in the body. Refused where a page of another site asks, and where the address
   * failed too often: then before anything is read or looked up.
   */
  const entry =
    (name: string, make: (text: string, browser: Browser) => Promise<NewSession>): Answer =>
    async (request, { address }) => {
      const { counted } = entering.letIn(request, address);
      const text = await textNamed(request, name);
      const { user, cookies, ...more } = await entering.counting(counted, () =>
        entering.enter(request, address, (browser) => make(text, browser)),
      );
      return entering.entered(request, user, cookies, more);
    };

  const byKey = (key: string, browser: Browser): Promise<NewSession> => {
    if (localLogin) return sessions.signIn(key, browser);
    throw new KtError(
      'forbidden',
      'keys sign no browser in here (KT_SERVER_LOCAL_LOGIN=no): sign in ' +
        `${provider ? `with ${provider.settings.policy.name}` : 'otherwise'}, or by a link`,
    );
  };

  /** What there is to sign in with, for the page that asks. */
  const shownWays: Answer = async (request, { address }) => {
    const oidc = provider && { name: provider.settings.policy.name, issuer: issuerName(provider.settings.issuer.href) };
    const name = proxy?.header.whoSays(request.headers, address) ?? null;
    const party = localLogin ? places.relyingPartyOf(request) : null;
    const passkey = party && { origin: party.origin };
    return json({ key: localLogin, passkey, oidc, proxy: name === null ? null : { name } }, 200, HEADERS);
  };

  /** Signs out whoever is signed in, and has the browser forget its cookie in any case. */
  const leave: Answer = async (request) => {
    const place = places.of(request);
    const forgotten = forgetSession(request.headers, place);
    const refusal = forgotten.length === 0 ? null : whyNotByCookie(saidBy(request, place));
    if (refusal !== null) throw new KtError('forbidden', `this request signs nobody out, because ${refusal}`);
    return withCookies(json(await leftBy(request), 200, HEADERS), forgotten);
  };

  /** Ends the session, and tells where its provider signs out too, if one made it; going there is for the person. */
  const leftBy = async (request: Request): Promise<{ provider?: { name: string; url: string } }> => {
    const viewer = await authenticate(request).catch((error: unknown) => {
      // A key that lets nobody in, or not here, is nobody who could be signed out.
      if (isKtError(error, 'unauthenticated') || isKtError(error, 'forbidden')) return null;
      throw error;
    });
    if (viewer?.via !== 'session') return {};
    const idToken = provider && (await identities.idTokenOf(viewer));
    await sessions.revoke(viewer);
    const url = idToken ? await provider!.signOutUrl(idToken) : null;
    return url === null ? {} : { provider: { name: provider!.settings.policy.name, url } };
  };

  // A preview of a link signs nobody in.
  const nothing: Answer = async () => empty(204, HEADERS);

  const routes: Partial<Record<Path, Partial<Record<string, Answer>>>> = {
    'auth/session': { GET: who, POST: entry('key', byKey), DELETE: leave },
    'auth/claim': { POST: entry('claim', sessions.claim) },
    'auth/ways': { GET: shownWays },
    ...(proxy && { 'auth/proxy': { GET: makeProxyRoute({ ...proxy, sessions, entering }), HEAD: nothing } }),
    ...makeDeviceRoutes({ deviceGrants, entering, reachedAt, failures }),
    ...makePasskeyRoutes({ passkeys, accountLog, entering, failures, isOn: localLogin, now: ways.now }),
    ...(provider && makeOidcRoutes({ provider, identities, entering, now: ways.now })),
  };

  return async (
    request: Request,
    segments: readonly string[],
    { requestId, address }: { requestId: string | undefined; address: string | undefined },
  ): Promise<Response | null> => {
    const path = SIGN_IN_PATHS.find((known) => known === segments.join('/'));
    const methods = path && routes[path];
    if (methods === undefined) return null;
    const isHead = request.method === 'HEAD';
    const route = methods[request.method] ?? (isHead ? methods['GET'] : undefined);
    if (!route) return notTaken(Object.keys(methods), requestId);
    const failed = (error: unknown): KtError => {
      if (isKtError(error) && error.code !== 'internal') return error;
      onError(error, requestId);
      return new KtError('internal', 'something went wrong inside the server: its log says what');
    };
    const answer = await route(request, { requestId, address, failed }).catch((error: unknown) =>
      failure(failed(error), requestId),
    );
    return isHead ? empty(answer.status, Object.fromEntries(answer.headers)) : answer;
  };
};

const withCookies = (response: Response, cookies: readonly string[]): Response => {
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
};

const notTaken = (methods: readonly string[], requestId: string | undefined): Response => {
  const allow = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ');
  return json({ message: `this path takes ${allow}`, requestId }, 405, { ...HEADERS, allow });
};

/** An error as JSON: its message, its code, and for one whom nobody knows the reason, as the page tells it. */
const failure = ({ code, message, details }: KtError, requestId: string | undefined): Response => {
  const reason = code === 'unauthenticated' ? (details['reason'] ?? 'none') : undefined;
  const retryAfter = details['retryAfter'] ?? (code === 'unavailable' ? 5 : null);
  return json({ message, reason, code, requestId }, ERROR_STATUS[code], {
    ...HEADERS,
    ...(retryAfter === null ? {} : { 'retry-after': String(retryAfter) }),
    ...(code === 'too_large' ? { connection: 'close' } : {}),
  });
};
