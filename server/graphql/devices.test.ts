import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allUsers } from '../../test/support/all-users.ts';
import type { JsonObject } from '../../domain/data.ts';
import { dataHash } from '../../domain/sync/content-hash.ts';
import { at, bucketWith, failing, push, register, sent } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const devices = suite<{ server: TestServer; user: TestUser }>('GraphQL devices');
devices.before(async (scene) => {
  scene.server = await openTestServer();
});
devices.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
});

const listed = async (user: TestUser): Promise<any[]> =>
  (await user.graphql<any>('{ devices { id deviceId hostname awDeviceId pass lastSyncAt } }')).devices;

devices('are the same device whenever they ask, and keep their names up to date', async ({ user }) => {
  const deviceId = randomUUID();
  const first = await register(user, { deviceId, hostname: 'laptop', awDeviceId: 'aw-1' });
  assert.equal([first.accountId, first.pushed], [user.userId, []]);
  assert.ok(BigInt(first.revision) > 0n, 'it is told of, as what is new');
  assert.equal([first.device.pass, first.device.lastSyncAt], [0, null]);
  const again = await register(user, { deviceId, hostname: 'renamed' });
  assert.equal(again.device, { ...first.device, hostname: 'renamed' }, 'the hint stays where none is given');
  assert.is((await register(user, { deviceId, hostname: 'renamed', awDeviceId: 'aw-2' })).device.awDeviceId, 'aw-2');
  assert.equal(
    (await listed(user)).map((device) => device.deviceId),
    [deviceId],
  );
});

devices('may share a hostname and an aw-server id: only their own id tells them apart', async ({ user }) => {
  for (const deviceId of ['one', 'two']) await register(user, { deviceId, hostname: 'same', awDeviceId: 'same' });
  assert.equal(
    (await listed(user)).map(({ deviceId, hostname, awDeviceId }) => [deviceId, hostname, awDeviceId]),
    [
      ['one', 'same', 'same'],
      ['two', 'same', 'same'],
    ],
  );
});

devices(
  'are without the account’s own while it holds nothing, and it registers with its first bucket',
  async ({ server, user }) => {
    const seen = async () => {
      const { viewer, devices: all } = await user.graphql<any>(
        '{ viewer { devices { hostname } } devices { hostname } }',
      );
      assert.equal(viewer.devices, all, 'as both ways tell it');
      const [row] = (await allUsers(server)).filter(({ email }) => email === user.email);
      assert.is(row!.devices, all.length, 'and the list of users');
      const { changes } = await user.graphql<any>('{ changes { changedBuckets { bucket { id } } } }');
      assert.equal(changes.changedBuckets, []);
      return all.map(({ hostname }: { hostname: string }) => hostname);
    };
    const bucket = (id: string) =>
      user.graphql(
        `mutation { createBucket(input: { bucketId: "${id}", type: "t", client: "c", hostname: "unknown" }) {
          wasCreated } }`,
      );
    assert.equal(await seen(), []);
    for (const hostname of ['one', 'two']) await register(user, { deviceId: hostname, hostname });
    assert.equal(await seen(), ['one', 'two']);
    await bucket('b');
    await register(user, { deviceId: 'three', hostname: 'three' });
    await bucket('c');
    assert.equal(await seen(), ['one', 'two', 'kt.test', 'three'], 'a bucket more changes nothing');
    for (const id of ['b', 'c']) await user.graphql(`mutation { deleteBucket(input: { id: "${id}" }) { id } }`);
    assert.equal(await seen(), ['one', 'two', 'three']);
  },
);

devices('begin a pass again with its nonce, because an answer may have been lost', async ({ user }) => {
  const ask = (pass: number, nonce: string) => register(user, { deviceId: 'd', hostname: 'laptop', pass, nonce });
  assert.is((await ask(1, 'a')).device.pass, 1);
  assert.is((await ask(1, 'a')).device.pass, 1);
  assert.is((await ask(7, 'b')).device.pass, 7);
  assert.ok((await listed(user))[0].lastSyncAt);
});

devices('are refused a pass that is over, and then nothing about them changes', async ({ user }) => {
  await register(user, { deviceId: 'd', hostname: 'laptop', awDeviceId: 'aw', pass: 5, nonce: 'a' });
  const before = await listed(user);
  for (const [pass, nonce] of [
    [5, 'b'],
    [4, 'a'],
    [1, 'c'],
  ] as const) {
    const error = await failing(
      'DEVICE_IN_USE',
      register(user, { deviceId: 'd', hostname: 'clone', awDeviceId: 'other', pass, nonce }),
    );
    assert.is(error.status, 200);
    assert.match(error.message, /pass 5/);
  }
  assert.equal(await listed(user), before);
});

devices('tell the pass they are at to whoever is refused, so that a client can go on from there', async ({ user }) => {
  await register(user, { deviceId: 'd', hostname: 'laptop', pass: 5, nonce: 'a' });
  const query =
    'mutation { registerDevice(input: { deviceId: "d", hostname: "laptop", pass: 2, nonce: "x" }) { accountId } }';
  const response = await user.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await response.json()) as { errors: { extensions: object }[] };
  const { requestId: _, ...told } = errors[0]!.extensions as Record<string, unknown>;
  assert.equal(told, { code: 'DEVICE_IN_USE', pass: 5 });
});

devices('are refused names that are none and passes that can not be', async ({ user }) => {
  const fine = { deviceId: 'd', hostname: 'h', pass: 1, nonce: 'n' };
  for (const more of [
    { deviceId: '' },
    { deviceId: 'a\u0000' },
    { hostname: '' },
    { awDeviceId: '\ud800' },
    { pass: 0 },
    { pass: -1 },
    { nonce: '' },
    { nonce: null },
  ]) {
    await failing('INVALID', register(user, { ...fine, ...more }));
  }
  for (const more of [
    { deviceId: 'x'.repeat(1001) },
    { hostname: '漢'.repeat(334) },
    { awDeviceId: '漢'.repeat(900) },
    { nonce: 'x'.repeat(1001) },
  ])
    await failing('MALFORMED', register(user, { ...fine, ...more }));
  assert.equal(await listed(user), []);
});

devices(
  'learn what the server holds of their buckets: epoch, cursor, count, created, and the newest witnesses',
  async ({ user }) => {
    await register(user, { deviceId: 'd', hostname: 'laptop', pass: 1, nonce: 'a' });
    const events = Array.from({ length: 25 }, (_, i) => ({ ...sent(i, i), timestamp: at(i).replace('Z', '.000999Z') }));
    await push(user, 'd', 1, [
      bucketWith(events, { created: at(-5), pushCursor: { head: at(24), foot: at(0) } }),
      bucketWith([], { bucketId: 'afk' }),
    ]);
    const { pushed, revision } = await register(user, { deviceId: 'd', hostname: 'laptop', pass: 2, nonce: 'b' });
    const { witnesses, ...window } = pushed.find(({ bucketId }) => bucketId === 'window')!;
    assert.equal(window, {
      bucketId: 'window',
      epoch: 1,
      count: 25,
      created: at(-5),
      pushCursor: { head: at(24), foot: at(0) },
    });
    assert.equal(
      witnesses,
      Array.from({ length: 20 }, (_, i) => ({
        sourceId: String(24 - i),
        at: at(24 - i),
        dataHash: String(dataHash(events[24 - i]!.data as JsonObject)),
      })),
    );
    assert.equal(
      pushed.find(({ bucketId }) => bucketId === 'afk'),
      { bucketId: 'afk', epoch: 1, count: 0, created: null, pushCursor: null, witnesses: [] },
    );
    assert.ok(BigInt(revision) > 0n);
  },
);

devices('are registered and pushed by no key that is bound to another', async ({ server, user }) => {
  for (const deviceId of ['mine', 'other']) await register(user, { deviceId, hostname: 'laptop', pass: 1, nonce: 'a' });
  const as = async (deviceId: string, query: string) => {
    const { key } = await server.resolvers.accounts.createKey({ email: user.email, name: 'bound', deviceId });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    const response = await user.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    return (
      ((await response.json()) as { errors?: { extensions: { code: string } }[] }).errors?.[0]?.extensions.code ?? null
    );
  };
  const registering = 'mutation { registerDevice(input: { deviceId: "mine", hostname: "laptop" }) { accountId } }';
  const pushing = 'mutation { pushEvents(input: { deviceId: "mine", pass: 1, buckets: [] }) { revision } }';
  for (const query of [registering, pushing]) {
    assert.is(await as('other', query), 'FORBIDDEN');
    assert.is(await as('mine', query), null);
  }
});

devices('learn nothing of buckets that the APIs made, nor of other devices’', async ({ user }) => {
  await user.graphql(
    'mutation { createBucket(input: { bucketId: "b", type: "t", client: "c", hostname: "h" }) { wasCreated } }',
  );
  for (const deviceId of ['one', 'two']) await register(user, { deviceId, hostname: deviceId, pass: 1, nonce: 'a' });
  await push(user, 'one', 1, [bucketWith([sent(1, 0)])]);
  assert.equal((await register(user, { deviceId: 'two', hostname: 'two' })).pushed, []);
  assert.equal(
    (await register(user, { deviceId: 'one', hostname: 'one' })).pushed.map(({ bucketId }) => bucketId),
    ['window'],
  );
});

devices.run();
