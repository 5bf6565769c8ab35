/**
 * Checks that apply to every path: which host names this server answers to, which keeps out pages whose own name was
 * pointed here (DNS rebinding), and which other origins' pages may make requests (CORS). The checks and their order are
 * those of aw-server-rust, but patterns are anchored and the server's own origin is always allowed: spec/rest 1.6, 1.7
 * and spec/rest DEV-5.
 */
import { parsedUrl } from '../../domain/parsed-url.ts';
import { isLoopback, withoutMapping } from '../../domain/loopback.ts';
import { globSource, originSource } from '../../domain/origins.ts';
import type { Config } from '../config.ts';
import type { Sent } from './sent.ts';
import { empty, json } from './whole.ts';

type Settings = Pick<Config, 'host' | 'auth' | 'publicUrl' | 'corsOrigins' | 'allowedHosts' | 'trustProxy' | 'testing'>;

export type GuardRules = {
  /** The names that Host may have; null for any. */
  readonly hosts: RegExp | null;
  /** The other origins that may make requests: web pages and browser extensions. */
  readonly origins: RegExp;
  /**
   * Whether to trust `X-Forwarded-Host` and `X-Forwarded-Proto` as what the client asked for. Where no proxy sets them,
   * anybody could.
   */
  readonly trustProxy: boolean;
  /** Whether the server runs without keys: then only direct requests are answered, and none that a proxy forwarded. */
  readonly keyless: boolean;
};

/** Passes a request to `next`, or responds itself. */
export type Guards = (request: Request, sent: Sent, next: () => Promise<Response>) => Promise<Response>;

/**
 * aw-watcher-web as the browsers' stores have it: one fixed id in Chrome, and one drawn for each installation in
 * Firefox.
 */
const EXTENSIONS = ['chrome-extension://nglaklhklhcoonedhgnpgddginnjdadi', 'moz-extension://*'];
const EXTENSIONS_IN_TESTS = ['chrome-extension://*', 'http://127.0.0.1:27180', 'http://localhost:27180'];

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost'];

/** A pattern that matches any of these as a whole. */
const oneOf = (sources: readonly string[]): RegExp => new RegExp(`^(?:${sources.join('|')})$`);

/**
 * The rules from the settings. Bound to a loopback address, the server answers to that and to `localhost`. Otherwise it
 * answers to any name, unless the settings name it: then only to that. `port` is the one it listens on.
 */
export const guardRules = (settings: Settings, port: number): GuardRules => {
  const { host, auth, publicUrl, corsOrigins, allowedHosts, trustProxy, testing } = settings;
  const called = [...(publicUrl === '' ? [] : [new URL(publicUrl).hostname]), ...allowedHosts];
  const any = allowedHosts.includes('*') || (!isLoopback(host) && called.length === 0);
  const origins = [
    ...LOOPBACK_NAMES.map((name) => `http://${name}:${port}`),
    ...(publicUrl === '' ? [] : [new URL(publicUrl).origin]),
    ...corsOrigins,
  ];
  const mayAsk = [...origins, ...EXTENSIONS, ...(testing ? EXTENSIONS_IN_TESTS : [])];
  return {
    hosts: any ? null : oneOf([...LOOPBACK_NAMES, host.includes(':') ? `[${host}]` : host, ...called].map(globSource)),
    origins: oneOf(mayAsk.flatMap((entry) => originSource(entry) ?? [])),
    trustProxy,
    keyless: auth === 'none',
  };
};

const METHODS = ['POST', 'GET', 'DELETE'];

/** The response headers that aw-webui and other pages may read (spec/rest DEV-24). */
const EXPOSED = 'X-Query-Warnings, X-Time-Zone-Assumed, X-Request-Id, Retry-After';

/** Headers that proxies add to requests they forward, and that nobody else sends. */
const FORWARDED = new RegExp(
  '^(forwarded|via|x-forwarded(-.*)?|x-(real|client|cluster-client|original)-.*|true-client-ip|cdn-loop|' +
    '(cf|fly|fastly|tailscale)-.*)$',
  'i',
);

/** Whether a proxy forwarded the request, as far as that can be seen: a proxy need not add any of these headers. */
const isForwarded = (headers: Headers, { old }: Pick<Sent, 'old'>): boolean =>
  old || [...headers.keys()].some((name) => FORWARDED.test(name));

/**
 * Whether a program on this machine asks for itself: from a loopback address, under a loopback name (DNS rebinding uses
 * another one), not through a proxy, and not from a web page.
 */
export const isFromHere = (headers: Headers, sent: Pick<Sent, 'host' | 'old'>, address: string | undefined): boolean =>
  address !== undefined &&
  isLoopback(withoutMapping(address)) &&
  isLoopback(/^\[?(.*?)\]?(:\d*)?$/.exec((sent.host ?? '').toLowerCase())![1]!) &&
  !isForwarded(headers, sent) &&
  headers.get('origin') === null &&
  ['none', 'same-origin', null].includes(headers.get('sec-fetch-site'));

export const makeGuards =
  (rules: GuardRules): Guards =>
  async (request, sent, next) => {
    const { headers, method } = request;
    const forwarded = (name: string) => (rules.trustProxy ? headers.get(name)?.split(',', 1)[0]?.trim() || null : null);
    const host = (forwarded('x-forwarded-host') ?? sent.host ?? '').toLowerCase();
    const origin = headers.get('origin');
    const own = `${forwarded('x-forwarded-proto') ?? 'http'}://${host}`;
    const mayAsk = origin === null || isOrigin(origin, own) || rules.origins.test(origin.toLowerCase());
    // Liveness is not secret, and whoever checks it does not know the server's names: a load balancer sends no Host.
    if (sent.probe) return heard(await next(), mayAsk ? origin : null);

    if (sent.twice !== null) return refusal(sent, 400, `the header ${sent.twice} is there twice: send it once`);
    if (rules.keyless && isForwarded(headers, sent)) {
      const why =
        'this server asks nobody for a key (KT_SERVER_AUTH=none), so it answers no request that a proxy passes on';
      return refusal(sent, 403, `${why}: use keys behind a proxy`);
    }
    const name = /^(\[[^\]]*\]|[^:]+)(:\d*)?$/.exec(host)?.[1] ?? '';
    if (host === '') return refusal(sent, 400, 'the request has no Host header: send one');
    if (rules.hosts && !rules.hosts.test(name)) {
      return refusal(
        sent,
        400,
        `this server does not answer to the name ${JSON.stringify(name)}: if it should, ` +
          'set KT_SERVER_PUBLIC_URL, or add the name to KT_SERVER_ALLOWED_HOSTS',
      );
    }
    if (!mayAsk) {
      return refusal(
        sent,
        403,
        `pages of ${JSON.stringify(origin)} may not ask here: if they should, ` +
          "add that to KT_SERVER_CORS_ORIGINS; if they are this server's own, set KT_SERVER_PUBLIC_URL",
      );
    }
    return heard(method === 'OPTIONS' ? preflight(sent, headers, origin) : await next(), origin);
  };

/** Makes a response readable for pages of this origin. */
const heard = (response: Response, origin: string | null): Response => {
  const { headers } = response;
  const vary = headers.get('vary');
  headers.set('vary', vary === null ? 'Origin' : `${vary}, Origin`);
  if (origin === null) return response;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-expose-headers', EXPOSED);
  return response;
};

/** Allows every request: for tests within this process, which no web page can reach. */
export const noGuards: Guards = (_request, _sent, next) => next();

const isOrigin = (origin: string, url: string): boolean => {
  const [one, other] = [parsedUrl(url), parsedUrl(origin)];
  return one !== null && other !== null && one.origin === other.origin && /^https?:/.test(url);
};

/** Answers a CORS preflight. It carries no key, and the answer is the same for every path. */
const preflight = (sent: Sent, headers: Headers, origin: string | null): Response => {
  if (origin === null) return empty(200, { 'content-length': '0' });
  const asked = headers.get('access-control-request-method');
  if (asked === null)
    return refusal(sent, 400, 'OPTIONS with an Origin is a preflight: say Access-Control-Request-Method');
  if (!METHODS.includes(asked)) return refusal(sent, 403, `other origins may only ${METHODS.join(', ')}`);
  const wanted = headers.get('access-control-request-headers');
  return empty(200, {
    'content-length': '0',
    'access-control-allow-methods': METHODS.join(', '),
    ...(wanted === null ? {} : { 'access-control-allow-headers': wanted }),
  });
};

const refusal = ({ requestId }: Sent, status: number, message: string): Response =>
  json({ message, requestId }, status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
  });
