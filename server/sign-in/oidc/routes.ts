/** /auth/oidc: where a browser leaves for the provider and comes back, and where the provider signs people out. */
import { isJsonObject } from '../../../domain/data.ts';
import { isKtError, KtError } from '../../../domain/errors.ts';
import { saidBy, whyNotByCookie } from '../../auth/by-cookie.ts';
import { mediaType, readBody, readJson } from '../../http/body.ts';
import { empty, json } from '../../http/whole.ts';
import type { OwnSession } from '../../resolvers/new-way-in.ts';
import type { Resolvers } from '../../resolvers/resolvers.ts';
import { makeBeginnings } from '../begun.ts';
import type { Answer, Entering } from '../entering.ts';
import { failedPage } from '../failed-page.ts';
import { makeLogouts } from './logouts.ts';
import type { Checks, Provider } from './provider.ts';

export type OidcDeps = {
  readonly provider: Provider;
  readonly identities: Resolvers['identities'];
  readonly entering: Entering;
  /** In ms since 1970. */
  readonly now: () => number;
};

type Begun = {
  readonly checks: Checks;
  readonly at: number;
  /** The session whose account is to be connected; null where somebody signs in. */
  readonly connect: OwnSession | null;
};

/** How long a person may take at the provider, in ms. */
const GOOD_FOR = 600_000;

/** A logout token of some kilobytes. */
const LOGOUT_BYTES = 16_000;
const HEADERS = { 'cache-control': 'no-store' };

const seeOther = (location: string, cookies: readonly string[]): Response => {
  const response = empty(303, { ...HEADERS, location, 'referrer-policy': 'no-referrer', 'content-length': '0' });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
};

export const makeOidcRoutes = ({ provider, identities, entering, now }: OidcDeps) => {
  const { settings } = provider;
  const home = settings.signedOutUri.replace(/sign-in$/, '');
  const isNew = makeLogouts(now);
  const beginnings = makeBeginnings<Begun>({
    ...{ name: 'oidc', purpose: 'OpenID Connect', goodFor: GOOD_FOR, sameSite: 'lax' },
    ...{ secret: identities.seal, now },
  });

  const begin = async (request: Request, connect: Begun['connect']): Promise<{ url: string; cookie: string }> => {
    const { url, checks } = await provider.begin();
    return { url, cookie: await beginnings.keep({ checks, at: now(), connect }, entering.places.of(request)) };
  };

  /** A link, or a button: the browser leaves for the provider. */
  const start: Answer = (request, from) =>
    asPage(request, from, async () => {
      const { url, cookie } = await begin(request, null);
      return seeOther(url, [cookie]);
    });

  /** From a signed-in page: where to go to have the provider's sign-in connected with this account. */
  const connect: Answer = async (request) => {
    const place = entering.places.of(request);
    const refusal = whyNotByCookie(saidBy(request, place));
    if (refusal !== null) throw new KtError('forbidden', `this request connects nothing, because ${refusal}`);
    const body = await readJson(request, { bytes: 1_000, values: 10, depth: 2 });
    if (!isJsonObject(body) || body['connect'] !== true) throw new KtError('malformed', 'send {"connect": true}');
    const viewer = await entering.authenticate(request);
    if (!viewer) throw new KtError('unauthenticated', 'nobody is signed in here', { reason: 'none' });
    const { url, cookie } = await begin(request, identities.whoConnects(viewer));
    const response = json({ url }, 200, HEADERS);
    response.headers.append('set-cookie', cookie);
    return response;
  };

  /** Failures are shown as a page: a person has come back from another site, and no page of ours is open. */
  const asPage = async (
    request: Request,
    { requestId, failed }: Parameters<Answer>[1],
    work: () => Promise<Response>,
  ): Promise<Response> => {
    try {
      return await work();
    } catch (error) {
      const told = isKtError(error) && error.code !== 'internal' ? error : failed(error);
      const retryAfter = told.details['retryAfter'];
      const { name } = settings.policy;
      return failedPage(
        request,
        told,
        { requestId, back: settings.signedOutUri, name },
        {
          'set-cookie': beginnings.forget(entering.places.of(request)),
          ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
        },
      );
    }
  };

  const callback: Answer = (request, from) =>
    asPage(request, from, async () => {
      const place = entering.places.of(request);
      const counted = entering.mustNotWait(request, from.address);
      const begun = await beginnings.shownBy(request.headers, place);
      if (begun === null)
        throw new KtError(
          'unauthenticated',
          'this browser began no sign-in in the last ten minutes, or keeps no cookies: start again',
          { reason: 'stale' },
        );
      const person = await entering.counting(counted, () => provider.finish(new URL(request.url).search, begun.checks));
      if (begun.connect !== null) {
        const address = entering.places.addressOf(request, from.address);
        await identities.connect(person, begun.connect, settings.policy, address);
        return seeOther(`${home}account`, [beginnings.forget(place)]);
      }
      const cookies = await entering.enter(request, from.address, (browser) =>
        identities.enter(person, settings.policy, browser),
      );
      return seeOther(home, [...cookies.cookies, beginnings.forget(place)]);
    });

  /** OpenID Connect Back-Channel Logout 1.0: the provider itself asks, with no cookie. */
  const backchannel: Answer = async (request) => {
    if (mediaType(request) !== 'application/x-www-form-urlencoded')
      throw new KtError('unsupported', 'send logout_token as application/x-www-form-urlencoded');
    const body = new URLSearchParams(Buffer.from(await readBody(request, LOGOUT_BYTES)).toString('utf8'));
    const token = body.get('logout_token');
    if (token === null) throw new KtError('invalid', 'send logout_token');
    const { id, at, ...whose } = await provider.signedOut(token);
    // Heard twice, it ends nothing that began since it was made; the second is told so all the same.
    if (!isNew(id)) throw new KtError('invalid', 'the logout token was used already');
    await identities.signedOutThere({ ...whose, before: new Date((at + 1) * 1000) });
    return empty(200, { ...HEADERS, 'content-length': '0' });
  };

  const nothing: Answer = async () => empty(204, HEADERS);
  return {
    'auth/oidc/start': { GET: start, HEAD: nothing, POST: connect },
    'auth/oidc/callback': { GET: callback, HEAD: nothing },
    'auth/oidc/backchannel': { POST: backchannel },
  } as const;
};
