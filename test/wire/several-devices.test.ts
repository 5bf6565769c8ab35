/** Several devices in one flat list: spec/product 4.2. */
import * as assert from 'uvu/assert';
import { askerOf, type Asker } from './asker.ts';
import type { RestApi, User } from './rest-api.ts';
import { expectEmpty, expectFailure } from './expect.ts';
import { B, E, listed, stored, wireSuite } from './scene.ts';

const shared = wireSuite('REST, several devices');

const register = (user: User, device_id: string, hostname: string) =>
  user.post('/devices/register', { device_id, hostname });
/** The same user, acting for a device. */
const onDevice = (api: RestApi, user: User, device: string): Asker =>
  askerOf(api.rest, { authorization: `Bearer ${user.key}`, 'x-device-id': device });

shared('each device has its own bucket of a name, under a public name of its own', async ({ api, user }) => {
  await register(user, 'd1', 'laptop');
  await register(user, 'd2', 'desktop');
  await register(user, 'd3', 'desktop');
  const devices = {
    own: user as Asker,
    d1: onDevice(api, user, 'd1'),
    d2: onDevice(api, user, 'd2'),
    d3: onDevice(api, user, 'd3'),
  };
  for (const [name, asker] of Object.entries(devices)) {
    if (name !== 'own')
      expectEmpty(
        await asker.post('/buckets/b', {
          ...B,
          hostname: name === 'd1' ? 'laptop' : 'desktop',
          data: { device: name },
        }),
      );
    await stored(asker, [E(0, 1, { name })]);
    assert.is((await asker.post('/buckets/b', B)).status, 304);
  }
  for (const [name, asker] of Object.entries(devices))
    assert.equal(
      (await listed(asker)).map((event) => event.data),
      [{ name }],
      name,
    );
  for (const asker of Object.values(devices)) {
    assert.equal(
      Object.keys((await asker.get('/buckets')).json),
      ['b', 'b-laptop', 'b-desktop', 'b-desktop-2'],
      'everybody sees all',
    );
  }
  assert.is((await devices.d1.get('/buckets/b')).json.id, 'b-laptop');
  assert.equal((await user.get('/buckets/b-desktop-2')).json.data, { device: 'd3' });
  assert.equal(
    (await listed(devices.d1, '', 'b-desktop')).map((event) => event.data),
    [{ name: 'd2' }],
    'public names are good for all',
  );
  const { json } = await devices.d2.get('/export');
  assert.equal(
    Object.entries(json.buckets).map(([id, bucket]: [string, any]) => [id, bucket.events[0].data.name]),
    [
      ['b', 'own'],
      ['b-laptop', 'd1'],
      ['b-desktop', 'd2'],
      ['b-desktop-2', 'd3'],
    ],
  );
  expectEmpty(await devices.d2.delete('/buckets/b'));
  assert.equal(Object.keys((await user.get('/buckets')).json), ['b', 'b-laptop', 'b-desktop-2']);
  assert.equal(
    (await listed(devices.d2)).map((event) => event.data),
    [{ name: 'own' }],
    "without one of its own, it means the account's",
  );
});

shared('every route with a bucket means the device’s', async ({ api, user }) => {
  await register(user, 'd1', 'laptop');
  const laptop = onDevice(api, user, 'd1');
  expectEmpty(await laptop.post('/buckets/b', { ...B, hostname: 'laptop' }));
  await laptop.post('/buckets/b/heartbeat?pulsetime=5', E(0, 0, { a: 1 }));
  const [{ id }] = await listed(laptop);
  assert.is((await laptop.get(`/buckets/b/events/${id}`)).status, 200);
  assert.is((await laptop.get('/buckets/b/events/count')).json, 1);
  assert.is((await laptop.get('/buckets/b/export')).json.buckets['b-laptop'].events.length, 1);
  const taken = { imported: 1, present: 0, refused: [] };
  const file = { buckets: { b: { ...B, events: [E(50, 1)] }, n: { ...B, events: [E(50, 1)] } } };
  assert.equal((await laptop.post('/import', file)).json, { buckets: { b: taken, n: taken } });
  assert.equal([(await listed(laptop)).length, (await listed(user)).length], [2, 0]);
  expectEmpty(await laptop.delete(`/buckets/b/events/${id}`));
  assert.is((await listed(laptop)).length, 1);
  assert.is((await listed(user, '', 'n')).length, 1, 'what an import makes is the device’s as well');
  const devices = (await user.get('/devices')).json;
  assert.is(devices.length, 2);
});

shared('!local is the device that asks', async ({ api, user }) => {
  await register(user, 'd1', 'laptop');
  expectEmpty(await onDevice(api, user, 'd1').post('/buckets/web', { ...B, hostname: '!local' }));
  const { hostname, data } = (await user.get('/buckets/web')).json;
  assert.equal([hostname, data], ['laptop', { device_id: 'd1' }]);
});

shared('a device that is not registered, or another user’s, is 400, but can be registered', async ({ api, user }) => {
  const other = await api.newUser();
  await register(other, 'd9', 'theirs');
  const stranger = onDevice(api, user, 'd9');
  for (const reply of [
    await stranger.get('/buckets/b'),
    await stranger.post('/buckets/b', B),
    await stranger.get('/buckets/b/events'),
    await stranger.post('/import', { buckets: { n: B } }),
  ])
    expectFailure(reply, 400);
  assert.is((await stranger.get('/buckets')).status, 200);
  assert.is((await stranger.post('/devices/register', { device_id: 'd9', hostname: 'mine' })).status, 200);
  assert.is((await stranger.get('/buckets/b')).status, 200);
  assert.is((await user.get('/buckets/b')).json.hostname, 'h');
});

shared('a key that is bound to a device speaks for it, and for no other', async ({ api, user }) => {
  await register(user, 'd1', 'laptop');
  await register(user, 'd2', 'desktop');
  const { email } = (await api.resolvers.accounts.listKeys()).find((key) => user.key.startsWith(key.prefix))!;
  const { key } = await api.resolvers.accounts.createKey({ email, name: 'watchers', deviceId: 'd1' });
  const bound = api.asker({ authorization: `Bearer ${key}` });
  expectEmpty(await bound.post('/buckets/b', { ...B, hostname: 'laptop' }));
  assert.is((await bound.get('/buckets/b')).json.id, 'b-laptop');
  assert.is((await askerOf(api.rest, { 'x-api-key': key, 'x-device-id': 'd1' }).get('/buckets/b')).json.id, 'b-laptop');
  expectFailure(await askerOf(api.rest, { 'x-api-key': key, 'x-device-id': 'd2' }).get('/buckets/b'), 403);
  await api.resolvers.accounts.createKey({ email, name: '', deviceId: 'nope' }).then(
    () => assert.unreachable(),
    (error: Error & { code?: string }) => assert.is(error.code, 'not_found'),
  );
});

shared.run();
