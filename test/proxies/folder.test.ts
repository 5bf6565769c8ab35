/**
 * kt-server in a folder of a host, KT_SERVER_PUBLIC_URL=https://example.org/kt/: every page, link and request holds,
 * whether the proxy takes the folder off or leaves it. Without sockets; with real proxies, and subscriptions:
 * documented.test.ts.
 */
import { rmSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeApp, type App } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { publicUrlOf } from '../../domain/public-url.ts';
import { makeAddress } from '../../server/http/address.ts';
import { makeDashboard } from '../../server/http/dashboard.ts';
import { guardRules, makeGuards } from '../../server/http/guards.ts';
import { makeSite } from '../../server/http/site.ts';
import { makeLog } from '../../server/log.ts';
import { inspectServer } from '../../client/remote/inspect.ts';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { builtDashboard } from '../support/built-dashboard.ts';
import { openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';

type Scene = { server: TestServer; user: TestUser; dashboard: string };
const folder = suite<Scene>('in a folder of a host');
folder.before(async (scene) => {
  scene.dashboard = builtDashboard();
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});
folder.after(({ dashboard }) => rmSync(dashboard, { recursive: true }));

const PUBLIC = publicUrlOf('https://example.org/kt/')!;

/** The app as `serve` makes it with these settings. */
const appWith = ({ server, dashboard }: Scene, publicUrl: string, trustProxy = false): App => {
  const { database, resolvers } = server;
  const address = makeAddress({ publicUrl, trustProxy });
  const settings = { host: '127.0.0.1', auth: 'key', corsOrigins: [], allowedHosts: [], testing: false } as const;
  return makeApp({
    database,
    resolvers,
    authenticate: makeAuthenticate(database, () => new Date()),
    log: makeLog('silent'),
    guards: makeGuards(guardRules({ ...settings, publicUrl, trustProxy }, 5700)),
    address,
    site: makeSite({ address, dashboard: makeDashboard(dashboard) }),
  });
};

/** Two ways in which proxies pass `https://example.org/kt/…` on. */
const PROXIES: Record<string, (path: string) => string> = {
  'that leaves the folder': (path) => path,
  'that takes the folder off': (path) => path.replace(/^\/kt\/?/, '/'),
};

/** Asks through such a proxy, which passes the Host header on. `url` is what the client asks for. */
const through =
  (app: App, pass: (path: string) => string) =>
  async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const asked = new Request(url, init);
    const { pathname, search, host, origin } = new URL(asked.url);
    assert.is(origin, new URL(PUBLIC).origin, `${asked.url} leads elsewhere`);
    assert.ok(/^\/kt(\/|$)/.test(pathname), `${asked.url} is not below the folder`);
    const headers = new Headers(asked.headers);
    headers.set('host', host);
    const body = asked.body ? { body: await asked.arrayBuffer() } : {};
    const { method, signal } = asked;
    return app.fetch(`http://127.0.0.1:5700${pass(pathname)}${search}`, { method, headers, signal, ...body });
  };

for (const [which, pass] of Object.entries(PROXIES)) {
  folder(`every page is there behind a proxy ${which}, and none leads or redirects out of it`, async (scene) => {
    const ask = through(appWith(scene, PUBLIC), pass);
    const html = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };
    for (const [path, status, said] of [
      ['', 200, '<base href="/kt/"'],
      ['/', 200, '<base href="/kt/"'],
      ['/day/2026-11-25', 200, '<base href="/kt/"'],
      ['/app/index-Bx1_0kQz.js', 200, 'start()'],
      ['/graphql', 200, 'GraphiQL'],
      ['/sign-in', 200, '<base href="/kt/"'],
      ['/api/0/info', 200, '"hostname"'],
      ['/api/0/info/', 200, '"hostname"'],
      ['/api/0/openapi.json', 200, '"openapi"'],
      ['/api/0/buckets/', 401, 'Sign in'],
      ['/health', 200, 'alive'],
      ['/ready', 200, 'ready'],
      ['/nope', 404, 'nothing is here'],
    ] as const) {
      const response = await ask(`${PUBLIC}${path}`, { headers: html });
      const text = await response.text();
      assert.is(response.status, status, path);
      assert.match(text, said, path);
      // Only /auth sets a cookie, for the whole host: there is none whose Path could be wrong.
      for (const name of ['location', 'set-cookie', 'content-location', 'link', 'refresh'])
        assert.is(response.headers.get(name), null, `${name} of ${path}`);
      // GraphiQL is a page of 9 MB without any address of ours.
      if (path === '/graphql') assert.not.match(text, /<(?:script|link)\b[^>]*\b(?:src|href)="\//);
      else assert.not.match(text, /(?:href|src|action)="\/(?!kt\/)|fetch\(\s*['"`]\/|location\b[^\n]*\(['"`]\//, path);
    }
  });

  folder(`the dashboard finds its files from every path, behind a proxy ${which}`, async (scene) => {
    const ask = through(appWith(scene, PUBLIC), pass);
    for (const page of [PUBLIC, `${PUBLIC}/`, `${PUBLIC}/devices`, `${PUBLIC}/day/2026-11-25`]) {
      const text = await (await ask(page)).text();
      const [, base] = /<base href="([^"]*)"/.exec(text)!;
      const scripts = [...text.matchAll(/src="([^"]*)"/g)].map(
        ([, script]) => new URL(script!, new URL(base!, page)).href,
      );
      assert.is(scripts.length, 1);
      for (const script of scripts) assert.is((await ask(script)).status, 200, script);
    }
  });

  folder(`GraphiQL and browsers’ requests get through a proxy ${which}`, async (scene) => {
    const ask = through(appWith(scene, PUBLIC), pass);
    const authorization = `Bearer ${scene.user.key}`;
    // GraphiQL posts to the address that its page has.
    for (const url of [`${PUBLIC}/graphql`, `${PUBLIC}/graphql?query=%7B__typename%7D`]) {
      const response = await ask(url, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', origin: 'https://example.org' },
        body: JSON.stringify({ query: '{ viewer { email exportPath } }' }),
      });
      const { data } = (await response.json()) as { data: { viewer: { email: string; exportPath: string } } };
      assert.is(data.viewer.email, scene.user.email, url);
      // "Path, below this server’s address".
      const file = await ask(`${PUBLIC}${data.viewer.exportPath}`, { headers: { authorization } });
      assert.equal([file.status, await file.json()], [200, { buckets: {} }]);
    }
    const read = await ask(`${PUBLIC}/graphql?query=%7B__typename%7D`, { headers: { authorization } });
    assert.equal(await read.json(), { data: { __typename: 'Query' } });
  });

  folder(`OpenAPI’s server is the whole address, and its paths hold, behind a proxy ${which}`, async (scene) => {
    const ask = through(appWith(scene, PUBLIC), pass);
    const document = (await (await ask(`${PUBLIC}/api/0/openapi.json`)).json()) as {
      servers: { url: string }[];
      paths: Record<string, unknown>;
    };
    assert.equal(document.servers, [{ url: PUBLIC }]);
    const { url } = document.servers[0]!;
    const headers = { authorization: `Bearer ${scene.user.key}` };
    for (const path of Object.keys(document.paths).filter((known) =>
      /^[^{]*(info|buckets|export|devices)$/.test(known),
    ))
      assert.is((await ask(`${url}${path}`, { headers })).status, 200, path);
  });

  folder(`ids of buckets keep their slashes, dots and escapes through a proxy ${which}`, async (scene) => {
    const ask = through(appWith(scene, PUBLIC), pass);
    const headers = { authorization: `Bearer ${scene.user.key}`, 'content-type': 'application/json' };
    for (const id of ['a/b', '/kt/a', 'kt', 'a%2Fb', 'ü ?#']) {
      const url = `${PUBLIC}/api/0/buckets/${encodeURIComponent(id)}`;
      const body = JSON.stringify({ type: 't', client: 'c', hostname: 'h' });
      assert.is((await ask(url, { method: 'POST', headers, body })).status, 200, id);
      assert.is(((await (await ask(url, { headers })).json()) as { id: string }).id, id);
      assert.is((await ask(url, { method: 'DELETE', headers })).status, 200, id);
    }
  });

  folder(`kt-client reaches the server by each spelling of its address, behind a proxy ${which}`, async (scene) => {
    const fetch = through(appWith(scene, PUBLIC), pass);
    for (const url of ['https://example.org/kt', 'https://example.org/kt/', 'https://example.org/kt/graphql']) {
      const options = { url, apiKey: scene.user.key, fetch };
      assert.is((await inspectServer(options)).email, scene.user.email, url);
      assert.is(await makeRemoteServer(options).account(), scene.user.userId, url);
    }
  });
}

folder('believes a proxy’s X-Forwarded-Prefix only if proxies are trusted and no address is set', async (scene) => {
  const headers = {
    host: '127.0.0.1:5700',
    'x-forwarded-host': 'localhost',
    'x-forwarded-proto': 'https',
    'x-forwarded-prefix': '/kt',
  };
  for (const [publicUrl, trustProxy, base, server] of [
    ['', false, './', '/'],
    ['', true, '/kt/', 'https://localhost/kt'],
    ['https://localhost', true, './', 'https://localhost'],
    ['https://localhost/other', false, '/other/', 'https://localhost/other'],
  ] as const) {
    const app = appWith(scene, publicUrl, trustProxy);
    const ask = async (path: string) => (await app.fetch(`http://127.0.0.1:5700${path}`, { headers })).text();
    assert.match(await ask('/'), `<base href="${base}"`);
    assert.equal(JSON.parse(await ask('/api/0/openapi.json')).servers, [{ url: server }]);
  }
});

folder.run();
