/** One request too many, as each API answers it; and who is never told that: a watcher, and our own programs. */
import { createServer } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRemoteServer } from '../../client/remote/remote-server.ts';
import { clock, makeLaptop } from '../../client/testing/laptop.ts';
import { makeMemoryRemote } from '../../client/testing/memory-remote.ts';
import { makeApp, type App } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { SCHEMA } from '../../server/config.ts';
import { guardRules, makeGuards } from '../../server/http/guards.ts';
import { makeRequestRates } from '../../server/http/request-rates.ts';
import { makeLog } from '../../server/log.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';

type Scene = { server: TestServer; user: TestUser; app: App; ms: number };
const tooMany = suite<Scene>('one request too many');

const LIMIT = 6;
const BUCKET = '/api/0/buckets/beaten';

tooMany.before.each(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
  scene.ms = 0;
  const { database, resolvers } = scene.server;
  scene.app = makeApp({
    database,
    resolvers,
    authenticate: makeAuthenticate(database, () => new Date()),
    log: makeLog('silent'),
    rates: makeRequestRates({ perKey: LIMIT, perAddress: LIMIT }, () => scene.ms),
  });
});

/** From an address of the documentation's; `key` is shown. */
const ask = ({ app }: Scene, path: string, key: string | null, body?: unknown): Promise<Response> =>
  Promise.resolve(
    app.fetch(
      new Request(`${APP_URL}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
      { req: { url: path, rawHeaders: [], socket: { remoteAddress: '192.0.2.1' } } },
    ),
  );
const INFO = '/api/0/info';
const emptied = async (scene: Scene, key: string | null): Promise<void> => {
  for (let n = 0; n <= LIMIT; n++) await ask(scene, key === null ? INFO : '/api/0/buckets/', key);
};

tooMany('is answered 429 by REST, with when to ask again', async (scene) => {
  await emptied(scene, null);
  const response = await ask(scene, INFO, null);
  assert.is(response.status, 429);
  assert.is(response.headers.get('retry-after'), '10');
  assert.is(response.headers.get('ratelimit'), '"address";r=0;t=10');
  assert.is(response.headers.get('ratelimit-policy'), `"address";q=${LIMIT};w=60`);
  assert.ok(response.headers.get('x-request-id'));
  const { message } = (await response.json()) as { message: string };
  assert.match(message, /wait 10 s, then try again/);
  scene.ms += 10_000;
  assert.is((await ask(scene, INFO, null)).status, 200);
});

tooMany('is an error with its code in GraphQL', async (scene) => {
  await emptied(scene, scene.user.key);
  const response = await ask(scene, '/graphql', scene.user.key, { query: '{ viewer { id } }' });
  assert.is(response.status, 429);
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  assert.is(errors[0]!.extensions.code, 'RATE_LIMITED');
});

tooMany('keeps nobody out who has a good key, and no prober', async (scene) => {
  await ask(scene, '/api/0/buckets/', scene.user.key);
  await emptied(scene, null);
  assert.is((await ask(scene, INFO, null)).status, 429);
  assert.is((await ask(scene, '/api/0/buckets/', scene.user.key)).status, 200);
  for (const path of ['/health', '/ready']) assert.is((await ask(scene, path, null)).status, 200);
});

tooMany('is never a heartbeat, until its key is revoked', async (scene) => {
  const { user, server } = scene;
  assert.is((await ask(scene, BUCKET, user.key, { client: 'c', type: 't', hostname: 'h' })).status, 200);
  const beat = async (n: number) => {
    const event = { timestamp: new Date(Date.UTC(2025, 0, 1) + n * 1000), duration: 0, data: { title: `${n}` } };
    return (await ask(scene, `${BUCKET}/heartbeat?pulsetime=1`, user.key, event)).status;
  };
  await emptied(scene, null);
  for (let n = 0; n < 5 * LIMIT; n++) assert.is(await beat(n), 200);
  await emptied(scene, user.key);
  assert.is((await ask(scene, '/api/0/buckets/', user.key)).status, 429);
  assert.is(await beat(1000), 200);
  const own = (await server.resolvers.accounts.listKeys()).find(({ email }) => email === user.email)!;
  await server.resolvers.accounts.revokeKey(own.id);
  const after = new Set<number>();
  for (let n = 0; n < 2 * LIMIT; n++) after.add(await beat(2000 + n));
  assert.equal([...after], [401, 429]);
});

tooMany('can be read by pages of other origins', async () => {
  const server = await openTestServer();
  const rules = guardRules(
    {
      host: '127.0.0.1',
      auth: 'key',
      publicUrl: '',
      corsOrigins: ['http://page.test'],
      allowedHosts: ['*'],
      trustProxy: false,
      testing: false,
    },
    80,
  );
  const app = makeApp({
    database: server.database,
    resolvers: server.resolvers,
    authenticate: makeAuthenticate(server.database, () => new Date()),
    log: makeLog('silent'),
    guards: makeGuards(rules),
    rates: makeRequestRates({ perKey: 1, perAddress: 1 }, () => 0),
  });
  const asked = () =>
    app.fetch(new Request(`${APP_URL}${INFO}`, { headers: { host: 'kt.test', origin: 'http://page.test' } }), {
      req: { url: INFO, rawHeaders: [], socket: { remoteAddress: '192.0.2.1' } },
    });
  await asked();
  const response = await asked();
  assert.is(response.status, 429);
  assert.is(response.headers.get('access-control-allow-origin'), 'http://page.test');
  assert.match(response.headers.get('access-control-expose-headers')!, 'Retry-After');
});

tooMany('is asked again by kt-client after the time that it was told', async (scene) => {
  const { user, app } = scene;
  const waits: number[] = [];
  // On a socket, as a proxy would pass it on: in this process nobody comes from an address.
  const listening = createServer((request, response) => {
    Object.defineProperty(request.socket, 'remoteAddress', { value: '192.0.2.1', configurable: true });
    void app(request, response);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as { port: number };
  const remote = makeRemoteServer({
    url: `http://127.0.0.1:${port}`,
    apiKey: user.key,
    sleep: async (ms) => {
      waits.push(ms);
      scene.ms += ms;
    },
  });
  for (let n = 0; n < 3 * LIMIT; n++) await remote.info();
  listening.closeAllConnections();
  await new Promise((resolve) => listening.close(resolve));
  // Each of those beyond the limit waited once, and was answered then.
  assert.ok(waits.length > LIMIT && waits.length <= 2 * LIMIT, String(waits));
});

/** The most that one minute of ours may send, as a share of what a key may. */
const SHARE = 1 / 10;

tooMany('is no part of a first push of 200,000 events', async () => {
  const remote = makeMemoryRemote(clock);
  const laptop = makeLaptop(remote, 'rust', 'anna');
  await laptop.bucket('window');
  for (let from = 200_000; from > 0; from -= 20_000)
    await laptop.record(
      'window',
      Array.from({ length: 20_000 }, (_, n) => [(from - n) * 5, 4, `title ${n % 5_000}`] as const),
    );
  await laptop.sync();
  assert.ok(remote.writes > 0);
  assert.ok(remote.calls.length > 10, String(remote.calls.length));
  assert.ok(remote.calls.length <= SHARE * SCHEMA.requestsPerKey.default, String(remote.calls.length));
});

tooMany.run();
