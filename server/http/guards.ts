/**
 * What stands before every path, whatever answers it: which names this server answers to, which keeps out
 * pages that had their own name point here (DNS rebinding), and which pages of other origins may ask (CORS). As
 * aw-server-rust has it, in its order, with patterns anchored and the server's own origin always let in:
 * spec/rest 1.6, 1.7, DEV-5.
 */
import { globSource, originSource } from '../../domain/origins.ts';
import type { Config } from '../config.ts';
import type { Sent } from './sent.ts';

type Settings = Pick<Config, 'host' | 'auth' | 'publicUrl' | 'corsOrigins' | 'allowedHosts' | 'trustProxy' | 'testing'>;

export type GuardRules = {
  /** The names that Host may have; null where it may have any. */
  readonly hosts: RegExp | null;
  /** The origins of other servers' pages, and of extensions, that may ask. */
  readonly origins: RegExp;
  /**
   * Whether `X-Forwarded-Host` and `X-Forwarded-Proto` say what the client asked for. Anybody could,
   * where no proxy writes them.
   */
  readonly trustProxy: boolean;
  /** Whether nobody shows a key: then only who asks by himself is answered, and not who is forwarded. */
  readonly keyless: boolean;
};

/** Lets a request pass to `next`, or answers itself. */
export type Guards = (request: Request, sent: Sent, next: () => Promise<Response>) => Promise<Response>;

/** aw-watcher-web, as the shops have it: one id in Chrome's, one drawn per installation in Firefox. */
const EXTENSIONS = ['chrome-extension://nglaklhklhcoonedhgnpgddginnjdadi', 'moz-extension://*'];
const EXTENSIONS_IN_TESTS = ['chrome-extension://*', 'http://127.0.0.1:27180', 'http://localhost:27180'];

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost'];
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);

/** One of these, whole. */
const oneOf = (sources: readonly string[]): RegExp => new RegExp(`^(?:${sources.join('|')})$`);

/**
 * The rules that settings make. Bound to a loopback address, the server answers to that and to `localhost`; elsewhere
 * to any name, unless settings say what it is called: then to that alone. `port` is the one it listens on.
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

/** What aw-webui and other pages may read of an answer besides its body (spec/rest DEV-24). */
const EXPOSED = 'X-Query-Warnings, X-Time-Zone-Assumed';

/** What proxies write into the requests they pass on, and nobody writes into his own. */
const FORWARDED = new RegExp(
  '^(forwarded|via|x-forwarded(-.*)?|x-(real|client|cluster-client|original)-.*|true-client-ip|cdn-loop|' +
    '(cf|fly|fastly|tailscale)-.*)$',
  'i',
);

export const makeGuards =
  (rules: GuardRules): Guards =>
  async (request, sent, next) => {
    const { headers, method } = request;
    const forwarded = (name: string) => (rules.trustProxy ? headers.get(name)?.split(',', 1)[0]?.trim() || null : null);
    const host = (forwarded('x-forwarded-host') ?? sent.host ?? '').toLowerCase();
    const origin = headers.get('origin');
    const own = `${forwarded('x-forwarded-proto') ?? 'http'}://${host}`;
    const mayAsk = origin === null || isOrigin(origin, own) || rules.origins.test(origin.toLowerCase());
    // Whether the server is alive is nobody's secret, and who asks that knows no names: a load
    // balancer sends no Host at all.
    if (sent.probe) return heard(await next(), mayAsk ? origin : null);

    if (sent.twice !== null) return refusal(400, `the header ${sent.twice} is there twice: send it once`);
    if (rules.keyless && (sent.old || [...headers.keys()].some((name) => FORWARDED.test(name)))) {
      const why =
        'this server asks nobody for a key (KT_SERVER_AUTH=none), so it answers no request that a proxy passes on';
      return refusal(403, `${why}: use keys behind a proxy`);
    }
    const name = /^(\[[^\]]*\]|[^:]+)(:\d*)?$/.exec(host)?.[1] ?? '';
    if (host === '') return refusal(400, 'the request has no Host header: send one');
    if (rules.hosts && !rules.hosts.test(name)) {
      return refusal(
        400,
        `this server does not answer to the name ${JSON.stringify(name)}: if it should, ` +
          'set KT_SERVER_PUBLIC_URL, or add the name to KT_SERVER_ALLOWED_HOSTS',
      );
    }
    if (!mayAsk) {
      return refusal(
        403,
        `pages of ${JSON.stringify(origin)} may not ask here: if they should, ` +
          "add that to KT_SERVER_CORS_ORIGINS; if they are this server's own, set KT_SERVER_PUBLIC_URL",
      );
    }
    return heard(method === 'OPTIONS' ? preflight(headers, origin) : await next(), origin);
  };

/** An answer that pages of this origin may read. */
const heard = (response: Response, origin: string | null): Response => {
  response.headers.append('vary', 'Origin');
  if (origin === null) return response;
  response.headers.set('access-control-allow-origin', origin);
  response.headers.set('access-control-expose-headers', EXPOSED);
  return response;
};

/** Lets everybody in who can reach the server: for tests in this process, which no page can reach. */
export const noGuards: Guards = (_request, _sent, next) => next();

const isOrigin = (origin: string, url: string): boolean =>
  URL.canParse(url) && URL.canParse(origin) && new URL(url).origin === new URL(origin).origin && /^https?:/.test(url);

/** A browser's question before the request. It carries no key, and whatever the path is, the answer is the same. */
const preflight = (headers: Headers, origin: string | null): Response => {
  if (origin === null) return new Response(null, { status: 200, headers: { 'content-length': '0' } });
  const asked = headers.get('access-control-request-method');
  if (asked === null) return refusal(400, 'OPTIONS with an Origin is a preflight: say Access-Control-Request-Method');
  if (!METHODS.includes(asked)) return refusal(403, `other origins may only ${METHODS.join(', ')}`);
  const wanted = headers.get('access-control-request-headers');
  return new Response(null, {
    status: 200,
    headers: {
      'content-length': '0',
      'access-control-allow-methods': METHODS.join(', '),
      ...(wanted === null ? {} : { 'access-control-allow-headers': wanted }),
    },
  });
};

const refusal = (status: number, message: string): Response =>
  Response.json(
    { message },
    {
      status,
      headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' },
    },
  );
