import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allUsers } from '../test/support/all-users.ts';
import { at, bucketWith, newDevice, sent } from '../test/support/pushing.ts';
import { statementsOf } from '../test/support/statements.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../test/support/test-server.ts';
import { makeApp, type App } from './app.ts';
import { makeAuthenticate } from './auth/authenticate.ts';
import { countedResolvers } from './counted-resolvers.ts';
import { makeLog } from './log.ts';
import { makeMetrics, MOST_DEVICES } from './metrics.ts';
import { routeTemplate } from './route-template.ts';
import { prismaOf, type Database } from './storage/database.ts';

/** A server that counts, and what is its: `user` asks it, as far as its key goes. */
type Counting = {
  readonly app: App;
  readonly user: TestUser;
  readonly metricsKey: string;
  /** Asks with a program's own connection, from `address`. */
  readonly ask: (path: string, headers?: Record<string, string>, from?: From) => Promise<Response>;
  readonly page: () => Promise<string>;
};
type From = { readonly address?: string; readonly httpVersion?: string };

const counting = async (server: TestServer, database: Database = server.database): Promise<Counting> => {
  const user = await server.newUser();
  const { key: metricsKey } = await server.resolvers.accounts.createKey({
    email: user.email,
    name: 'p',
    scope: 'metrics',
  });
  const now = () => new Date();
  const metrics = makeMetrics({ database, version: '1.2.3', runningQueries: () => 1, now });
  const app = makeApp({
    database: server.database,
    resolvers: countedResolvers(server.resolvers, metrics),
    authenticate: makeAuthenticate(server.database, now),
    metrics: { metrics, authenticate: makeAuthenticate(server.database, now, ['metrics']) },
    log: makeLog('error'),
  });
  const ask: Counting['ask'] = async (path, headers = {}, { address, httpVersion = '1.1' } = {}) => {
    const all = { host: 'kt.example.org', ...headers };
    const req = {
      url: path,
      httpVersion,
      rawHeaders: Object.entries(all).flat(),
      ...(address === undefined ? {} : { socket: { remoteAddress: address } }),
    };
    return app.fetch(`${APP_URL}${path}`, { headers: all }, { req });
  };
  const through: TestUser['fetch'] = async (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${user.key}`);
    return app.fetch(`${APP_URL}${path}`, { ...init, headers });
  };
  const graphql: TestUser['graphql'] = async (query, variables = {}) => {
    const response = await through('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as any;
    assert.is(errors, undefined, JSON.stringify(errors));
    return data;
  };
  const page = async () => {
    const response = await ask('/metrics', { authorization: `Bearer ${metricsKey}` });
    const text = await response.text();
    assert.is(response.status, 200, text);
    return text;
  };
  return { app, user: { ...user, fetch: through, graphql }, metricsKey, ask, page };
};

/** The value of one series, named as it stands on the page. */
const valueOf = (page: string, series: string): number | null => {
  const line = page.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
};

type Scene = { server: TestServer } & Counting;
const metrics = suite<Scene>('/metrics');
metrics.before(async (scene) => {
  scene.server = await openTestServer();
  Object.assign(scene, await counting(scene.server));
});

const HERE: From = { address: '127.0.0.1' };
const LOCAL = { host: 'localhost:5700' };
const ACCESS: [who: string, headers: Record<string, string>, from: From, status: number][] = [
  ['a program on this machine', LOCAL, HERE, 200],
  ['one that asks by IPv6', { host: '[::1]:5700' }, { address: '::1' }, 200],
  ['one that asks a server of both', { host: '127.0.0.1:5700' }, { address: '::ffff:127.0.0.1' }, 200],
  ['another machine', LOCAL, { address: '192.168.1.7' }, 401],
  ['a machine whose address only looks like ours', LOCAL, { address: '127.0.0.1.example.org' }, 401],
  ['nobody knows who', LOCAL, {}, 401],
  ['a page whose name was pointed here', { host: 'evil.example.org' }, HERE, 401],
  ['a name that only begins like ours', { host: 'localhost.evil.example.org' }, HERE, 401],
  ['a page of another origin', { ...LOCAL, origin: 'http://localhost:27180' }, HERE, 401],
  ['a page without an origin', { ...LOCAL, 'sec-fetch-site': 'cross-site' }, HERE, 401],
  ['a browser’s own address line', { ...LOCAL, 'sec-fetch-site': 'none' }, HERE, 200],
  ['a proxy that speaks HTTP/1.0', LOCAL, { ...HERE, httpVersion: '1.0' }, 401],
  ['X-Forwarded-For that says loopback', { ...LOCAL, 'x-forwarded-for': '127.0.0.1' }, HERE, 401],
  ['X-Forwarded-Host that says loopback', { host: 'kt.example.org', 'x-forwarded-host': 'localhost' }, HERE, 401],
  ['Forwarded', { ...LOCAL, forwarded: 'for=127.0.0.1;host=localhost' }, HERE, 401],
  ['Via', { ...LOCAL, via: '1.1 proxy' }, HERE, 401],
  ['X-Real-IP', { ...LOCAL, 'x-real-ip': '127.0.0.1' }, HERE, 401],
  ['forged loopback headers from elsewhere', { ...LOCAL, 'x-forwarded-for': '::1' }, { address: '10.0.0.1' }, 401],
  ['a wrong key from this machine', { ...LOCAL, authorization: 'Bearer kt_wrong' }, HERE, 401],
];
for (const [who, headers, from, status] of ACCESS) {
  metrics(`${status === 200 ? 'lets in' : 'asks for a key'}: ${who}`, async ({ ask }) => {
    const response = await ask('/metrics', headers, from);
    assert.is(response.status, status);
    const text = await response.text();
    if (status === 200) assert.match(text, /^# HELP kt_http_requests_total /);
    else assert.not.match(text, 'kt_http_requests_total');
  });
}

metrics(
  'lets in a key of its scope from anywhere, by each way in which a key is shown',
  async ({ ask, metricsKey }) => {
    const basic = `Basic ${Buffer.from(`prometheus:${metricsKey}`).toString('base64')}`;
    for (const headers of [
      { authorization: `Bearer ${metricsKey}` },
      { 'x-api-key': metricsKey },
      { authorization: basic },
    ] as Record<string, string>[]) {
      const response = await ask('/metrics', headers, { address: '203.0.113.5' });
      assert.is(response.status, 200);
      assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
      assert.is(response.headers.get('cache-control'), 'no-store');
    }
  },
);

metrics('refuses an account’s own key, from this machine too: it tells of all accounts', async ({ ask, user }) => {
  const response = await ask('/metrics', { ...LOCAL, authorization: `Bearer ${user.key}` }, HERE);
  assert.is(response.status, 403);
  assert.match(((await response.json()) as any).message, /scope "full".*--scope metrics/);
});

metrics('is all that its key reads: every route and both APIs refuse it', async ({ app, metricsKey, server }) => {
  const headers = { authorization: `Bearer ${metricsKey}`, 'content-type': 'application/json' };
  const before = await allUsers(server);
  for (const [method, path, body] of [
    ['GET', '/api/0/buckets/'],
    ['GET', '/api/0/buckets/b'],
    ['POST', '/api/0/buckets/b', '{"client":"c","type":"t","hostname":"h"}'],
    ['DELETE', '/api/0/buckets/b'],
    ['GET', '/api/0/export'],
    ['POST', '/api/0/query', '{"query":["RETURN = 1;"],"timeperiods":[]}'],
    ['POST', '/api/0/devices/register', '{"device_id":"d","hostname":"h"}'],
    ['GET', '/api/0/settings'],
    ['GET', '/%61pi/0/buckets'],
    ['POST', '/graphql', '{"query":"{ viewer { email } }"}'],
    ['POST', '/graphql', '{"query":"{ info { version } }"}'],
    ['POST', '/graphql', '{"query":"mutation { deleteSetting(input: { key: \\"k\\" }) { key } }"}'],
    ['GET', '/graphql?query={viewer{email}}'],
  ] as const) {
    const response = await app.fetch(`${APP_URL}${path}`, { method, headers, body });
    assert.is(response.status, 403, `${method} ${path}`);
    assert.match(await response.text(), /reads \/metrics and nothing else/);
  }
  assert.equal(await allUsers(server), before);
});

metrics('takes GET and HEAD alone', async ({ app, metricsKey }) => {
  const headers = { authorization: `Bearer ${metricsKey}` };
  const head = await app.fetch(`${APP_URL}/metrics`, { method: 'HEAD', headers });
  assert.equal([head.status, await head.text()], [200, '']);
  assert.is((await app.fetch(`${APP_URL}/metrics`, { method: 'POST', headers })).status, 405);
});

metrics('counts requests by route and status, and never by their paths', async ({ server }) => {
  const { ask, page, user } = await counting(server);
  await user.fetch('/api/0/buckets/first-path');
  await user.fetch('/api/0/buckets/second-path');
  await ask('/api/0/info');
  const text = await page();
  assert.is(valueOf(text, 'kt_http_requests_total{method="GET",route="/api/0/buckets/:bucket",status="404"}'), 2);
  assert.is(valueOf(text, 'kt_http_requests_total{method="GET",route="/api/0/info",status="200"}'), 1);
  assert.is(valueOf(text, 'kt_http_request_duration_seconds_count{route="/api/0/buckets/:bucket"}'), 2);
  assert.not.match(text, '-path');
});

metrics('does not grow with 10,000 paths, methods and hosts that people come up with', async ({ server }) => {
  const { app, page } = await counting(server);
  const ask = (i: number) =>
    app.fetch(`${APP_URL}/${['', 'api/', 'api/0/buckets/', 'graphql/', 'api/0/settings/'][i % 5]}path-${i}`, {
      method: i % 7 === 0 ? `METHOD-${i}` : 'GET',
      headers: { host: `host-${i}.example.org` },
    });
  for (let i = 0; i < 500; i++) await ask(i);
  await page();
  const lines = (await page()).split('\n').length;
  for (let i = 500; i < 10_500; i++) await ask(i);
  const text = await page();
  assert.is(text.split('\n').length, lines);
  assert.not.match(text, /path-|METHOD-|host-/);
});

for (const [path, route] of [
  ['api/0/buckets/:x/events/count', '/api/0/buckets/:bucket/events/count'],
  ['api/0/buckets/b/events/7', '/api/0/buckets/:bucket/events/:event'],
  ['api/0/import', '/api/0/import'],
  ['api', '/api/…'],
  ['api/1/buckets', '/api/…'],
  ['graphql', '/graphql'],
  ['auth/session', '/auth/session'],
  ['auth/claim', '/auth/claim'],
  ['auth/claim/kt_claim_x', 'page'],
  ['graphql/x', 'page'],
  ['', 'page'],
  ['assets/app.js', 'page'],
] as const)
  metrics(`takes ${path || 'the root'} for ${route}`, () => {
    assert.is(routeTemplate(path.split('/').filter(Boolean)), route);
  });

metrics('counts the events that each way stored, and the revisions that were told', async ({ server }) => {
  const { page, user, app } = await counting(server);
  const post = async (path: string, body: unknown, type = 'application/json') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await user.fetch(path, { method: 'POST', headers: { 'content-type': type }, body: text });
    assert.ok(response.status < 300, `${path} ${response.status} ${await response.clone().text()}`);
  };
  const event = (seconds: number) => ({ timestamp: at(seconds), duration: 1, data: { app: 'vim' } });
  await post('/api/0/buckets/b', { client: 'c', type: 't', hostname: 'h' });
  await post('/api/0/buckets/b/events', [event(0), event(10)]);
  await post('/api/0/buckets/b/heartbeat?pulsetime=5', event(20));
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0), sent(2, 10), sent(3, 20)]));
  await device.push(bucketWith([sent(1, 0), sent(4, 30)]));
  const file = { buckets: { i: { id: 'i', type: 't', client: 'c', hostname: 'h', events: [event(0)] } } };
  await post('/api/0/import', file);

  const told = await app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${user.key}`,
      'content-type': 'application/json',
      accept: 'text/event-stream',
    },
    body: '{"query":"subscription { revision }"}',
  });
  const reader = told.body!.getReader();
  let heard = '';
  while (!heard.includes('"revision"')) heard += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();

  const text = await page();
  const stored = (by: string) => valueOf(text, `kt_events_stored_total{by="${by}"}`);
  assert.equal(['insert', 'heartbeat', 'push', 'import'].map(stored), [2, 1, 4, 1]);
  assert.is(valueOf(text, 'kt_revisions_told_total'), 1);
});

metrics('says when each device synced last, how far it came, and no more of it once it is gone', async ({ server }) => {
  const { user, page } = await counting(server);
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0)], { pushCursor: { head: at(0), foot: null } }));
  const text = await page();
  const labels = text.split('\n').find((line) => line.includes(`account="${user.userId}"`))!;
  assert.match(labels, /^kt_device_last_pass_timestamp_seconds\{.*device=".+",hostname="laptop"\} \d/);
  const [, ofDevice] = /(\{.*\})/.exec(labels)!;
  const lastPass = valueOf(text, `kt_device_last_pass_timestamp_seconds${ofDevice}`)!;
  assert.ok(Math.abs(lastPass - Date.now() / 1000) < 600, String(lastPass));
  assert.not.match(text, user.email);

  await prismaOf(server.database).user.delete({ where: { id: user.userId } });
  const after = await counting(server);
  assert.not.match(await after.page(), user.userId);
});

metrics('has series for so many devices at most, those that synced last', async ({ server }) => {
  const { user } = await counting(server);
  const prisma = prismaOf(server.database);
  await prisma.device.createMany({
    data: Array.from({ length: MOST_DEVICES + 50 }, (_, i) => ({
      account: user.account,
      deviceId: `many-${i}`,
      hostname: 'evil"\n\\name',
      lastSyncAt: new Date(Date.UTC(2100, 0, 1) + i * 1000),
    })),
  });
  const text = await (await counting(server)).page();
  const told = text.split('\n').filter((line) => line.startsWith('kt_device_last_pass_timestamp_seconds{'));
  assert.is(told.length, MOST_DEVICES);
  assert.match(told[0]!, `device="many-${MOST_DEVICES + 49}",hostname="evil\\"\\n\\\\name"`);
  assert.ok(valueOf(text, 'kt_devices')! >= MOST_DEVICES + 50);
  await prisma.device.deleteMany({ where: { account: user.account } });
});

metrics('costs one statement, and few scrapes cost another', async ({ server }) => {
  const { ask } = await counting(server);
  const scrape = async () => assert.is((await ask('/metrics', LOCAL, HERE)).status, 200);
  assert.is(await statementsOf(scrape), 1);
  assert.is(await statementsOf(() => Promise.all(Array.from({ length: 50 }, scrape))), 0);
});

metrics('is asked for once where many ask at once', async ({ server }) => {
  const { ask } = await counting(server);
  const scrape = async () => assert.is((await ask('/metrics', LOCAL, HERE)).status, 200);
  assert.is(await statementsOf(() => Promise.all(Array.from({ length: 50 }, scrape))), 1);
});

metrics('is answered while the database is not, without what it would have told', async ({ server }) => {
  // Not one that openDatabase made: whatever is asked of it fails.
  const away: Database = { engine: 'postgres', where: 'away', close: async () => {} };
  const { ask } = await counting(server, away);
  const response = await ask('/metrics', LOCAL, HERE);
  assert.is(response.status, 200);
  const text = await response.text();
  assert.is(valueOf(text, 'kt_database_up'), 0);
  assert.not.match(text, /^kt_device_last_pass/m);
});

metrics('counts queries under way as running and waiting', async ({ server }) => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  const counts = makeMetrics({
    database: server.database,
    version: '1',
    runningQueries: () => 2,
    now: () => new Date(),
  });
  const run = async () => {
    await held;
    return { json: new Uint8Array(), warnings: [] } as never;
  };
  const { query } = countedResolvers({ ...server.resolvers, query: { run } }, counts);
  const all = [1, 2, 3, 4, 5].map(() => query.run(undefined as never, undefined as never, undefined as never));
  const during = (await counts.page()).text;
  answer();
  await Promise.all(all);
  const after = (await counts.page()).text;
  const states = ['running', 'waiting'].map((state) => `kt_queries{state="${state}"}`);
  assert.equal([...states.map((s) => valueOf(during, s)), ...states.map((s) => valueOf(after, s))], [2, 3, 0, 0]);
});

metrics('tells of the process, and of the pool where the database has one', async ({ server }) => {
  const { text } = await makeMetrics({
    database: server.database,
    version: '1.2.3',
    runningQueries: () => 0,
    now: () => new Date(),
    process: true,
  }).page();
  for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes', 'process_cpu_seconds_total'])
    assert.type(valueOf(text, name), 'number', name);
  assert.is(valueOf(text, `kt_info{version="1.2.3",engine="${server.database.engine}"}`), 1);
  assert.is(/^kt_database_connections\{state="idle"\} \d+$/m.test(text), server.database.engine === 'postgres');
});

metrics.run();
