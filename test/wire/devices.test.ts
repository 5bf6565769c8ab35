/** `GET /api/0/devices` and `POST /api/0/devices/register`, which are ours: spec/rest 3.16. */
import * as assert from 'uvu/assert';
import { expectFailure } from './expect.ts';
import { wireSuite } from './scene.ts';

const devices = wireSuite('REST devices');

devices("an account has the server's own once it holds a bucket", async ({ api, user }) => {
  assert.equal((await (await api.newUser()).get('/devices')).json, []);
  const info = (await user.get('/info')).json;
  const [own, ...others] = (await user.get('/devices')).json;
  assert.equal(others, []);
  assert.equal(Object.keys(own), ['id', 'device_id', 'hostname', 'created_at', 'last_sync_at']);
  assert.equal([own.device_id, own.hostname, own.last_sync_at], [info.device_id, info.hostname, null]);
  assert.match(own.created_at, /^\d{4}-.*Z$/);
});

devices('registering answers with the same one whenever it is asked, under its latest hostname', async ({ user }) => {
  const register = (hostname: string) => user.post('/devices/register/', { device_id: 'd1', hostname, extra: 1 });
  const first = await register('laptop');
  assert.is(first.status, 200);
  assert.equal(
    { ...first.json, id: '', created_at: '' },
    { id: '', device_id: 'd1', hostname: 'laptop', created_at: '', last_sync_at: null },
  );
  assert.equal((await register('renamed')).json, { ...first.json, hostname: 'renamed' });
  assert.equal((await user.get('/devices')).json.slice(1), [{ ...first.json, hostname: 'renamed' }]);
});

devices('the same id of two users is two devices', async ({ api, user }) => {
  const body = { device_id: 'd1', hostname: 'laptop' };
  const other = await (await api.newUser()).post('/devices/register', body);
  assert.is.not((await user.post('/devices/register', body)).json.id, other.json.id);
});

devices('a body without its two texts is 422, an empty text 400', async ({ user }) => {
  for (const body of [
    null,
    [],
    {},
    { device_id: 'd1' },
    { device_id: 1, hostname: 'h' },
    { device_id: 'd1', hostname: null },
  ]) {
    expectFailure(await user.post('/devices/register', body), 422);
  }
  expectFailure(await user.post('/devices/register', { device_id: '', hostname: 'h' }), 400);
  assert.is((await user.get('/devices')).json.length, 1);
});

devices.run();
