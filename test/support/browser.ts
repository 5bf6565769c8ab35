/** A browser with one page of the server open: it keeps the cookie, and sends what browsers send. */
import type { App } from '../../server/app.ts';

type Told = {
  readonly status: number;
  readonly body: any;
  readonly cookies: readonly string[];
  readonly headers: Headers;
};

export type Browser = {
  /** What it keeps, by name. */
  readonly cookies: Map<string, string>;
  /** Sends what a page of `origin` would; `body` as JSON. `more` replaces headers; null leaves one out. */
  ask(method: string, path: string, body?: unknown, more?: Record<string, string | null>): Promise<Told>;
};

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';

export const openBrowser = (app: App, origin: string): Browser => {
  const cookies = new Map<string, string>();
  return {
    cookies,
    ask: async (method, path, body, more = {}) => {
      const isSafe = method === 'GET' || method === 'HEAD';
      const said: Record<string, string | null> = {
        'user-agent': USER_AGENT,
        // Browsers say it to https and to this machine alone.
        'sec-fetch-site': origin.startsWith('https:') || origin.includes('127.0.0.1') ? 'same-origin' : null,
        origin: isSafe ? null : origin,
        cookie: cookies.size === 0 ? null : [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        'content-type': body === undefined ? null : 'application/json',
        ...more,
      };
      const response = await app.fetch(`${origin}${path}`, {
        method,
        headers: Object.fromEntries(Object.entries(said).filter((one): one is [string, string] => one[1] !== null)),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const set = response.headers.getSetCookie();
      for (const cookie of set) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        if (/max-age=0\b/i.test(cookie)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      const parsed = text === '' ? undefined : isJson ? (JSON.parse(text) as unknown) : text;
      return { status: response.status, body: parsed, cookies: set, headers: response.headers };
    },
  };
};
