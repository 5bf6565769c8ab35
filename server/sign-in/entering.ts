/** What every way of signing in has in common: who may try, how often, and the cookies that come of it. */
import { isKtError, KtError } from '../../domain/errors.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { saidBy, whyNotToSignIn } from '../auth/by-cookie.ts';
import { keepSession } from '../auth/cookie.ts';
import type { Place, Places } from '../auth/place.ts';
import type { Viewer } from '../auth/viewer.ts';
import { countedAddress } from '../http/connection-limits.ts';
import { json } from '../http/whole.ts';
import type { Browser, NewSession } from '../resolvers/new-session.ts';
import type { Resolvers } from '../resolvers/resolvers.ts';
import { HEADERS } from './asked-body.ts';
import { mustNotWait as mustNotWaitAs, type FailedSignIns } from './attempts.ts';
import { browserNamed } from './browser-name.ts';

/** What is known of a request besides: its id, the remote end of its connection, and what tells the log of a fault. */
type Connection = {
  readonly requestId: string | undefined;
  readonly address: string | undefined;
  /** Notes a fault of the server's, and returns what to say of it. */
  failed(error: unknown): KtError;
};

export type Answer = (request: Request, from: Connection) => Promise<Response>;

/** Where signing in is counted; null is an address that many share. */
type Counted = string | null;

export type Entering = ReturnType<typeof makeEntering>;

export const makeEntering = ({
  sessions,
  authenticate,
  places,
  failures: { addresses },
}: {
  sessions: Resolvers['sessions'];
  authenticate: Authenticate;
  places: Places;
  failures: FailedSignIns;
}) => {
  /** Where the sign-ins of a request count. Fails with `rate_limited` where too many from there failed. */
  const mustNotWait = (request: Request, connected: string | undefined): Counted => {
    const from = places.addressOf(request, connected);
    const counted = from === null ? null : countedAddress(from);
    mustNotWaitAs(addresses, counted, 'too many sign-ins from your address failed');
    return counted;
  };

  /** Counts a sign-in that fails for whom it is by, and forgets the failures before one that works. */
  const counting = async <T>(counted: Counted, work: () => Promise<T>): Promise<T> => {
    const made = await work().catch((error: unknown) => {
      if (isKtError(error, 'unauthenticated')) addresses.failed(counted);
      throw error;
    });
    addresses.worked(counted);
    return made;
  };

  /** Ends the session that a browser had before it signed in anew: its cookie is gone, and nobody could end it. */
  const leaveFormer = async ({ headers, url }: Request): Promise<void> => {
    if (!headers.has('cookie')) return;
    // As the browser's own: it may come back from another site.
    const own = new Headers(headers);
    for (const name of ['sec-fetch-site', 'origin']) own.delete(name);
    const former = await authenticate({ headers: own, url, method: 'GET' }).catch(() => null);
    if (former?.via === 'session') await sessions.revoke(former);
  };

  const told = (request: Request, user: NewSession['user'], via: Viewer['via'], more: object = {}): Response =>
    json({ user, via, insecure: places.of(request).transport === 'open', ...more }, 200, HEADERS);

  return {
    authenticate,
    places,
    mustNotWait,
    counting,
    /** Fails with `forbidden` for a page of another site, and with `rate_limited` where the address must wait. */
    letIn: (request: Request, connected: string | undefined): { place: Place; counted: Counted } => {
      const place = places.of(request);
      const refused = whyNotToSignIn(saidBy(request, place));
      if (refused !== null) throw new KtError('forbidden', `this request signs nobody in, because ${refused}`);
      return { place, counted: mustNotWait(request, connected) };
    },
    /** Who it is, as /auth tells it. */
    told,
    /** The answer to whoever just signed in. */
    entered: (request: Request, user: NewSession['user'], cookies: readonly string[], more: object = {}): Response => {
      const response = told(request, user, 'session', more);
      for (const cookie of cookies) response.headers.append('set-cookie', cookie);
      return response;
    },
    /** Makes the browser's session; returns who it is, and the cookie. */
    enter: async (
      request: Request,
      connected: string | undefined,
      make: (browser: Browser) => Promise<NewSession>,
    ): Promise<Pick<NewSession, 'user' | 'invited'> & { cookies: string[] }> => {
      const address = places.addressOf(request, connected) ?? 'unknown';
      const { token, seconds, user, invited } = await make({
        name: browserNamed(request.headers.get('user-agent')),
        address,
      });
      await leaveFormer(request);
      return { user, ...(invited && { invited }), cookies: [keepSession(token, seconds, places.of(request))] };
    },
  };
};
