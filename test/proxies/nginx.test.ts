import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeApp } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { makeLog } from '../../server/log.ts';
import { makeMetrics } from '../../server/metrics.ts';
import { openTestServer, type TestUser } from '../support/test-server.ts';
import { findNginx, startNginx, type Nginx } from './nginx.ts';

const behind = suite<{ listening: http.Server; nginx: Nginx; user: TestUser }>('behind nginx as people set it up');
const program = findNginx();

behind.before(async (scene) => {
  if (!program) return;
  const server = await openTestServer();
  scene.user = await server.newUser();
  scene.listening = http.createServer(server.app);
  await new Promise<void>((resolve) => scene.listening.listen(0, '127.0.0.1', resolve));
  scene.nginx = await startNginx(program, `http://127.0.0.1:${(scene.listening.address() as AddressInfo).port}`);
});
behind.after(async ({ listening, nginx }) => {
  await nginx?.stop();
  listening?.closeAllConnections();
  listening?.close();
});

/** The timeout for when nothing arrives at all; tests that pass never wait that long. */
const GIVE_UP_MS = 30_000;

/** Sends a GraphQL operation through nginx. Fails when no header of the answer comes. */
const ask = (nginx: Nginx, user: TestUser, query: string, headers: Record<string, string> = {}) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const request = http.request({
      socketPath: nginx.socketPath,
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': user.key, ...headers },
      agent: false,
    });
    const timer = setTimeout(() => request.destroy(new Error('nothing came')), GIVE_UP_MS);
    request.on('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.on('error', reject);
    request.end(JSON.stringify({ query }));
  });

/** Reads until `pattern` is there; fails when it does not come. */
const read = async (response: IncomingMessage, pattern: RegExp): Promise<string> => {
  let text = '';
  const timer = setTimeout(
    () => response.destroy(new Error(`${pattern} never came, but ${JSON.stringify(text)}`)),
    GIVE_UP_MS,
  );
  try {
    for await (const chunk of response.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (pattern.test(text)) return text;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`${pattern} never came, but ${JSON.stringify(text)}`);
};

const live = 'brings a subscription’s first byte before anything happens, and each change when it does';
if (program) {
  behind(live, async ({ nginx, user }) => {
    // Before it listens: a new bucket is told too, and each step is to be told once.
    for (const id of ['one', 'two']) {
      const input = `{ bucketId: "${id}", type: "t", client: "c", hostname: "h" }`;
      await user.graphql(`mutation { createBucket(input: ${input}) { wasCreated } }`);
    }
    const response = await ask(nginx, user, 'subscription { revision }', { accept: 'text/event-stream' });
    assert.is(response.statusCode, 200);
    assert.match(response.headers['content-type']!, 'text/event-stream');
    await read(response, /^:\n\n[\s\S]*data: .*"revision":"\d+"/);
    for (const id of ['one', 'two']) {
      const before = (await user.graphql<{ viewer: { revision: string } }>('{ viewer { revision } }')).viewer.revision;
      const event = `{ publicBucketId: "${id}", events: [{ timestamp: "2024-05-31T00:00:00Z", data: {} }] }`;
      await user.graphql(`mutation { insertEvents(input: ${event}) { events { id } } }`);
      const told = await read(response, /data: .*"revision":"\d+"/);
      assert.ok(/"revision":"(\d+)"/.exec(told)![1]! > before, `${told} is no later than ${before}`);
    }
    response.destroy();
  });

  behind('asks for a key for /metrics, though the connection comes from this machine', async () => {
    const { database, deps, resolvers } = await openTestServer();
    const metrics = makeMetrics({ database, version: '1', runningQueries: () => 0, now: deps.now });
    const app = makeApp({
      database,
      resolvers,
      authenticate: makeAuthenticate(database, deps.now),
      metrics: { metrics, authenticate: makeAuthenticate(database, deps.now, ['metrics']) },
      log: makeLog('error'),
    });
    const listening = http.createServer(app);
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    const nginx = await startNginx(program, url);
    try {
      const through = await new Promise<number | undefined>((resolve, reject) => {
        const sent = http.get({ socketPath: nginx.socketPath, path: '/metrics', agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on('error', reject);
      });
      assert.equal([through, (await fetch(`${url}/metrics`)).status], [401, 200]);
    } finally {
      await nginx.stop();
      listening.closeAllConnections();
      listening.close();
    }
  });

  behind('brings answers whole', async ({ nginx, user }) => {
    const text = await read(await ask(nginx, user, '{ __schema { types { name description } } }'), /\}\s*$/);
    assert.ok(JSON.parse(text).data.__schema.types.length > 40);
  });
} else if (process.env['CI'] === 'true') {
  behind(live, () => assert.unreachable('no nginx is installed: .ci/run installs nginx-light'));
} else {
  behind.skip(`${live} (no nginx is installed here: apt-get install nginx-light)`, () => {});
}

behind.run();
