/** What every response has, and how a path says which methods it accepts: spec/rest 1.1, 1.3. */
import * as assert from 'uvu/assert';
import type { Resolvers } from '../../server/resolvers/resolvers.ts';
import { openRoutes, routes, uploadRoutes } from '../../server/rest/routes.ts';
import { openRestApi } from './rest-api.ts';
import { expectFailure } from './expect.ts';
import { B, E, stored, wireSuite } from './scene.ts';

const answers = wireSuite('REST answers');

answers('carry the same guards, whatever they say', async ({ api, user }) => {
  const said = [
    await user.get('/buckets'),
    await user.post('/buckets/b', B),
    await user.post('/buckets/new', B),
    await user.get('/buckets/nope'),
    await user.raw('PUT', '/api/0/buckets/b'),
    await user.head('/info'),
    await api.asker().get('/buckets'),
  ];
  assert.equal(
    said.map((reply) => reply.status),
    [200, 304, 200, 404, 405, 200, 401],
  );
  for (const { status, headers } of said) {
    assert.is(headers.get('cache-control'), 'no-store', String(status));
    assert.is(headers.get('x-content-type-options'), 'nosniff');
    assert.is(headers.get('x-frame-options'), 'SAMEORIGIN');
    assert.is(headers.get('etag'), null);
  }
});

answers('are UTF-8, counted in bytes, with what is no ASCII as it is', async ({ user }) => {
  const [event] = await stored(user, [E(0, 1, { title: 'Käse 😀' })]);
  const { text, headers } = await user.get(`/buckets/b/events/${event.id}`);
  assert.match(text, 'Käse 😀');
  assert.is(headers.get('content-length'), String(Buffer.byteLength(text)));
});

answers('to a method that a known path does not take are 405, and name those it does', async ({ user }) => {
  const allowed: Record<string, string> = {
    '/info': 'GET, HEAD',
    '/openapi.json': 'GET, HEAD',
    '/buckets': 'GET, HEAD',
    '/buckets/b/': 'GET, HEAD, POST, DELETE',
    '/buckets/b/events': 'GET, HEAD, POST',
    '/buckets/b/events/count': 'GET, HEAD',
    '/buckets/b/events/1': 'GET, HEAD, DELETE',
    '/buckets/b/heartbeat': 'POST',
    '/buckets/b/export': 'GET, HEAD',
    '/export': 'GET, HEAD',
    '/import': 'POST',
    '/settings': 'GET, HEAD',
    '/settings/k/': 'GET, HEAD, POST, DELETE',
    '/query': 'POST',
    '/devices': 'GET, HEAD',
    '/devices/register': 'POST',
  };
  assert.is(
    Object.keys(allowed).length,
    new Set([...openRoutes, ...routes, ...uploadRoutes].map(([, pattern]) => pattern)).size,
  );
  for (const [path, allow] of Object.entries(allowed)) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (allow.split(', ').includes(method)) continue;
      const reply = await user.raw(method, `/api/0${path}`);
      assert.is(reply.status, 405, `${method} ${path}`);
      assert.is(reply.headers.get('allow'), allow);
      if (method !== 'HEAD') expectFailure(reply, 405);
    }
  }
});

answers('do not take a form for a deletion', async ({ user }) => {
  expectFailure(await user.post('/buckets/b', '_method=DELETE', { type: 'application/x-www-form-urlencoded' }), 415);
  assert.is((await user.get('/buckets/b')).status, 200);
});

answers('to what went wrong inside say nothing of it, and the log hears of it once', async () => {
  const secret = new Error('a secret of the server');
  const broken = { info: { get: () => Promise.reject(secret) } } as unknown as Resolvers;
  const heard: unknown[] = [];
  const reply = await (await openRestApi({ resolvers: broken, onError: (error) => heard.push(error) }))
    .asker()
    .get('/info');
  expectFailure(reply, 500);
  assert.not.match(reply.text, 'secret');
  assert.equal(heard, [secret]);
});

answers('to a mistake of the client are not for the log', async () => {
  const heard: unknown[] = [];
  const user = await (await openRestApi({ onError: (error) => heard.push(error) })).newUser();
  expectFailure(await user.get('/buckets/nope'), 404);
  expectFailure(await user.post('/buckets/b', '{'), 400);
  assert.equal(heard, []);
});

answers.run();
