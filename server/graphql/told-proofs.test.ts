import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, failing, newDevice, register, sent, type TestDevice } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const told = suite<{ server: TestServer; user: TestUser; laptop: TestDevice }>('what devices tell of their proofs');
told.before(async (scene) => {
  scene.server = await openTestServer();
});
told.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  scene.laptop = await newDevice(scene.user);
  await scene.laptop.push(bucketWith([sent(1, 0), sent(2, 60)]));
});

const AT = '2024-06-01T00:00:00Z';
const WINDOW = {
  bucketId: 'window',
  outcome: 'IN_STEP',
  deviceEventCount: 2,
  serverEventCount: 2,
  provenAt: AT,
  stretches: [{ lastDay: '2024-06-01', provenAt: AT }],
  differing: [],
};
const reportOf = (user: TestUser, buckets: object[] = [WINDOW], more: object = {}) => ({
  accountId: user.userId,
  passAt: AT,
  revision: '1',
  buckets,
  ...more,
});
const tell = (user: TestUser, device: string, proof: object) =>
  register(user, { deviceId: device, hostname: 'laptop', proof });
const proofsOf = async (user: TestUser): Promise<any[]> =>
  (
    await user.graphql<any>(
      `{ proofs { bucketId deviceId isCopy state reason differingDays differingDeviceCounts differingServerCounts
        provenAt repair { at inserted } isChanged } }`,
    )
  ).proofs;

told('is what a device told last, in place of what it told before', async ({ user, laptop }) => {
  const [untold] = await proofsOf(user);
  assert.equal([untold.state, untold.isChanged], ['UNREPORTED', false]);
  await tell(user, laptop.id, reportOf(user));
  assert.equal((await proofsOf(user))[0].state, 'EQUAL');
  const differing = [{ day: '2024-05-31', deviceEventCount: 1, serverEventCount: 2 }];
  const repair = { at: AT, inserted: 3, updated: 0, deleted: 0 };
  await tell(user, laptop.id, reportOf(user, [{ ...WINDOW, differing, repair }]));
  assert.equal(await proofsOf(user), [
    {
      bucketId: 'window',
      deviceId: laptop.id,
      isCopy: false,
      state: 'DIFFERS',
      reason: null,
      differingDays: ['2024-05-31'],
      differingDeviceCounts: [1],
      differingServerCounts: [2],
      provenAt: AT,
      repair: { at: AT, inserted: 3 },
      isChanged: true,
    },
  ]);
  await tell(user, laptop.id, reportOf(user, [{ ...WINDOW, provenAt: null, stretches: [] }]));
  assert.equal((await proofsOf(user))[0].state, 'PARTIAL');
  const reason = 'NUL \u0000 and half \ud83d';
  await tell(user, laptop.id, reportOf(user, [{ ...WINDOW, outcome: 'HELD', reason }]));
  assert.equal((({ state, reason: why }) => [state, why])((await proofsOf(user))[0]), ['HELD', reason]);
  await tell(user, laptop.id, reportOf(user, [], { revision: '0' }));
  assert.equal((await proofsOf(user))[0].state, 'UNREPORTED');
});

told(
  'leaves out what is of another account, and buckets that this one does not have',
  async ({ server, user, laptop }) => {
    const other = await server.newUser();
    await tell(user, laptop.id, reportOf(user, [WINDOW], { accountId: other.userId }));
    assert.equal((await proofsOf(user))[0].state, 'UNREPORTED');
    const odd = [
      { ...WINDOW, bucketId: 'gone' },
      { ...WINDOW, bucketId: 'a\u0000\ud800' },
      { ...WINDOW, deviceId: 'nobody' },
    ];
    await tell(user, laptop.id, reportOf(user, [...odd, WINDOW]));
    assert.equal(
      (await proofsOf(user)).map(({ bucketId, state }) => [bucketId, state]),
      [['window', 'EQUAL']],
    );
    assert.equal(await proofsOf(other), []);
    await tell(other, 'theirs', reportOf(other, [{ ...WINDOW, deviceId: laptop.id }]));
    assert.equal(await proofsOf(other), [], 'nor can it tell of a stranger’s bucket');
  },
);

told('of a bucket goes with the bucket', async ({ user, laptop }) => {
  await tell(user, laptop.id, reportOf(user));
  await user.graphql('mutation { deleteBucket(input: { id: "window" }) { id } }');
  assert.equal(await proofsOf(user), []);
});

told('is refused whole where it can not be, and then the pass did not begin', async ({ user, laptop }) => {
  const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
  const [stretch] = WINDOW.stretches;
  const day = { day: '2024-05-31', deviceEventCount: 1, serverEventCount: 2 };
  const bad: [string, object][] = [
    ['TOO_LARGE', reportOf(user, many(501, WINDOW))],
    ['INVALID', reportOf(user, [{ ...WINDOW, stretches: many(3, stretch) }])],
    ['INVALID', reportOf(user, [{ ...WINDOW, differing: many(101, day) }])],
    ['INVALID', reportOf(user, [{ ...WINDOW, reason: 'x'.repeat(501) }])],
    ['INVALID', reportOf(user, [{ ...WINDOW, deviceEventCount: -1 }])],
    ['INVALID', reportOf(user, [{ ...WINDOW, differing: [{ ...day, serverEventCount: -1 }] }])],
    ['INVALID', reportOf(user, [{ ...WINDOW, repair: { at: AT, inserted: 0, updated: -1, deleted: 0 } }])],
    ['INVALID', reportOf(user, [{ ...WINDOW, stretches: [{ ...stretch, lastDay: '9999-01-01' }] }])],
    ['INVALID', reportOf(user, [{ ...WINDOW, stretches: [{ ...stretch, firstDay: '2024-06-02' }] }])],
    ['INVALID', reportOf(user, [], { revision: '-1' })],
    ['INVALID', reportOf(user, [], { revision: String(2n ** 63n) })],
  ];
  for (const [code, proof] of bad) {
    const { message } = await failing(
      code,
      register(user, { deviceId: laptop.id, hostname: 'laptop', pass: 2, nonce: 'n', proof }),
    );
    assert.match(message, /`proof`/);
  }
  const { devices } = await user.graphql<any>('{ devices { pass } }');
  assert.equal(devices, [{ pass: 1 }]);
  assert.equal((await proofsOf(user))[0].state, 'UNREPORTED');
});

told('is asked of one device, and of none that is not there', async ({ user, laptop }) => {
  await tell(user, 'desk', reportOf(user, [{ ...WINDOW, deviceId: laptop.id }]));
  const of = (deviceId: string) =>
    user.graphql<any>('query ($d: ID) { proofs(deviceId: $d) { deviceId isCopy } }', { d: deviceId });
  assert.equal((await of('desk')).proofs, [{ deviceId: 'desk', isCopy: true }]);
  assert.equal((await of(laptop.id)).proofs, [{ deviceId: laptop.id, isCopy: false }]);
  for (const nobody of ['nobody', 'a\u0000']) await failing('NOT_FOUND', of(nobody));
});

told('is too much at once for very many devices, and then comes by device', async ({ server, user, laptop }) => {
  // Hashes do not compress: reports of some 6 MB.
  const { driverOf } = await import('../storage/database.ts');
  await tell(user, laptop.id, reportOf(user));
  await tell(user, 'desk', reportOf(user, []));
  await driverOf(server.database).script(`update device_proofs set report = report || jsonb_build_object('padding',
    (select string_agg(md5(i::text), '') from generate_series(1, 200000) i))
    where account = ${user.account} and device_uuid = (select id from devices
      where account = ${user.account} and device_id = 'desk')`);
  const { message } = await failing('TOO_LARGE', proofsOf(user));
  assert.match(message, /ask for one `deviceId`/);
  const { proofs } = await user.graphql<any>(`{ proofs(deviceId: "${laptop.id}") { state } }`);
  assert.equal(proofs, [{ state: 'EQUAL' }]);
});

told('stands beside what its owner calls a device, whose hostname stays', async ({ server, user, laptop }) => {
  const RENAME = 'mutation ($input: RenameDeviceInput!) { renameDevice(input: $input) { device { label hostname } } }';
  const rename = async (label: string | null, asked = user, deviceId = laptop.id) =>
    (await asked.graphql<any>(RENAME, { input: { deviceId, label } })).renameDevice.device;
  const label = 'the old one, "upstairs" \u2028';
  assert.equal(await rename(label), { label, hostname: 'laptop' });
  await register(user, { deviceId: laptop.id, hostname: 'renamed' });
  assert.equal((await user.graphql<any>('{ devices { label hostname } }')).devices, [{ label, hostname: 'renamed' }]);
  assert.equal(await rename(null), { label: null, hostname: 'renamed' });
  for (const bad of ['', 'a\u0000', '\ud800']) await failing('INVALID', rename(bad));
  await failing('MALFORMED', rename('x'.repeat(1001)));
  await failing('NOT_FOUND', rename('mine now', await server.newUser()));
  await failing('NOT_FOUND', rename('x', user, 'a\u0000'));
});

told.run();
