/**
 * spec/rest 11, cases 70, 71 and 73; and which host names and origins are accepted: spec/rest 1.6, 1.7 and
 * spec/rest DEV-5. Through the whole app, both APIs.
 */
import { request as httpRequest, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeApp, type App } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { guardRules, makeGuards } from '../../server/http/guards.ts';
import { admitAnybody, originSource } from '../../domain/origins.ts';
import { makeLog } from '../../server/log.ts';
import { openTestServer, type TestServer } from '../support/test-server.ts';

type Settings = Parameters<typeof guardRules>[0];
const SETTINGS: Settings = {
  host: '127.0.0.1',
  auth: 'key',
  publicUrl: '',
  corsOrigins: [],
  allowedHosts: [],
  trustProxy: false,
  testing: false,
};

type Scene = { server: TestServer; key: string };
const origins = suite<Scene>('hosts and origins');
origins.before(async (scene) => {
  scene.server = await openTestServer();
  scene.key = (await scene.server.newUser()).key;
});

const appWith = ({ server }: Scene, settings: Partial<Settings> = {}): App => {
  const { database, resolvers } = server;
  const guards = makeGuards(guardRules({ ...SETTINGS, ...settings }, 5700));
  return makeApp({
    database,
    resolvers,
    authenticate: makeAuthenticate(database, () => new Date()),
    log: makeLog('silent'),
    guards,
  });
};

type Ask = {
  host?: string;
  origin?: string;
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
};
const ask = async (
  app: App,
  { host = '127.0.0.1:5700', origin, method = 'GET', path = '/api/0/info', headers = {}, body }: Ask,
) => {
  const all = {
    host,
    ...(origin === undefined ? {} : { origin }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const response = await app.fetch(`http://${host || 'none'}${path}`, {
    method,
    headers: all,
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const statusOf = async (app: App, request: Ask): Promise<number> => (await ask(app, request)).status;

const OURS = [
  'http://127.0.0.1:5700',
  'http://localhost:5700',
  'chrome-extension://nglaklhklhcoonedhgnpgddginnjdadi',
  'moz-extension://0b1c2d3e-1111-2222-3333-444455556666',
];
const OTHERS = [
  'http://evil.example',
  'null',
  '',
  'http://127.0.0.1',
  'http://127.0.0.1:5701',
  'https://127.0.0.1:5700',
  'http://127.0.0.1:5700.evil.example',
  'http://localhost:57000',
  'http://127x0.0.1:5700',
  'chrome-extension://nglaklhklhcoonedhgnpgddginnjdadix',
  'chrome-extension://other',
  'http://moz-extension://x',
  'http://evil.example/moz-extension://x',
  'http://127.0.0.1:27180',
];

origins('case 70: a preflight of a page that may ask is 200 on any path, without a key', async (scene) => {
  const app = appWith(scene);
  for (const origin of OURS) {
    for (const path of ['/api/0/buckets/', '/api/0/nope', '/graphql', '/', '/x/y']) {
      const preflight = {
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': 'authorization, content-type',
      };
      const { status, headers, text } = await ask(app, { origin, path, method: 'OPTIONS', headers: preflight });
      assert.equal([status, text], [200, ''], `${origin} ${path}`);
      assert.is(headers.get('access-control-allow-origin'), origin);
      assert.is(headers.get('access-control-allow-methods'), 'POST, GET, DELETE');
      assert.is(headers.get('access-control-allow-headers'), 'authorization, content-type');
      assert.is(headers.get('access-control-allow-credentials'), null);
      assert.match(headers.get('vary') ?? '', 'Origin');
    }
  }
  for (const method of ['GET', 'POST'])
    assert.is(
      await statusOf(app, {
        origin: OURS[0]!,
        method: 'OPTIONS',
        headers: { 'access-control-request-method': method },
      }),
      200,
    );
  for (const method of ['PUT', 'PATCH', 'HEAD', 'post'])
    assert.is(
      await statusOf(app, {
        origin: OURS[0]!,
        method: 'OPTIONS',
        headers: { 'access-control-request-method': method },
      }),
      403,
    );
});

origins('case 70: a preflight of another page is 403, and of no page 200', async (scene) => {
  const app = appWith(scene);
  for (const origin of OTHERS) {
    const { status, headers, text } = await ask(app, {
      origin,
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST' },
    });
    assert.is(status, 403, origin);
    assert.is(headers.get('access-control-allow-origin'), null);
    assert.type(JSON.parse(text).message, 'string');
  }
  assert.is(await statusOf(app, { method: 'OPTIONS', path: '/api/0/buckets' }), 200);
  assert.is(await statusOf(app, { method: 'OPTIONS', origin: OURS[0]! }), 400);
});

origins('case 71: another page has nothing done, whatever key it shows', async (scene) => {
  const { server } = scene;
  const app = appWith(scene);
  const user = await server.newUser();
  const bucket = JSON.stringify({ client: 'c', type: 't', hostname: 'h' });
  const post = (origin: string | undefined, id: string) =>
    ask(app, {
      ...(origin === undefined ? {} : { origin }),
      method: 'POST',
      path: `/api/0/buckets/${id}`,
      headers: { authorization: `Bearer ${user.key}` },
      body: bucket,
    });
  for (const origin of OTHERS) {
    const { status, headers, text } = await post(origin, 'evil');
    assert.is(status, 403, origin);
    assert.is(headers.get('access-control-allow-origin'), null);
    assert.type(JSON.parse(text).message, 'string');
  }
  assert.is((await post('http://127.0.0.1:5700', 'same')).status, 200);
  assert.is((await post(OURS[3], 'firefox')).headers.get('access-control-allow-origin'), OURS[3]);
  assert.is((await post(undefined, 'none')).status, 200);
  const listed = await ask(app, { path: '/api/0/buckets', headers: { authorization: `Bearer ${user.key}` } });
  assert.equal(Object.keys(JSON.parse(listed.text)), ['same', 'firefox', 'none']);
  const graphql = await ask(app, {
    origin: 'http://evil.example',
    method: 'POST',
    path: '/graphql',
    headers: { authorization: `Bearer ${user.key}` },
    body: '{"query":"mutation { deleteBucket(input: { id: \\"same\\" }) { id } }"}',
  });
  assert.is(graphql.status, 403);
});

origins('an answer says whom it is for, a failure too', async (scene) => {
  const app = appWith(scene);
  for (const [path, status] of [
    ['/api/0/info', 200],
    ['/api/0/buckets', 401],
    ['/nope', 404],
    ['/health', 200],
    ['/', 200],
    ['/graphql?query={info{hostname}}', 200],
  ] as const) {
    const { status: found, headers } = await ask(app, { origin: OURS[1]!, path });
    assert.is(found, status, path);
    assert.is(headers.get('access-control-allow-origin'), OURS[1], path);
    // spec/rest DEV-24
    assert.is(
      headers.get('access-control-expose-headers'),
      'X-Query-Warnings, X-Time-Zone-Assumed, X-Request-Id, Retry-After',
    );
    assert.match(headers.get('vary') ?? '', 'Origin');
    assert.is((await ask(app, { path })).headers.get('access-control-allow-origin'), null);
  }
});

origins('the origin that the client sees is its own, behind a proxy too (spec/rest DEV-5)', async (scene) => {
  const cases: [settings: Partial<Settings>, request: Ask, status: number][] = [
    [{ host: '0.0.0.0' }, { host: 'kt.example.org', origin: 'http://kt.example.org' }, 200],
    [{ host: '0.0.0.0' }, { host: 'kt.example.org:80', origin: 'http://kt.example.org' }, 200],
    [{ host: '0.0.0.0' }, { host: '192.168.1.5:5700', origin: 'http://192.168.1.5:5700' }, 200],
    [{ host: '0.0.0.0' }, { host: '[fe80::1]:5700', origin: 'http://[fe80::1]:5700' }, 200],
    [{ host: '0.0.0.0' }, { host: 'kt.example.org', origin: 'https://kt.example.org' }, 403],
    [
      { host: '0.0.0.0', publicUrl: 'https://kt.example.org' },
      { host: 'kt.example.org', origin: 'https://kt.example.org' },
      200,
    ],
    [{ publicUrl: 'https://kt.example.org' }, { host: '127.0.0.1:5700', origin: 'https://kt.example.org' }, 200],
    [{ publicUrl: 'https://kt.example.org' }, { host: '127.0.0.1:5700', origin: 'https://kt.example.org:8443' }, 403],
    // Forwarded headers count only where a proxy is trusted to write them.
    [
      { allowedHosts: ['kt.example.org'] },
      {
        origin: 'https://kt.example.org',
        headers: { 'x-forwarded-host': 'kt.example.org', 'x-forwarded-proto': 'https' },
      },
      403,
    ],
    [
      { allowedHosts: ['kt.example.org'], trustProxy: true },
      {
        origin: 'https://kt.example.org',
        headers: { 'x-forwarded-host': 'kt.example.org', 'x-forwarded-proto': 'https' },
      },
      200,
    ],
    [
      { allowedHosts: ['kt.example.org'], trustProxy: true },
      {
        origin: 'https://kt.example.org',
        headers: { 'x-forwarded-host': 'kt.example.org, inner:80', 'x-forwarded-proto': 'https, http' },
      },
      200,
    ],
    [{ trustProxy: true }, { headers: { 'x-forwarded-host': 'kt.example.org' } }, 400],
    [
      { host: '0.0.0.0', trustProxy: true },
      { host: 'x', origin: 'moz-extension://x', headers: { 'x-forwarded-proto': 'moz-extension' } },
      200,
    ],
    [
      { host: '0.0.0.0', trustProxy: true },
      { host: 'x', origin: 'null', headers: { 'x-forwarded-proto': 'data' } },
      403,
    ],
    [
      { corsOrigins: ['https://app.example.org', 'https://*.kt.example.org:8443'] },
      { origin: 'https://app.example.org' },
      200,
    ],
    [
      { corsOrigins: ['https://app.example.org', 'https://*.kt.example.org:8443'] },
      { origin: 'https://a.kt.example.org:8443' },
      200,
    ],
    [
      { corsOrigins: ['https://app.example.org', 'https://*.kt.example.org:8443'] },
      { origin: 'https://appxexample.org' },
      403,
    ],
    [
      { corsOrigins: ['https://app.example.org', 'https://*.kt.example.org:8443'] },
      { origin: 'https://evil.example/.kt.example.org:8443' },
      403,
    ],
    [{ testing: true }, { origin: 'http://127.0.0.1:27180' }, 200],
    [{ testing: true }, { origin: 'chrome-extension://other' }, 200],
    [{ testing: true }, { origin: 'http://evil.example' }, 403],
  ];
  for (const [settings, request, status] of cases)
    assert.is(await statusOf(appWith(scene, settings), request), status, JSON.stringify([settings, request]));
});

/** Values of KT_SERVER_CORS_ORIGINS, the origins they allow, and some that they don't. */
const NAMED: [entry: string, good: string[], bad: string[]][] = [
  [
    '*',
    ['http://a.example', 'https://a.b.example:8443', 'http://[fe80::1]:1', 'https://localhost'],
    [
      'null',
      'chrome-extension://other',
      'file://',
      'https://',
      'http://a.example/x',
      'https://a.example, https://b.example',
    ],
  ],
  ['null', ['null'], ['http://null', 'https://a.example', 'nullx']],
  ['https://*', ['https://a.example', 'https://a.example:8443'], ['http://a.example', 'null']],
  [
    '*://a.example',
    ['http://a.example', 'https://a.example'],
    ['chrome-extension://a.example', 'https://b.example', 'https://a.example:1'],
  ],
  [
    'https://a.example:*',
    ['https://a.example', 'https://a.example:8443'],
    ['https://a.example:x', 'https://a.example.evil', 'https://a.example:1.evil.example'],
  ],
  [
    'http://localhost:*',
    ['http://localhost', 'http://localhost:27180'],
    ['http://localhost.evil.example', 'https://localhost'],
  ],
  [
    'https://*.a.example',
    ['https://x.a.example', 'https://x.y.a.example'],
    ['https://a.example', 'https://xa.example', 'http://x.a.example', 'https://evil/.a.example'],
  ],
  ['HTTPS://A.Example:443/', ['https://a.example'], ['https://a.example:443x', 'https://a.example:444']],
  ['http://a.example:80', ['http://a.example'], ['http://a.example:8080']],
  ['https://*.a.example:443', ['https://x.a.example'], ['https://x.a.example:444']],
  ['https://müller.example', ['https://xn--mller-kva.example'], ['https://m.ller.example']],
  ['http://[::1]:3000', ['http://[::1]:3000'], ['http://[::1]:3001', 'http://:3000']],
  ['moz-extension://*', ['moz-extension://0b1c'], []],
  ['chrome-extension://abc', ['chrome-extension://abc'], ['chrome-extension://abcd', 'https://abc']],
];

origins(
  'names in the settings let in the origins that are meant, and “*” every page but those without an origin',
  async (scene) => {
    for (const [entry, good, bad] of NAMED) {
      const app = appWith(scene, { corsOrigins: [entry] });
      for (const origin of good) assert.is(await statusOf(app, { origin }), 200, `${entry} ${origin}`);
      for (const origin of bad) assert.is(await statusOf(app, { origin }), 403, `${entry} ${origin}`);
    }
    const both = appWith(scene, { corsOrigins: ['*', 'null'] });
    for (const origin of ['null', 'https://a.example'])
      assert.is((await ask(both, { origin })).headers.get('access-control-allow-origin'), origin);
  },
);

origins('names that no origin can be are known to be none', () => {
  for (const entry of [
    'a.example',
    '*.a.example',
    'localhost:3000',
    '.*',
    'https://',
    'https://a.example/x',
    'https://a.example?x',
    'https://user@a.example',
    'https:/a.example',
    '//a.example',
    'https://a.example:99999',
    'null.',
  ]) {
    assert.is(originSource(entry), null, entry);
  }
  for (const [entries, any] of [
    [['*'], true],
    [['https://*'], true],
    [['*://*:*'], true],
    [['https://a.example', 'http://*'], true],
    [['https://*.example', 'null', 'moz-extension://*'], false],
  ] as const) {
    assert.is(admitAnybody(entries), any, entries.join());
  }
});

origins('a 401 lets no browser ask for the key, but where settings say so (spec/rest DEV-23)', async (scene) => {
  const { database, resolvers } = scene.server;
  const app = (more: object) =>
    makeApp({
      database,
      resolvers,
      authenticate: makeAuthenticate(database, () => new Date()),
      log: makeLog('silent'),
      ...more,
    });
  const wrong = { 'x-api-key': 'kt_wrong' };
  for (const request of [
    { path: '/api/0/buckets' },
    { path: '/api/0/buckets', headers: wrong },
    { path: '/api/0/nope', method: 'DELETE' },
    { path: '/graphql?query={viewer{id}}', headers: wrong },
    { path: '/graphql?query={viewer{id}}' },
  ]) {
    const [plain, prompting] = [await ask(app({}), request), await ask(app({ basicPrompt: true }), request)];
    assert.equal([plain.status, plain.headers.get('www-authenticate')], [401, null], JSON.stringify(request));
    assert.equal(
      [prompting.status, prompting.headers.get('www-authenticate')],
      [401, 'Basic realm="kt-server", charset="UTF-8"'],
      JSON.stringify(request),
    );
  }
  const headers = { authorization: `Basic ${Buffer.from(`:${scene.key}`).toString('base64')}` };
  const answer = await ask(app({ basicPrompt: true }), { path: '/api/0/buckets', headers });
  assert.equal([answer.status, answer.headers.get('www-authenticate')], [200, null]);
});

const FORWARDED = {
  'X-Forwarded-For': '10.0.0.1',
  'X-Forwarded-Proto': 'https',
  'x-forwarded-host': 'kt.example.org',
  'X-Forwarded-Prefix': '/kt',
  'X-Forwarded': 'x',
  Forwarded: 'for=10.0.0.1',
  Via: '1.1 proxy',
  'X-Real-IP': '10.0.0.1',
  'X-Client-IP': '10.0.0.1',
  'X-Original-URL': '/',
  'True-Client-IP': '10.0.0.1',
  'CF-Connecting-IP': '10.0.0.1',
  'CDN-Loop': 'cloudflare',
};

origins('a server without keys answers nobody whom a proxy passes on, whatever is asked', async (scene) => {
  const keyless = appWith(scene, { auth: 'none' });
  for (const [name, value] of Object.entries(FORWARDED)) {
    for (const path of ['/api/0/buckets', '/api/0/info', '/graphql', '/']) {
      const { status, text } = await ask(keyless, { path, headers: { [name]: value } });
      assert.is(status, 403, `${name} ${path}`);
      assert.match(JSON.parse(text).message, /KT_SERVER_AUTH=none/);
      assert.is.not(await statusOf(appWith(scene), { path, headers: { [name]: value } }), 403, 'with keys it does');
    }
  }
  assert.is(
    await statusOf(keyless, {
      headers: { 'user-agent': 'x', 'x-device-id': 'd', accept: '*/*', 'x-requested-with': 'XMLHttpRequest' },
    }),
    200,
  );
});

origins('a name that is not the server’s is 400 on every path, before anything else', async (scene) => {
  const app = appWith(scene);
  for (const host of ['127.0.0.1:5700', '127.0.0.1', 'localhost', 'localhost:1', 'LOCALHOST'])
    assert.is(await statusOf(app, { host }), 200, host);
  for (const host of [
    'evil.example',
    'evil.example:5700',
    '[::1]:5700',
    '127.0.0.1.evil.example',
    'localhost.',
    'xlocalhost',
    '127x0.0.1',
    '0.0.0.0',
    ':5700',
  ]) {
    for (const path of ['/api/0/info', '/api/0/buckets', '/graphql', '/', '/favicon.ico', '/health/x']) {
      const { status, text } = await ask(app, {
        host: 'localhost',
        path,
        headers: { host, authorization: `Bearer ${scene.key}` },
      });
      assert.is(status, 400, `${host} ${path}`);
      assert.match(JSON.parse(text).message, 'KT_SERVER_ALLOWED_HOSTS');
    }
    assert.is(
      await statusOf(app, { host: 'localhost', method: 'OPTIONS', origin: 'http://evil.example', headers: { host } }),
      400,
    );
  }
});

origins('settings say which names are the server’s', async (scene) => {
  const cases: [settings: Partial<Settings>, good: string[], bad: string[]][] = [
    [{ host: '0.0.0.0' }, ['anything', '[::1]', '10.0.0.1:5700'], []],
    [{ host: '::1' }, ['[::1]:5700', 'localhost'], ['[::2]:5700', 'kt.example.org']],
    [{ host: '127.0.0.2' }, ['127.0.0.2:5700', '127.0.0.1'], ['kt.example.org']],
    [
      { host: '0.0.0.0', publicUrl: 'https://kt.example.org:8443' },
      ['kt.example.org:8443', 'KT.example.org', 'localhost:5700'],
      ['evil.example', '10.0.0.1'],
    ],
    [{ allowedHosts: ['*.lan', 'kt'] }, ['a.lan', 'kt:80', 'localhost'], ['lan', 'evil.lan.example', 'ktx']],
    [{ publicUrl: 'https://kt.example.org', allowedHosts: ['*'] }, ['anything'], []],
  ];
  for (const [settings, good, bad] of cases) {
    const app = appWith(scene, settings);
    const via = (host: string) => statusOf(app, { host: 'localhost', headers: { host } });
    for (const host of good) assert.is(await via(host), 200, `${JSON.stringify(settings)} ${host}`);
    for (const host of bad) assert.is(await via(host), 400, `${JSON.stringify(settings)} ${host}`);
  }
});

origins('a request without a name has none, over a socket', async (scene) => {
  const server = createServer({ requireHostHeader: false }, appWith(scene));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const statusWith = (headers: Record<string, string> | string[]) =>
    new Promise<number | undefined>((resolve, reject) => {
      httpRequest(
        { port, path: '/api/0/info', setHost: false, headers: headers as Record<string, string> },
        (response) => response.resume().on('end', () => resolve(response.statusCode)),
      )
        .on('error', reject)
        .end();
    });
  try {
    assert.is(await statusWith({}), 400);
    assert.is(await statusWith({ host: '' }), 400);
    assert.is(await statusWith({ host: 'localhost' }), 200);
    // Node takes the first of two, or joins them, and a proxy in front may have used the other.
    for (const name of ['Host', 'Authorization', 'X-API-Key', 'X-Device-Id', 'Origin']) {
      const twice = [
        ...(name === 'Host' ? [] : ['Host', 'localhost']),
        name,
        'localhost',
        name.toUpperCase(),
        'localhost',
      ];
      assert.is(await statusWith(twice), 400, name);
    }
    assert.is(
      await statusWith(['Host', 'localhost', 'Accept', 'a', 'Accept', 'b', 'Cookie', 'a=1', 'Cookie', 'b=2']),
      200,
    );
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

origins('case 73: the root is a page, and info has its four keys', async (scene) => {
  const app = appWith(scene);
  const page = await ask(app, { path: '/' });
  assert.is(page.status, 200);
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.is(page.headers.get('x-frame-options'), 'DENY');
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'.*frame-ancestors 'none'/);
  const addresses = [...page.text.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  assert.ok(addresses.length > 2 && addresses.every((address) => address!.startsWith('./')), String(addresses));
  const head = await ask(app, { path: '/', method: 'HEAD' });
  assert.equal(
    [head.status, head.text, head.headers.get('content-length')],
    [200, '', page.headers.get('content-length')],
  );
  const info = JSON.parse((await ask(app, { path: '/api/0/info' })).text);
  assert.equal(
    Object.entries(info).map(([name, value]) => [name, typeof value]),
    [
      ['hostname', 'string'],
      ['version', 'string'],
      ['testing', 'boolean'],
      ['device_id', 'string'],
    ],
  );
});

origins.run();
