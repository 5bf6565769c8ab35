/** spec/rest 11, cases 69, 72 and 74; and that no spelling of a path gets past authentication (spec/rest DEV-4). */
import * as assert from 'uvu/assert';
import type { Resolvers } from '../../server/resolvers/resolvers.ts';
import { openRoutes, routes, uploadRoutes } from '../../server/rest/routes.ts';
import { run, type Database } from '../../server/storage/database.ts';
import type { Asker, Reply } from './asker.ts';
import { openRestApi } from './rest-api.ts';
import { expectEmpty, expectFailure } from './expect.ts';
import { B, counted, E, listed, stored, T, wireSuite } from './scene.ts';

const access = wireSuite('REST access');

/** An account's events have ids above 2^40 from here on. */
const giveLargeIds = (database: Database, account: number): Promise<number> =>
  run(
    database,
    (tx) => tx.$executeRaw`
      update users set last_event = greatest(last_event, ${2n ** 40n}::bigint) where account = ${account}::int`,
  );

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const WRONG_KEY = { authorization: `Bearer kt_${'x'.repeat(43)}` };

/** HEAD has no body to look at. */
const expectRefusal = (method: string, reply: Reply, what: string): void => {
  assert.is(reply.status, 401, what);
  assert.is(reply.headers.get('www-authenticate'), null);
  if (method !== 'HEAD') expectFailure(reply, 401);
};

access('case 69: without a key, or with a wrong one, all is 401 but info', async ({ api, user }) => {
  const paths = ['/buckets/', '/buckets/b', '/buckets/nope', '/buckets/b/events', '/nope-route', '/settings', ''];
  for (const stranger of [
    api.asker(),
    api.asker(WRONG_KEY),
    api.asker({ 'x-api-key': 'x' }),
    api.asker({ authorization: 'Token x' }),
  ]) {
    for (const path of paths) {
      for (const method of METHODS)
        expectRefusal(method, await stranger.raw(method, `/api/0${path}`), `${method} ${path}`);
    }
    expectRefusal('GET', await stranger.get(`/buckets/?token=${user.key}`), 'a key in the query');
    assert.equal((await stranger.get('/info')).json, (await user.get('/info')).json);
  }
  expectFailure(await user.get('/nope-route'), 404);
});

access('case 69: a key is taken as Bearer, as X-API-Key, and by Basic as password or user', async ({ api, user }) => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  for (const headers of [
    { authorization: `bearer ${user.key}` },
    { 'x-api-key': user.key },
    basic(`me:${user.key}`),
    basic(`${user.key}:`),
  ]) {
    assert.is((await api.asker(headers).get('/buckets/b')).status, 200);
  }
  assert.equal(Object.keys((await user.get('/info')).json), ['hostname', 'version', 'testing', 'device_id']);
});

const escaped = (text: string): string => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');

/** One path in spellings that a guard and a router might read differently. */
const SPELLINGS: Record<string, (path: string) => string> = {
  plain: (path) => path,
  'trailing slash': (path) => `${path}/`,
  'trailing slashes': (path) => `${path}///`,
  'double slashes': (path) => path.replaceAll('/', '//'),
  'first letter escaped': (path) => path.replace('/api', '/%61pi'),
  'prefix escaped': (path) => path.replace('/api/0', `/${escaped('api')}/%30`),
  'every segment escaped': (path) => path.split('/').map(escaped).join('/'),
  'absolute form': (path) => `http://kt${path}`,
  'absolute form, escaped': (path) => `HTTP://info@kt:1${path.replace('api', '%61%70%69')}`,
  'a parameter': (path) => `${path}?path=/api/0/info`,
};

/** Spellings that must not be the same path as the plain form: they are 401 without a key all the same. */
const LOOKALIKES: Record<string, (path: string) => string> = {
  'slash escaped': (path) => path.replace('/api/0/', '/api%2f0/'),
  'dot segment': (path) => path.replace('/api/0/', '/api/0/./'),
  'escaped dots': (path) => path.replace('/api/0/', '/api/0/%2e/'),
  'over info': (path) => path.replace('/api/0/', '/api/0/info/../'),
  'upper case': (path) => path.replace('/api', '/API'),
  'double escape': (path) => path.replace('/api', '/%2561pi'),
  'malformed escape': (path) => path.replace('/api', '/%6zapi'),
  'overlong UTF-8': (path) => path.replace('/api', '/%c1%a1pi'),
  'a NUL behind': (path) => `${path}%00`,
  'no slash in front': (path) => `x${path}`,
};

/** Every route that needs a key. */
const KEYED = [...routes, ...uploadRoutes] as const;

const pathOf = (pattern: string): string => pattern.replace(':bucket', 'b').replace(':event', '1');

access('no spelling of any path runs a handler without a key', async () => {
  // Using any rule but info's would answer 500.
  const none = new Proxy({} as Resolvers, { get: (_, name) => assert.unreachable(`${String(name)} was reached`) });
  const stranger = (await openRestApi({ resolvers: none, onError: () => {} })).asker();
  const all = [...Object.entries(SPELLINGS), ...Object.entries(LOOKALIKES)];
  for (const [, pattern] of KEYED) {
    for (const [name, spell] of all) {
      const target = spell(pathOf(pattern));
      for (const method of METHODS)
        expectRefusal(method, await stranger.raw(method, target), `${name}: ${method} ${target}`);
    }
  }
  for (const [, pattern] of openRoutes) {
    for (const [name, spell] of Object.entries(LOOKALIKES))
      expectRefusal('GET', await stranger.raw('GET', spell(pattern)), `${name}: ${pattern}`);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expectRefusal(method, await stranger.raw(method, pattern), `${method} ${pattern}`);
  }
});

access('every spelling of a path is that path, with a key', async ({ api, user }) => {
  const [event] = await stored(user, [E(0, 1)]);
  for (const [name, spell] of Object.entries(SPELLINGS)) {
    assert.is((await api.asker(WRONG_KEY).raw('GET', spell('/api/0/info'))).status, 200, name);
    assert.equal((await user.raw('GET', spell(`/api/0/buckets/b/events/${event.id}`))).json, event, name);
  }
});

access('case 72: users with a bucket of the same name see their own', async ({ api, user }) => {
  const other = await api.newUser();
  expectEmpty(await other.post('/buckets/b', { ...B, client: 'other' }));
  const [mine] = await stored(user, [E(0, 1, { whose: 'mine' })]);
  const [theirs] = await stored(other, [E(0, 1, { whose: 'theirs' })]);
  assert.equal(await listed(user), [mine]);
  assert.equal(await listed(other), [theirs]);
  assert.is((await user.get('/buckets/b')).json.client, 'c');
  assert.is((await other.get('/buckets/b')).json.client, 'other');
  assert.is(Object.keys((await other.get('/buckets')).json).length, 1);
});

/** Everything that a user can see. */
const everythingOf = async (user: Asker) => {
  const all = await Promise.all(
    ['/buckets', '/export', '/devices', '/settings', '/settings/k'].map((path) => user.get(path)),
  );
  return [...all.map((reply) => reply.json), await listed(user)];
};

/** Requests by which another user might do harm, per route. */
const harmTo = ({ id }: { id: number }) => ({
  '/events': [{ ...E(500, 1, { harm: true }), id }],
  '/heartbeat': { ...E(0.5, 0, { a: 1 }), id },
  '/register': { device_id: 'x', hostname: 'x' },
  '/import': {
    buckets: {
      b: {
        ...B,
        events: [
          { ...E(0, 1, { a: 1 }), id },
          { ...E(700, 1, { harm: true }), id },
        ],
      },
    },
  },
  '/query': { query: ['RETURN = query_bucket("b");'], timeperiods: [`${T(0)}/${T(900)}`] },
});

access("case 72: no route touches another user's bucket or event", async ({ api, user }) => {
  for (const own of [false, true]) {
    const stranger = await api.newUser();
    await giveLargeIds(api.database, user.account); // or the stranger's events have the same numbers
    const [event] = await stored(user, [E(0, 1, { a: 1 })]);
    await user.post('/settings/k', '"mine"');
    const before = await everythingOf(user);
    for (const [method, pattern] of KEYED) {
      if (own) await stranger.post('/buckets/b', B);
      else await stranger.delete('/buckets/b');
      const path = pattern.replace(':bucket', 'b').replace(':event', String(event.id)).replace(':key', 'k');
      const [, body = B] = Object.entries(harmTo(event)).find(([end]) => path.endsWith(end)) ?? [];
      const reply = await stranger.raw(method, `${path}?pulsetime=60`, method === 'POST' ? { body } : {});
      const what = `${method} ${path}, with${own ? '' : 'out'} a bucket of the same name`;
      assert.not.match(reply.text, new RegExp(`"id":${event.id}\\b|mine`), what);
      if (!own && pattern.includes(':bucket/')) expectFailure(reply, 404);
      assert.equal(await everythingOf(user), before, what);
    }
  }
});

access('case 74: durations, ids and counts are numbers, above 2^31 too', async ({ api, user }) => {
  await giveLargeIds(api.database, user.account);
  const [event] = await stored(user, [E(0, 1.5, { a: 1 })]);
  assert.ok(event.id > 2 ** 40);
  assert.equal(await stored(user, [{ ...event, duration: 2 }]), [{ ...event, duration: 2 }]);
  const beat = (await user.post('/buckets/b/heartbeat?pulsetime=5', E(3, 0, { a: 1 }))).json;
  assert.equal(beat, { id: event.id, timestamp: T(0), duration: 3, data: { a: 1 } });
  assert.equal((await user.get(`/buckets/b/events/${event.id}`)).json, beat);
  assert.equal(await listed(user), [beat]);
  assert.is(await counted(user), 1);
  expectEmpty(await user.delete(`/buckets/b/events/${event.id}`));
  assert.is(await counted(user), 0);
});

access.run();
