/** How this device signs in at kt-server without a key (RFC 8628; spec/sign-in 9): it asks for a code, and waits. */
import { parsedUrl } from '../../domain/parsed-url.ts';
import { isJsonObject, type JsonObject } from '../../domain/data.ts';
import { KtError } from '../../domain/errors.ts';
import { checkAnswer, faultOf, notKtServer, retryAfterMs, STATUSES } from './faults.ts';
import { send as sendByHttp, sendBy, type Answer, type Fetch } from '../http/send.ts';
import { baseOf } from './remote-server.ts';
import { isTemporary } from './retry.ts';

/** What a person is shown, and for how long it is good. */
type DeviceCode = {
  readonly secret: string;
  readonly userCode: string;
  /** Where it is typed, and the same with the code in it. */
  readonly page: string;
  readonly filledPage: string;
  readonly goodForMs: number;
  readonly intervalMs: number;
};

export type DeviceLogin = {
  /** Asks for a code. Fails as `Remote` does, and with `unsupported` where the server knows no such sign-in. */
  ask(device: { hostname: string; deviceId: string | null }): Promise<DeviceCode>;
  /** The key, or how long to wait before it is asked for again. Fails with `forbidden`: denied, or expired. */
  poll(code: DeviceCode, intervalMs: number): Promise<{ readonly key: string } | { readonly waitMs: number }>;
};

const TIMEOUT_MS = 20_000;
const CLIENT = 'kt-client';
/** Seconds that a server may name; another number is none. */
const SECONDS = { least: 1, most: 3_600 };
/** RFC 8628 3.5: what a device waits longer after each slow_down. */
const SLOWER_MS = 5_000;

const textOf = (body: JsonObject, name: string): string | null => {
  const value = body[name];
  return typeof value === 'string' && value !== '' && value.length <= 2_000 ? value : null;
};

const msOf = (body: JsonObject, name: string, byDefault: number): number => {
  const value = body[name];
  return typeof value === 'number' && value >= SECONDS.least && value <= SECONDS.most ? value * 1000 : byDefault;
};

/**
 * The page as a person reaches it: under the address that this client was given, where the server's own is on the same
 * host, because only that one is known to work; else the server's.
 */
const pageOf = (said: string, base: string): string | null => {
  const page = parsedUrl(said);
  if (!page || !/^https?:$/.test(page.protocol)) return null;
  if (page.host !== new URL(base).host) return page.href;
  return `${base}/device${page.search}`;
};

const jsonOf = (text: string): JsonObject => {
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) ? body : {};
  } catch {
    return {};
  }
};

export const makeDeviceLogin = (url: string, fetch?: Fetch): DeviceLogin => {
  const base = baseOf(url);
  const send = fetch ? sendBy(fetch) : sendByHttp;
  const post = async (path: string, form: Record<string, string>) => {
    try {
      const answer = await send({
        method: 'POST',
        url: `${base}${path}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams({ client_id: CLIENT, ...form }).toString(),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const response = await checkAnswer(answer, url);
      const text = await response.text();
      return { response, isFine: response.status >= 200 && response.status < 300, body: jsonOf(text) };
    } catch (error) {
      throw faultOf(error, url, Date.now());
    }
  };
  const refused = ({ status, headers }: Answer, body: JsonObject): KtError => {
    if (status === 404 || status === 405)
      return new KtError(
        'unsupported',
        `the kt-server at ${url} lets no device in by a code: bring it up to date, ` +
          'or run `kt-client setup --url URL --api-key KEY`',
      );
    const said = textOf(body, 'message') ?? textOf(body, 'error_description');
    const retryAfter = retryAfterMs(headers.get('retry-after'), Date.now());
    return new KtError(
      STATUSES[status] ?? 'internal',
      said ?? `the kt-server at ${url} refused the sign-in (status ${status})`,
      retryAfter === null ? {} : { retryAfterMs: retryAfter },
    );
  };

  return {
    ask: async ({ hostname, deviceId }) => {
      const { response, isFine, body } = await post('/auth/device', {
        scope: 'push',
        hostname,
        ...(deviceId === null ? {} : { device_id: deviceId }),
      });
      if (!isFine) throw refused(response, body);
      const [secret, userCode] = [textOf(body, 'device_code'), textOf(body, 'user_code')];
      const page = pageOf(textOf(body, 'verification_uri') ?? '', base);
      if (secret === null || userCode === null || page === null)
        throw notKtServer('invalid', url, 'something', response.status);
      return {
        secret,
        userCode,
        page,
        filledPage: pageOf(textOf(body, 'verification_uri_complete') ?? '', base) ?? page,
        goodForMs: msOf(body, 'expires_in', 600_000),
        intervalMs: msOf(body, 'interval', SLOWER_MS),
      };
    },
    poll: async ({ secret }, intervalMs) => {
      const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: secret };
      try {
        const { response, isFine, body } = await post('/auth/device/token', form);
        const key = textOf(body, 'access_token');
        if (isFine && key !== null) return { key };
        switch (textOf(body, 'error')) {
          case 'authorization_pending':
            return { waitMs: intervalMs };
          case 'slow_down':
            return { waitMs: msOf(body, 'interval', intervalMs + SLOWER_MS) };
          case 'access_denied':
            throw new KtError('forbidden', 'the request was denied there: nothing was changed');
          case 'expired_token':
          case 'invalid_grant':
            throw new KtError('forbidden', 'the code has expired: run `kt-client login` again');
          default:
            throw refused(response, body);
        }
      } catch (error) {
        // The person may be typing: a network that is away for a moment ends nothing.
        if (!isTemporary(error)) throw error;
        return { waitMs: intervalMs + SLOWER_MS };
      }
    },
  };
};
