import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer } from '../../test/support/test-server.ts';
import { makeApp } from '../app.ts';
import { makeAuthenticate } from '../auth/authenticate.ts';
import { makePlaces } from '../auth/place.ts';
import { OF_ACCOUNTS } from '../auth/scope.ts';
import { makeSessionCheck } from '../auth/session.ts';
import { readConfig } from '../config.ts';
import { makeLog } from '../log.ts';
import { trustedHeader } from './trusted-header.ts';

const NAME = 'X-Forwarded-Email';
const FROM = ['10.0.0.2', '172.18.0.0/16', 'fd00::/8'];
const header = suite('a trusted header');

const HEARD: [from: string | undefined, said: string, who: string | null][] = [
  ['10.0.0.2', 'a@example.org', 'a@example.org'],
  ['::ffff:10.0.0.2', ' a@example.org ', 'a@example.org'],
  ['172.18.255.1', 'a@example.org', 'a@example.org'],
  ['fd12::1', 'a@example.org', 'a@example.org'],
  ['fd12::1%eth0', 'a@example.org', 'a@example.org'],
  ['10.0.0.3', 'a@example.org', null],
  ['172.19.0.1', 'a@example.org', null],
  ['127.0.0.1', 'a@example.org', null],
  ['::1', 'a@example.org', null],
  ['fe80::1', 'a@example.org', null],
  [undefined, 'a@example.org', null],
  ['', 'a@example.org', null],
  ['nowhere', 'a@example.org', null],
  ['10.0.0.2', '', null],
  ['10.0.0.2', 'evil@example.org, a@example.org', null],
  ['10.0.0.2', 'a@example.org b', null],
  ['10.0.0.2', 'x'.repeat(300), null],
];
for (const [from, said, who] of HEARD)
  header(`with ${said.slice(0, 40)} from ${from} names ${who}`, () => {
    assert.is(trustedHeader(NAME, FROM)!.whoSays(new Headers({ [NAME]: said }), from), who);
  });

const SETTINGS: [env: Record<string, string>, says: RegExp][] = [
  [{ KT_SERVER_PROXY_AUTH_HEADER: NAME }, /need each other/],
  [{ KT_SERVER_PROXY_AUTH_FROM: '10.0.0.2' }, /need each other/],
  ...['0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0', '10.0.0.256', 'proxy', 'fd00::/129', '*', '::g', '1.2.3.4/'].map(
    (from): [Record<string, string>, RegExp] => [
      { KT_SERVER_PROXY_AUTH_HEADER: NAME, KT_SERVER_PROXY_AUTH_FROM: `10.0.0.2,${from}` },
      /must be addresses or ranges/,
    ],
  ),
  ...['Cookie', 'authorization', 'X-API-Key', 'Sec-Fetch-Site', 'X-Forwarded-For', 'a b', 'ä'].map(
    (name): [Record<string, string>, RegExp] => [
      { KT_SERVER_PROXY_AUTH_HEADER: name, KT_SERVER_PROXY_AUTH_FROM: '10.0.0.2' },
      /must be the name of a header of its own/,
    ],
  ),
];
for (const [env, says] of SETTINGS)
  header(`stops the start with ${JSON.stringify(env)}`, () => {
    assert.throws(() => readConfig({ dataDir: '/nowhere' }, env), says);
  });

header('makes a session at /auth/proxy, for an account that is there, and is heard nowhere else', async () => {
  const { database, deps, resolvers, newUser } = await openTestServer();
  const places = makePlaces({ publicUrl: '', trustProxy: true });
  const authenticate = makeAuthenticate(database, deps.now, OF_ACCOUNTS, makeSessionCheck(database, deps.now, places));
  const proxy = { header: trustedHeader(NAME, FROM)!, home: '../' };
  const ways = { localLogin: true, provider: null, proxy, now: Date.now };
  const seen: (string | null)[] = [];
  const app = makeApp({
    ...{ database, resolvers, places, ways, log: makeLog('error') },
    authenticate: (request) => {
      seen.push(request.headers.get(NAME));
      return authenticate(request);
    },
  });
  const user = await newUser();
  const ask = (path: string, from: string, init: RequestInit = {}) =>
    Promise.resolve(
      app.fetch(
        new Request(`http://kt.test${path}`, {
          ...init,
          headers: { [NAME]: user.email.toUpperCase(), 'x-forwarded-for': '10.0.0.2', ...init.headers },
        }),
        { req: { url: path, rawHeaders: [], socket: { remoteAddress: from } } },
      ),
    );
  // Neither an API nor the session's own path knows anybody by it, from wherever it comes.
  for (const from of ['10.0.0.2', '192.0.2.1'])
    for (const path of ['/api/0/buckets/', '/graphql?query={viewer{id}}', '/auth/session', '/api/0/export'])
      assert.is((await ask(path, from)).status, 401, `${path} ${from}`);
  assert.ok(seen.length > 0);
  assert.equal([...new Set(seen)], [null]);

  const refused = await ask('/auth/proxy', '192.0.2.1');
  assert.equal([refused.status, refused.headers.getSetCookie()], [403, []]);
  const stranger = await ask('/auth/proxy', '10.0.0.2', { headers: { [NAME]: 'nobody@example.org' } });
  assert.is(stranger.status, 403);
  assert.match(await stranger.text(), /no account &quot;nobody@example\.org&quot; here/);
  assert.is((await ask('/auth/proxy', '10.0.0.2', { method: 'HEAD' })).status, 204);
  assert.is((await ask('/auth/proxy', '10.0.0.2', { method: 'POST' })).status, 405);

  const entered = await ask('/auth/proxy', '10.0.0.2');
  assert.equal([entered.status, entered.headers.get('location')], [303, '../']);
  const cookie = entered.headers.getSetCookie()[0]!.replace(/;.*/s, '');
  const who = await ask('/auth/session', '192.0.2.1', { headers: { cookie } });
  assert.is(((await who.json()) as { user: { email: string } }).user.email, user.email);
  const waysOf = async (from: string) => ((await (await ask('/auth/ways', from)).json()) as { proxy: unknown }).proxy;
  assert.equal([await waysOf('10.0.0.2'), await waysOf('192.0.2.1')], [{ name: user.email.toUpperCase() }, null]);
});

header.run();
