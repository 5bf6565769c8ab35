/**
 * spec/rest DEV-22: hostnames tell devices apart in the flat list, and wherever this API returns or accepts one; and
 * what exports contain (spec/rest DEV-21).
 */
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, sent } from '../support/pushing.ts';
import { openTestServer } from '../support/test-server.ts';
import { askerOf, type Asker } from './asker.ts';
import type { RestApi, User } from './rest-api.ts';
import { expectEmpty, expectFailure } from './expect.ts';
import { B, E, listed, stored, T, wireSuite } from './scene.ts';

const hostnames = wireSuite('REST hostnames');

/** Registers a device, and acts for it. */
const device = async (api: RestApi, user: User, device_id: string, hostname: string): Promise<Asker> => {
  assert.is((await user.post('/devices/register', { device_id, hostname })).status, 200);
  return askerOf(api.rest, { authorization: `Bearer ${user.key}`, 'x-device-id': device_id });
};
const make = async (asker: Asker, id: string, hostname: string) =>
  expectEmpty(await asker.post(`/buckets/${id}`, { ...B, hostname }));
/** The hostname of each bucket in the list, by id; must be the same when the bucket is requested by itself. */
const shown = async (user: Asker): Promise<Record<string, string>> => {
  const list: [string, { hostname: string }][] = Object.entries((await user.get('/buckets')).json);
  for (const [id, bucket] of list) assert.equal((await user.get(`/buckets/${encodeURIComponent(id)}`)).json, bucket);
  return Object.fromEntries(list.map(([id, { hostname }]) => [id, hostname]));
};

hostnames('are the device’s where the watcher gave none or unknown, and any other as it is', async ({ api, user }) => {
  const [pc, laptop] = [await device(api, user, 'pc', 'pc'), await device(api, user, 'laptop', 'laptop')];
  await make(pc, 'window', 'pc');
  await make(pc, 'web', 'unknown');
  await make(laptop, 'web-laptop', 'unknown');
  await make(laptop, 'stopwatch', '');
  await make(laptop, 'phone', 'my phone');
  await make(user, 'own', 'unknown');
  await make(user, 'odd', 'Unknown');
  const server = (await user.get('/info')).json.hostname;
  const { b, ...others } = await shown(user);
  assert.is(b, 'h');
  assert.equal(others, {
    window: 'pc',
    web: 'pc',
    'web-laptop': 'laptop',
    stopwatch: 'laptop',
    phone: 'my phone',
    own: server,
    odd: 'Unknown',
  });
});

hostnames('of two devices with one name are two, and stay so when a third comes', async ({ api, user }) => {
  const first = await device(api, user, 'first', 'MacBook-Pro');
  const second = await device(api, user, 'second', 'MacBook-Pro');
  for (const [name, asker] of Object.entries({ first, second })) {
    await make(asker, 'window', 'MacBook-Pro');
    await make(asker, `web-${name}`, 'unknown');
  }
  const before = await shown(user);
  assert.equal(before, {
    b: 'h',
    window: 'MacBook-Pro',
    'web-first': 'MacBook-Pro',
    'window-MacBook-Pro': 'MacBook-Pro (2)',
    'web-second': 'MacBook-Pro (2)',
  });
  const third = await device(api, user, 'third', 'MacBook-Pro');
  await make(third, 'afk', '');
  assert.equal(await shown(user), { ...before, afk: 'MacBook-Pro (3)' });
  assert.equal(await shown(third), { ...before, afk: 'MacBook-Pro (3)' }, 'whoever asks');
  const registered = (await user.post('/devices/register', { device_id: 'second', hostname: 'MacBook-Pro' })).json;
  assert.is(registered.hostname, 'MacBook-Pro (2)');
  const devices = (await user.get('/devices')).json.slice(1);
  assert.equal(
    devices.map((one: { hostname: string }) => one.hostname),
    ['MacBook-Pro', 'MacBook-Pro (2)', 'MacBook-Pro (3)'],
  );
});

hostnames(
  'of a device are not taken by an account’s own that holds nothing, nor by one that comes to hold something later',
  async ({ api }) => {
    const user = await api.newUser();
    const { hostname } = (await user.get('/info')).json;
    await make(await device(api, user, 'pc', hostname), 'window', hostname);
    assert.equal(await shown(user), { window: hostname });
    await make(user, 'stopwatch', 'unknown');
    await make(user, 'local', '!local');
    assert.equal(await shown(user), { window: hostname, stopwatch: `${hostname} (2)`, local: `${hostname} (2)` });
  },
);

hostnames('in a query are those of the list', async ({ api, user }) => {
  const [first, second] = [await device(api, user, 'first', 'mac'), await device(api, user, 'second', 'mac')];
  for (const [name, asker] of Object.entries({ first, second })) {
    await make(asker, 'aw-watcher-window', 'mac');
    await make(asker, `aw-watcher-web-${name}`, 'unknown');
    await stored(asker, [E(12, 1, { name })], 'aw-watcher-window');
  }
  const ask = (query: string) => user.post('/query/', { query: [query], timeperiods: [`${T(0)}/${T(60)}`] });
  const found = async (text: string, host: string) =>
    (await ask(`RETURN = find_bucket("${text}", "${host}");`)).json[0];
  for (const [id, hostname] of Object.entries(await shown(user))) assert.is(await found(id, hostname), id);
  assert.is(await found('aw-watcher-window', 'mac (2)'), 'aw-watcher-window-mac');
  assert.equal(
    [await found('aw-watcher-web', 'mac'), await found('aw-watcher-web', 'mac (2)')],
    ['aw-watcher-web-first', 'aw-watcher-web-second'],
  );
  expectFailureOfQuery(await ask('RETURN = find_bucket("aw-watcher-web", "unknown");'));
  const { json } = await ask('RETURN = query_bucket(find_bucket("aw-watcher-window", "mac (2)"));');
  assert.equal(
    json[0].map((event: { data: object }) => event.data),
    [{ name: 'second' }],
  );
});
const expectFailureOfQuery = (reply: { status: number; json: { type: string } }) =>
  assert.equal([reply.status, reply.json.type], [400, 'QueryFunctionException']);

hostnames('are stored, pushed, exported and told by GraphQL as the watcher said them', async ({ api }) => {
  const user = await (await openTestServer()).newUser();
  const asker = askerOf(api.rest, { authorization: `Bearer ${user.key}` });
  const devices = [await newDevice(user, 'mac'), await newDevice(user, 'mac')];
  for (const one of devices)
    await one.push(
      bucketWith([sent(1, 0)], { hostname: 'mac' }),
      bucketWith([], { bucketId: 'web', hostname: 'unknown' }),
    );
  assert.equal(Object.values(await shown(asker)), ['mac', 'mac', 'mac (2)', 'mac (2)']);
  const { buckets } = await user.graphql<any>('{ buckets { id hostname } devices { hostname } }');
  const said = { window: 'mac', web: 'unknown', 'window-mac': 'mac', 'web-unknown': 'unknown' };
  assert.equal(Object.fromEntries(buckets.map((bucket: any) => [bucket.id, bucket.hostname])), said);
  const exported: [string, any][] = Object.entries((await asker.get('/export')).json.buckets);
  assert.equal(Object.fromEntries(exported.map(([id, bucket]) => [id, bucket.hostname])), said);
  const [one, two] = devices.map(({ id }) => id);
  assert.equal(
    exported.map(([, { kt }]) => kt),
    [
      { device: one, bucketId: 'window' },
      { device: one, bucketId: 'web' },
      { device: two, bucketId: 'window' },
      { device: two, bucketId: 'web' },
    ],
  );
  const alone = (await asker.get('/buckets/web-unknown/export')).json.buckets['web-unknown'];
  assert.equal([alone.hostname, alone.kt], ['unknown', { device: two, bucketId: 'web' }]);
  for (const one of devices)
    assert.equal((await one.push(bucketWith([sent(1, 0)], { hostname: 'mac' })))[0]!.unchanged, 1);
  const other = await api.newUser();
  assert.is((await other.post('/import', (await asker.get('/export')).json)).status, 200);
  assert.is((await listed(other, '', 'window')).length, 1);
  expectFailure(await asker.get('/buckets/nope/export'), 404);
});

hostnames.run();
