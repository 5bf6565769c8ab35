import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { newDevice } from '../../test/support/pushing.ts';
import { openTestServer, serverOn, type TestServer } from '../../test/support/test-server.ts';

type Scene = { server: TestServer; clock: { now: Date } };
const rotation = suite<Scene>('a key that is rotated');
rotation.before(async (scene) => {
  const { database } = await openTestServer();
  scene.clock = { now: new Date('2030-01-01T00:00:00Z') };
  scene.server = serverOn(database, () => scene.clock.now);
});

const statusWith = async ({ app }: TestServer, key: string): Promise<number> =>
  (await app.fetch('http://kt.test/api/0/buckets/', { headers: { authorization: `Bearer ${key}` } })).status;

rotation('is refused at once, and the one in its place lets in', async ({ server }) => {
  const user = await server.newUser();
  const { key, former } = await server.resolvers.keyRotation.rotateKey({ name: user.key, graceSeconds: 0 });
  assert.is(former, user.key.slice(0, 10));
  assert.equal([await statusWith(server, user.key), await statusWith(server, key)], [401, 200]);
});

rotation('goes on for as long as it is given, and no longer', async ({ server, clock }) => {
  const user = await server.newUser();
  const { key, endsAt } = await server.resolvers.keyRotation.rotateKey({ name: user.key, graceSeconds: 3_600 });
  clock.now = new Date(endsAt.getTime() - 1);
  assert.equal([await statusWith(server, user.key), await statusWith(server, key)], [200, 200]);
  clock.now = endsAt;
  assert.equal([await statusWith(server, user.key), await statusWith(server, key)], [401, 200]);
});

rotation('has its name, scope and device from it', async ({ server }) => {
  const { accounts, keyRotation } = server.resolvers;
  const user = await server.newUser();
  const device = await newDevice(user);
  const bound = await accounts.createKey({ email: user.email, name: 'laptop', deviceId: device.id });
  const { key } = await keyRotation.rotateKey({ name: bound.id, graceSeconds: 0 });
  const { data } = (await (
    await server.app.fetch('http://kt.test/graphql', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{"query":"{ viewer { apiKeys { prefix name device { deviceId } } } }"}',
    })
  ).json()) as any;
  assert.equal(
    data.viewer.apiKeys.find(({ prefix }: any) => prefix === key.slice(0, 10)),
    { prefix: key.slice(0, 10), name: 'laptop', device: { deviceId: device.id } },
  );
  const metrics = await accounts.createKey({ email: user.email, name: 'prometheus', scope: 'metrics' });
  const rotated = await keyRotation.rotateKey({ name: metrics.id, graceSeconds: 60 });
  assert.equal([rotated.scope, rotated.name], ['metrics', 'prometheus']);
  assert.is(await statusWith(server, rotated.key), 403);
});

rotation('is rotated once: then the one in its place is, and of two at once one is told so', async ({ server }) => {
  const { keyRotation } = server.resolvers;
  const user = await server.newUser();
  const done = await Promise.allSettled(
    [60, 60].map((graceSeconds) => keyRotation.rotateKey({ name: user.key, graceSeconds })),
  );
  assert.equal(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  const refused = done.find((each) => each.status === 'rejected')!;
  assert.ok(isKtError(refused.reason, 'conflict'), String(refused.reason));
  assert.match(refused.reason.message, /rotated already.*took its place/);
});

for (const [what, input, code] of [
  ['nobody has', { name: 'kt_nobodyhas', graceSeconds: 0 }, 'not_found'],
  ['is meant by too little', { name: '', graceSeconds: 0 }, 'not_found'],
  ['is to go on for ever', { name: 'kt_', graceSeconds: 1e12 }, 'invalid'],
  ['was to end before it began', { name: 'kt_', graceSeconds: -1 }, 'invalid'],
] as const)
  rotation(`is refused where it ${what}`, async ({ server }) => {
    try {
      await server.resolvers.keyRotation.rotateKey(input);
      assert.unreachable();
    } catch (error) {
      assert.ok(isKtError(error, code), String(error));
    }
  });

rotation.run();
