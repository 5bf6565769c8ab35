/** The limit of a name's length, and that the indexes hold the longest: on REST, on GraphQL, and in a push. */
import { randomBytes, randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { bucketWith, failing, newDevice, sent } from '../support/pushing.ts';
import { openTestServer } from '../support/test-server.ts';
import { askerOf } from './asker.ts';
import { expectEmpty, expectFailure } from './expect.ts';
import { B, E, listed, stored, wireSuite } from './scene.ts';

const names = wireSuite('names');

/**
 * A text of this many bytes that can't be compressed. PostgreSQL compresses index entries, so other texts might fit
 * only for that reason.
 */
const noise = (bytes: number): string => {
  const cjk = [
    ...randomBytes(2 * Math.floor(bytes / 3))
      .toString('hex')
      .matchAll(/.{4}/g),
  ].map(([hex]) => String.fromCodePoint(0x4e00 + (parseInt(hex, 16) % 20_000)));
  return cjk.join('') + 'x'.repeat(bytes % 3);
};
const path = (...parts: string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;

names(
  'of 1,000 bytes are taken and found again, and the flat names of several devices with them',
  async ({ api, user }) => {
    const [id, hostname] = [noise(1000), noise(1000)];
    const shown: string[] = [];
    const devices = [noise(1000), noise(1000), noise(1000)];
    for (const device of devices) {
      assert.is((await user.post('/devices/register', { device_id: device, hostname })).status, 200);
      // Headers can only hold Latin-1, so this uses a key that is bound to the device.
      const { email } = (await api.resolvers.accounts.listKeys()).find((key) => user.key.startsWith(key.prefix))!;
      const { key } = await api.resolvers.accounts.createKey({ email, name: '', deviceId: device });
      const asker = askerOf(api.rest, { authorization: `Bearer ${key}` });
      expectEmpty(await asker.post(path('buckets', id), { type: noise(1000), client: noise(1000), hostname }));
      await stored(asker, [E(0, 1, { device })], encodeURIComponent(id));
      shown.push((await asker.get(path('buckets', id))).json.id);
    }
    assert.is(shown[0], id);
    assert.is(new Set(shown).size, 3);
    for (const [i, name] of shown.entries()) {
      assert.ok(Buffer.byteLength(name) <= 1000, String(Buffer.byteLength(name)));
      assert.equal(
        (await listed(user, '', encodeURIComponent(name))).map((event) => event.data),
        [{ device: devices[i] }],
      );
    }
    const { json } = await user.get('/export');
    assert.is((await (await api.newUser()).post('/import', json)).status, 200);
  },
);

names('that are longer are 422 on REST, whatever they name, and nothing is made', async ({ user }) => {
  for (const long of [noise(1001), 'x'.repeat(1001), '漢'.repeat(900), 'x'.repeat(5000)]) {
    expectFailure(await user.post(path('buckets', long), B), 422);
    for (const key of ['type', 'client', 'hostname'])
      expectFailure(await user.post('/buckets/n', { ...B, [key]: long }), 422);
    expectFailure(await user.post('/import', { buckets: { [long]: B } }), 422);
    expectFailure(await user.post('/devices/register', { device_id: long, hostname: 'h' }), 422);
    expectFailure(await user.post('/devices/register', { device_id: 'd', hostname: long }), 422);
    expectFailure(await user.get(path('buckets', long)), 404);
    expectFailure(await user.get('/buckets/b', { headers: { 'x-device-id': 'x'.repeat(5000) } }), 400);
  }
  assert.equal(Object.keys((await user.get('/buckets')).json), ['b']);
});

names('of settings hold in their index however they are written', async ({ user }) => {
  for (const key of [noise(127), '\u0000'.repeat(127), 'x'.repeat(127)]) {
    assert.is((await user.post(path('settings', key), 1)).status, 201);
    assert.is((await user.get(path('settings', key))).json, 1);
  }
  expectFailure(await user.post(path('settings', noise(900)), 1), 400);
});

names('of people hold in their index', async ({ api }) => {
  const email = `${noise(720)}@example.org`;
  assert.ok((await api.resolvers.accounts.createKey({ email, name: '' })).userCreated);
  assert.not((await api.resolvers.accounts.createKey({ email, name: '' })).userCreated);
});

names('that are too long are MALFORMED on GraphQL', async () => {
  const user = await (await openTestServer()).newUser();
  const long = noise(2700);
  const create = (input: object) =>
    user.graphql('mutation ($input: CreateBucketInput!) { createBucket(input: $input) { wasCreated } }', {
      input: { bucketId: 'n', ...B, ...input },
    });
  for (const key of ['bucketId', 'type', 'client', 'hostname']) await failing('MALFORMED', create({ [key]: long }));
  const register = (input: object) =>
    user.graphql('mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { accountId } }', {
      input: { deviceId: 'd', hostname: 'h', ...input },
    });
  for (const key of ['deviceId', 'hostname', 'awDeviceId']) await failing('MALFORMED', register({ [key]: long }));
  assert.equal(await user.graphql('{ buckets { id } }'), { buckets: [] });
});

names('that are too long are an error of their bucket in a push, and of no other', async () => {
  const user = await (await openTestServer()).newUser();
  const device = await newDevice(user);
  const long = noise(2700);
  const results = await device.push(
    bucketWith([sent(1, 0)], { bucketId: 'first' }),
    bucketWith([sent(1, 0)], { bucketId: long }),
    bucketWith([sent(1, 0)], { bucketId: 'host', hostname: long }),
    bucketWith([sent(1, 0)], { bucketId: randomUUID() }),
  );
  assert.equal(
    results.map(({ error, inserted }) => [error?.code ?? null, inserted]),
    [
      [null, 1],
      ['MALFORMED', 0],
      ['MALFORMED', 0],
      [null, 1],
    ],
  );
});

names.run();
