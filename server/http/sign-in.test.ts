import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { APP_URL, openTestServer, type TestServer } from '../../test/support/test-server.ts';
import { makeApp } from '../app.ts';
import { makeLog } from '../log.ts';
import { signInPage, withSignIn } from './sign-in.ts';

const signIn = suite<{ server: TestServer }>('the sign-in page');
signIn.before(async (scene) => {
  scene.server = await openTestServer();
});

const BROWSER = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
};

signIn('is what a browser gets that goes to a path of the API without a key, and nobody else', async ({ server }) => {
  const user = await server.newUser();
  const wrong = { authorization: `Bearer kt_${'x'.repeat(43)}` };
  const cases: [path: string, init: RequestInit, status: number, page: boolean][] = [
    ['/api/0/buckets/', { headers: BROWSER }, 401, true],
    ['/api/0/buckets/', { headers: { accept: BROWSER.accept } }, 401, true], // a browser from before Sec-Fetch-Mode
    ['/api/0/export', { headers: { ...BROWSER, ...wrong } }, 401, true],
    ['/api/0/nope', { headers: BROWSER }, 401, true],
    ['/api', { headers: BROWSER }, 401, true],
    ['/api/0/buckets/', { headers: BROWSER, method: 'HEAD' }, 401, true],
    ['/api/0/buckets/', { headers: BROWSER, method: 'POST' }, 401, false],
    ['/api/0/buckets/', { headers: { ...BROWSER, 'sec-fetch-mode': 'cors' } }, 401, false],
    ['/api/0/buckets/', { headers: { accept: '*/*' } }, 401, false],
    ['/api/0/buckets/', { headers: { accept: 'text/html;q=0, application/json' } }, 401, false],
    ['/api/0/buckets/', {}, 401, false],
    ['/api/0/info', { headers: BROWSER }, 200, false],
    ['/api/0/buckets/nope', { headers: { ...BROWSER, authorization: `Bearer ${user.key}` } }, 404, false],
  ];
  for (const [path, init, status, page] of cases) {
    const response = await server.app.fetch(`${APP_URL}${path}`, init);
    const text = await response.text();
    assert.equal([response.status, response.headers.get('www-authenticate')], [status, null], path);
    assert.match(
      response.headers.get('content-type')!,
      page ? /^text\/html/ : /^application\/json/,
      `${path} ${JSON.stringify(init)}`,
    );
    if (page)
      assert.equal(
        [response.headers.get('cache-control'), init.method === 'HEAD' || text.includes('data-place="api"')],
        ['no-store', true],
      );
    else if (status !== 200) assert.type(JSON.parse(text).message, 'string');
  }
});

signIn('has no stack trace beside it where a page can not be read', async ({ server }) => {
  const app = makeApp({
    ...server,
    authenticate: async () => null,
    log: makeLog('silent'),
    site: async () => Promise.reject(new Error('ENOENT: /srv/dist')),
  });
  const response = await app.fetch(`${APP_URL}/js/app.js`);
  assert.is(response.status, 500);
  assert.not.match(await response.text(), /srv|at /);
});

signIn('asks this server alone, runs its own script alone, and stands in no frame', async () => {
  const response = signInPage('')(new Request('http://kt/sign-in'));
  const html = await response.text();
  const csp = response.headers.get('content-security-policy')!;
  for (const tag of ['script', 'style']) {
    const [, content] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)!;
    assert.ok(csp.includes(`${tag}-src 'sha256-${createHash('sha256').update(content!).digest('base64')}'`), tag);
    assert.is(html.split(`<${tag}`).length, 2, `one ${tag}, and it is the one the policy names`);
  }
  for (const rule of [
    "default-src 'none'",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ])
    assert.ok(csp.includes(rule), rule);
  assert.not.match(html, /https?:\/\/|\b(src|href|style|on\w+)=/, 'nothing comes from elsewhere');
  const { headers } = response;
  assert.equal(
    ['x-frame-options', 'x-content-type-options', 'referrer-policy'].map((name) => headers.get(name)),
    ['DENY', 'nosniff', 'no-referrer'],
  );
});

signIn('links from our own pages hold below a prefix that a proxy takes off', async () => {
  for (const file of ['sign-in.js', 'sign-in-check.js', 'sign-in.html'])
    assert.not.match(scriptOf(file), /['"`]\/\w/, file);
});

signIn('finds the server from a path of the API however deep that is, and however a proxy named it', async (scene) => {
  const cases: [target: string, server: string | undefined][] = [
    ['/api', './'],
    ['/api/0/buckets/?x=/a/b', '../../../'],
    ['/api/0/buckets/a%2Fb/events', '../../../../'],
    ['//api/0/buckets/', '../../../../'],
    ['/api/0/buckets/a/b/c/d/e/f', '../'.repeat(8)],
    [`/api${'/x'.repeat(1_000)}`, undefined],
  ];
  for (const [target, server] of cases) {
    const response = await scene.server.app.fetch(new Request(APP_URL, { headers: BROWSER }), { target });
    assert.is(/<html[^>]* data-server="([^"]*)"/.exec(await response.text())?.[1], server, target);
  }
});

signIn('comes before the scripts of a UI, whatever its page looks like', () => {
  const first = '<script src="sign-in-check.js" data-server=""></script>';
  const pages: [html: string, after: string][] = [
    [
      '<!doctype html><html lang="en"><head><script src="a"></script></head></html>',
      '<!doctype html><html lang="en"><head>',
    ],
    ['<!DOCTYPE html>\n<HTML><body><script src="a"></script>', '<!DOCTYPE html>\n<HTML>'],
    ['<!doctype html><header><script src="a"></script>', '<!doctype html>'],
    ['<script src="a"></script>', ''],
  ];
  for (const [html, after] of pages) assert.is(withSignIn(html), after + first + html.slice(after.length));
});

const scriptOf = (file: string): string => readFileSync(new URL(`pages/${file}`, import.meta.url), 'utf8');

/**
 * A tab as far as the scripts use it. It records what they do: `replaced` (where they navigated), `asked` (with which
 * key) and the storages.
 */
type Tab = {
  at?: string;
  session?: Record<string, string>;
  local?: Record<string, string>;
  valid?: string | null;
  down?: boolean;
  storage?: boolean;
};

const storageOf = (values: Record<string, string>, open: boolean) => {
  const checked = () => {
    if (!open) throw new Error('SecurityError');
  };
  return {
    getItem: (name: string) => (checked(), values[name] ?? null),
    setItem: (name: string, value: string) => (checked(), void (values[name] = value)),
    removeItem: (name: string) => (checked(), void delete values[name]),
  };
};

const openTab = ({ at = '/', session = {}, local = {}, valid = null, down = false, storage = true }: Tab) => {
  const url = new URL(at, 'https://kt.example');
  const tab = {
    replaced: [] as string[],
    asked: [] as (string | null)[],
    address: '',
    session,
    local,
    hidden: '',
    hear: {} as Record<string, () => void>,
    observe: (_status: number) => {},
    valid,
  };
  const location = {
    href: url.href,
    hash: url.hash,
    search: url.search,
    pathname: url.pathname,
    replace: (to: string) => void tab.replaced.push(to),
  };
  const document = {
    visibilityState: 'visible',
    currentScript: { dataset: { server: '' } },
    documentElement: {
      style: {
        set visibility(value: string) {
          tab.hidden = value;
        },
      },
    },
    addEventListener: (name: string, work: () => void) => void (tab.hear[name] = work),
  };
  class PerformanceObserver {
    constructor(work: (list: { getEntries(): { responseStatus: number }[] }) => void) {
      tab.observe = (responseStatus) => work({ getEntries: () => [{ responseStatus }] });
    }
    observe() {}
  }
  const fetch = async (path: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
    assert.equal([path, method], ['api/0/settings/theme', 'HEAD']);
    const key = headers['authorization']?.replace('Bearer ', '') ?? null;
    tab.asked.push(key);
    if (down) throw new TypeError('Failed to fetch');
    return { status: tab.valid === 'anybody' || (key !== null && key === tab.valid) ? 200 : 401 };
  };
  const history = {
    state: null,
    replaceState: (_state: unknown, _title: string, to: string) => void (tab.address = to),
  };
  runInNewContext(scriptOf('sign-in-check.js'), {
    URL,
    location,
    document,
    history,
    fetch,
    PerformanceObserver,
    sessionStorage: storageOf(session, storage),
    localStorage: storageOf(local, storage),
  });
  return tab;
};

const settled = () => new Promise((resolve) => setImmediate(resolve));

signIn('is asked for where the tab has no key that the server takes', async () => {
  const cases: [
    what: string,
    tab: Tab,
    replaced: string[],
    asked: (string | null)[],
    session: Record<string, string>,
    local: Record<string, string>,
  ][] = [
    ['no key', { at: '/#/timeline' }, ['sign-in#/timeline'], [null], {}, {}],
    ['a key in the tab', { session: { 'aw-api-token': 'k' }, valid: 'k' }, [], ['k'], { 'aw-api-token': 'k' }, {}],
    [
      'a key that was kept',
      { local: { '_kt-api-key': 'k' }, valid: 'k' },
      [],
      ['k'],
      { 'aw-api-token': 'k' },
      { '_kt-api-key': 'k' },
    ],
    [
      'a key that was revoked',
      { at: '/#/home', session: { 'aw-api-token': 'k' }, local: { '_kt-api-key': 'k' } },
      ['sign-in?refused#/home'],
      ['k'],
      {},
      {},
    ],
    [
      'a wrong one beside a kept one',
      { at: '/?token=w', local: { '_kt-api-key': 'k' }, valid: 'k' },
      ['sign-in?refused'],
      ['w'],
      {},
      { '_kt-api-key': 'k' },
    ],
    ['a key in the address', { at: '/?token=k#/home', valid: 'k' }, [], ['k'], { 'aw-api-token': 'k' }, {}],
    ['a server that asks for none', { valid: 'anybody' }, [], [null], {}, {}],
    [
      'a server that does not answer',
      { session: { 'aw-api-token': 'k' }, down: true },
      [],
      ['k'],
      { 'aw-api-token': 'k' },
      {},
    ],
    ['a browser that stores nothing', { storage: false }, ['sign-in'], [], {}, {}],
  ];
  for (const [what, given, replaced, asked, session, local] of cases) {
    const tab = openTab(given);
    await settled();
    assert.equal(
      { replaced: tab.replaced, asked: tab.asked, session: tab.session, local: tab.local },
      { replaced, asked, session, local },
      what,
    );
    assert.is(
      tab.hidden === 'hidden' && tab.replaced.length === 0,
      false,
      `${what}: nobody is left before an empty page`,
    );
    if (given.at?.includes('token')) assert.not.match(tab.address, /token/, 'the address no longer holds it');
  }
});

signIn('is asked for as soon as a key is refused in a page that is open', async () => {
  for (const happens of ['a request is refused', 'somebody comes back']) {
    const tab = openTab({ session: { 'aw-api-token': 'k' }, valid: 'k' });
    await settled();
    tab.observe(200);
    tab.hear['visibilitychange']!();
    await settled();
    assert.equal([tab.asked, tab.replaced], [['k', 'k'], []]);
    tab.valid = null;
    if (happens === 'a request is refused') tab.observe(401);
    else tab.hear['visibilitychange']!();
    await settled();
    assert.equal(tab.replaced, ['sign-in?refused'], happens);
    tab.observe(401);
    await settled();
    assert.is(tab.replaced.length, 1, 'once');
  }
});

signIn('keeps a key where aw-webui looks for it, and where it is not sent on as a setting', () => {
  for (const file of ['sign-in.js', 'sign-in-check.js']) {
    assert.match(scriptOf(file), /TAB = 'aw-api-token'/, file);
    assert.match(scriptOf(file), /KEPT = '_kt-api-key'/, file);
  }
});

signIn.run();
