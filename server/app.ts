import type { ServerResponse } from 'node:http';
import { createServerAdapter } from '@whatwg-node/server';
import { showsKey, type Authenticate } from './auth/authenticate.ts';
import { makePlaces, type Asking, type Places } from './auth/place.ts';
import { cameFrom } from './auth/whence.ts';
import { makePresuming } from './auth/presume.ts';
import { DEFAULT_COST } from './graphql/cost.ts';
import { makeGraphQL } from './graphql/yoga.ts';
import { NO_ADDRESS, type Address } from './http/address.ts';
import { onceAMinute } from './http/connection-limits.ts';
import { CLIENT_PATH, makeClientPackage } from './http/client-package.ts';
import { noGuards, type Guards } from './http/guards.ts';
import { isNavigation } from './http/negotiate.ts';
import { segmentsOf, withoutFolder } from './http/paths.ts';
import { loggable, makeRefusals } from './http/refusals.ts';
import { REQUEST_ID, requestIdOf } from './http/request-id.ts';
import { isHeartbeat, isProbe, sentTwice, type Sent } from './http/sent.ts';
import { NO_RATES, type RequestRates } from './http/request-rates.ts';
import { signInInstead } from './http/sign-in.ts';
import { tooMany } from './http/too-many.ts';
import { makeSite, type Site } from './http/site.ts';
import { json } from './http/whole.ts';
import { endWithConnection } from './http/end-with-connection.ts';
import { makeUnderWay } from './http/under-way.ts';
import type { Logger } from './log.ts';
import { makeMetricsPage, type MetricsDoor } from './metrics-page.ts';
import type { Resolvers } from './resolvers/resolvers.ts';
import { makeRest } from './rest/router.ts';
import { routeTemplate } from './route-template.ts';
import { makeFailedSignIns, type FailedSignIns } from './sign-in/attempts.ts';
import { KEYS_AND_LINKS, makeSignIn, type Ways } from './sign-in/routes.ts';
import { run, type Database } from './storage/database.ts';
import { withVersions } from './versions.ts';

export type AppDeps = {
  readonly database: Database;
  readonly resolvers: Resolvers;
  readonly authenticate: Authenticate;
  readonly log: Logger;
  /** Whether a 401 makes a browser ask for the key with its own dialog; no by default. */
  readonly basicPrompt?: boolean;
  /** Which hosts and origins may make requests; all by default. */
  readonly guards?: Guards;
  /** What answers at the root and below; by default the dashboard alone. */
  readonly site?: Site;
  /** Where people find the server; the root of an unknown host, if not given. */
  readonly address?: Address;
  /** Where browsers reach the server, for their cookies; by default what requests say, and no proxy is trusted. */
  readonly places?: Places;
  /** How people sign in; by keys and links, if not given. */
  readonly ways?: Ways;
  /** The most that one GraphQL request may cost; DEFAULT_COST by default. */
  readonly graphqlCost?: number;
  /** How many requests a minute are answered; any number, if not given. */
  readonly rates?: RequestRates;
  /** The sign-ins that failed so far; none, if not given. */
  readonly failures?: FailedSignIns;
  /** Counts requests, and answers /metrics; by default nothing is counted. */
  readonly metrics?: MetricsDoor;
};

/** Node's own request and response, if there are any: the first has the request-target as it was sent. */
type ServerContext = {
  readonly req?: {
    readonly url?: string;
    readonly rawHeaders?: readonly string[];
    readonly httpVersion?: string;
    readonly socket?: { readonly remoteAddress?: string };
  };
  readonly res?: ServerResponse;
  readonly target?: string;
};

/** A request with what the routes need to know of it. `target` is as sent, `segments` its decoded path. */
type Asked = {
  readonly request: Request;
  readonly target: string;
  readonly segments: readonly string[];
  readonly sent: Sent;
  readonly address: string | undefined;
};

/** The paths that may hear whom a proxy names; from all other requests the header is taken. */
const SAYING_WHO = ['auth/proxy', 'auth/ways'];

/** How long a readiness check waits for the database, in ms: a later answer would not reach the prober any more. */
const READY_WITHIN = 2_000;

/** The same, where `rates` is told of every key and session that is found to be good. */
const telling = (authenticate: Authenticate, rates: RequestRates): Authenticate => {
  const { lookUp } = authenticate;
  const noting = async (request: Asking) => {
    const viewer = await authenticate(request);
    if (viewer) rates.known(request.headers, viewer);
    return viewer;
  };
  if (!lookUp) return noting;
  return Object.assign(noting, {
    lookUp: (request: Asking) => {
      const found = lookUp(request);
      if (!found) return null;
      const judge: typeof found.judge = (row) => {
        const viewer = found.judge(row);
        rates.known(request.headers, viewer);
        return viewer;
      };
      return { keyHash: found.keyHash, judge, used: found.used };
    },
  });
};

/**
 * The whole server as one function from request to response: it picks the API by the path. Also a listener for
 * `http.createServer`. `target` in the context is the request-target as sent, for callers without a socket.
 */
export const makeApp = (deps: AppDeps) => {
  const {
    database,
    resolvers,
    log,
    basicPrompt = false,
    guards = noGuards,
    address = NO_ADDRESS,
    places = makePlaces({ publicUrl: '', trustProxy: false }),
    site = makeSite({ address }),
  } = deps;
  const { graphqlCost = DEFAULT_COST, metrics, ways = KEYS_AND_LINKS, rates = NO_RATES } = deps;
  const { failures = makeFailedSignIns(() => performance.now()) } = deps;
  const authenticate = telling(deps.authenticate, rates);
  const overLimit = onceAMinute(
    (why) => log.warn(`requests are refused: ${why}`),
    () => performance.now(),
  );
  const { folder } = address;
  const onError = (error: unknown, requestId?: string) => log.error({ requestId, err: error }, 'internal error');
  const underWay = makeUnderWay();
  const reachedAt = (request: Request): string => address.of(request) ?? places.of(request).own[0] ?? '';
  const graphql = withVersions(
    makeGraphQL({ resolvers, authenticate, onError, cost: graphqlCost, underWay, reachedAt }),
  );
  const rest = makeRest({ address, resolvers, ...makePresuming(authenticate), onError, underWay });
  const signIn = makeSignIn({ resolvers, authenticate, places, reachedAt, failures, ways, onError });
  const clientPackage = makeClientPackage(onError);
  const refused = makeRefusals(log);
  const metricsPage = metrics && makeMetricsPage(metrics, onError);

  // One question for all who ask at once: nobody needs a key for it.
  let asking: Promise<unknown> | undefined;
  const ready = async (): Promise<Response> => {
    asking ??= run(database, (tx) => tx.$queryRaw`select 1`).finally(() => (asking = undefined));
    const late = new Promise<never>((_resolve, reject) => setTimeout(reject, READY_WITHIN).unref());
    try {
      await Promise.race([asking, late]);
      return json({ status: 'ready' });
    } catch {
      // The database logs the reason itself, one line for all requests.
      return json({ status: 'the database does not answer' }, 503, { 'retry-after': '5' });
    }
  };

  const dispatch = async (asked: Asked): Promise<Response> => {
    const { request, target, segments, sent } = asked;
    const { requestId } = sent;
    const [first, ...others] = segments;
    if (first === 'api') {
      const response = await rest(request, target, requestId);
      return response.status === 401 && isNavigation(request) ? signInInstead(request, target) : response;
    }
    const signedIn = first === 'auth' ? await signIn(request, segments, { requestId, address: asked.address }) : null;
    if (signedIn) return signedIn;
    if (others.length === 0) {
      if (first === 'graphql') return graphql(request, requestId);
      if (first === 'health') return json({ status: 'alive' });
      if (first === 'ready') return ready();
      if (first === 'metrics' && metricsPage) return metricsPage(request, sent, asked.address);
    }
    if (segments.join('/') === CLIENT_PATH) return clientPackage(request, requestId);
    const page = await site(request, segments).catch((error: unknown) => {
      // A file that was removed while we read it, or a failing disk: the response does not reveal the path.
      onError(error, requestId);
      return json({ message: 'something went wrong inside the server: its log says what' }, 500);
    });
    if (page) return page;
    return json({ message: 'nothing is here: GraphQL is at /graphql, the ActivityWatch API at /api/0' }, 404);
  };

  const answer = async (request: Request, context: ServerContext): Promise<Response> => {
    const target = withoutFolder(context.target ?? context.req?.url ?? request.url, folder);
    const began = performance.now();
    const requestId = requestIdOf(request.headers.get(REQUEST_ID));
    // A request without a Host header has a URL all the same, with a made-up host.
    const host = request.headers.get('host') ?? (context.req ? null : new URL(request.url).host);
    const segments = segmentsOf(target);
    if (!SAYING_WHO.includes(segments.join('/'))) ways.proxy?.header.strip(request.headers);
    const address = context.req?.socket?.remoteAddress;
    const from = places.addressOf(request, address);
    cameFrom(request, from);
    const sent = {
      requestId,
      host,
      twice: sentTwice(context.req?.rawHeaders ?? []),
      old: context.req?.httpVersion === '1.0',
      probe: isProbe(request.method, segments),
    };
    // Counted before anything is done for it. A load balancer that asks too often would take the server out.
    const told = sent.probe ? null : rates.count(request.headers, from, isHeartbeat(request.method, segments));
    if (told?.retryAfter) overLimit(`${told.message} (${from})`);
    const response = await guards(request, sent, async () =>
      told?.retryAfter
        ? tooMany(told, segments[0] === 'graphql', requestId)
        : dispatch({ request, target, segments, sent, address }),
    );
    response.headers.set(REQUEST_ID, requestId);
    if (told) for (const [name, value] of Object.entries(told.fields)) response.headers.set(name, value);
    // Except for a page, which asks for the key in its own way (spec/rest DEV-23), and what pages ask behind it.
    const [first] = segments;
    if (
      basicPrompt &&
      first !== 'auth' &&
      response.status === 401 &&
      !response.headers.get('content-type')?.startsWith('text/html')
    ) {
      response.headers.set('www-authenticate', 'Basic realm="kt-server", charset="UTF-8"');
    }
    // Without the query: it may hold a token.
    const path = loggable(target.replace(/\?.*$/s, ''));
    const entered = first === 'auth' && request.method === 'POST';
    if (response.status === 401 && (entered || showsKey(request.headers))) {
      const forwardedFor = request.headers.get('x-forwarded-for');
      rates.forget(request.headers);
      refused({ address, forwardedFor, requestId, method: request.method, path });
    }
    const ms = performance.now() - began;
    const { status } = response;
    metrics?.metrics.answered({ method: request.method, route: routeTemplate(segments), status, seconds: ms / 1000 });
    log.debug({ requestId, method: request.method, path, status, ms: Math.round(ms) }, 'request');
    return endWithConnection(response, context.res);
  };

  return createServerAdapter<ServerContext>((request, context) => answer(request as unknown as Request, context));
};

export type App = ReturnType<typeof makeApp>;
