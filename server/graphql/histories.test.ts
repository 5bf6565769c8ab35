/**
 * What a client without state asks before it registers (spec/sync 7.5): whose history it has, and to continue as that
 * device.
 */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at, bucketWith, failing, newDevice, register, sent, type SentEvent } from '../../test/support/pushing.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

type Scene = { server: TestServer; user: TestUser };
type History = {
  id: string;
  bucketId: string;
  type: string;
  deviceId: string;
  newest: string[];
  spread: string[];
  isSame: boolean;
};

const HISTORIES = `query ($buckets: [HistoryInput!]!, $first: Int, $after: ID) {
  histories(buckets: $buckets, first: $first, after: $after) {
  id bucketId type deviceId newest spread isSame } }`;
const WINDOW = { bucketId: 'window', type: 'currentwindow' };

const asked = async (user: TestUser, buckets: readonly object[], page: object = {}): Promise<History[]> =>
  (await user.graphql<{ histories: History[] }>(HISTORIES, { buckets, ...page })).histories;

/** Events an hour apart, with titles that no other history has. */
const history = (count: number, whose: string): SentEvent[] =>
  Array.from({ length: count }, (_, i) => sent(i + 1, i * 3600, 10, { app: whose, title: `title ${i}` }));

const open = async (scene: Scene): Promise<void> => {
  scene.server ??= await openTestServer();
  scene.user = await scene.server.newUser();
};

const histories = suite<Scene>('GraphQL histories');
histories.before.each(open);

histories(
  'are those of one id and type on any device, whatever the hostnames; none that is empty, none of the account’s own',
  async ({ user }) => {
    const [one, two] = [await newDevice(user, 'unknown'), await newDevice(user, 'unknown')];
    await one.push(
      bucketWith(history(30, 'one'), { hostname: 'unknown' }),
      bucketWith(history(3, 'one'), { bucketId: 'afk' }),
    );
    await two.push(
      bucketWith(history(4, 'two'), { hostname: 'other' }),
      bucketWith([], { bucketId: 'empty' }),
      bucketWith(history(2, 'two'), { bucketId: 'web', type: 'web' }),
    );
    const made = await user.graphql<any>(
      'mutation { createBucket(input: { bucketId: "window", type: "currentwindow", client: "c", hostname: ' +
        '"h" }) { bucket { id } } }',
    );
    const event = {
      publicBucketId: made.createBucket.bucket.id,
      events: [{ timestamp: at(0), duration: 1, data: {} }],
    };
    await user.graphql('mutation ($input: InsertEventsInput!) { insertEvents(input: $input) { events { id } } }', {
      input: event,
    });
    const found = await asked(user, [
      WINDOW,
      { bucketId: 'empty', type: 'currentwindow' },
      { bucketId: 'web', type: 'currentwindow' },
      { bucketId: 'none', type: 'x' },
    ]);
    assert.equal(
      found.map(({ bucketId, deviceId }) => [bucketId, deviceId]).sort(),
      [
        ['window', one.id],
        ['window', two.id],
      ].sort(),
    );
    const long = found.find(({ deviceId }) => deviceId === one.id)!;
    assert.equal([long.newest.length, long.spread.length, long.isSame], [20, 20, false]);
    assert.match(long.newest[0]!, /^\d{13} -?\d+$/);
  },
);

histories('hold what came with the question, or not: half of the newest, or half of those spread', async ({ user }) => {
  const [one, two] = [await newDevice(user), await newDevice(user)];
  await one.push(bucketWith(history(60, 'one')));
  await two.push(bucketWith(history(60, 'two')));
  const [mine] = (await asked(user, [WINDOW])).filter(({ deviceId }) => deviceId === one.id);
  const odd = (n: number) => Array.from({ length: n }, (_, i) => `${i} 7`);
  const cases: [what: string, marks: { newest?: string[]; spread?: string[] }, same: boolean][] = [
    ['all of either', { newest: mine!.newest, spread: mine!.spread }, true],
    ['half of the newest', { newest: [...mine!.newest.slice(0, 10), ...odd(10)], spread: odd(20) }, true],
    ['less than half of the newest', { newest: [...mine!.newest.slice(0, 9), ...odd(11)], spread: odd(20) }, false],
    ['half of those spread', { newest: odd(20), spread: [...odd(10), ...mine!.spread.slice(0, 10)] }, true],
    ['all of a few', { newest: mine!.newest.slice(3, 5) }, true],
    ['not all of a few', { newest: [...mine!.newest.slice(3, 5), ...odd(1)] }, false],
    ['none', { newest: [], spread: [] }, false],
  ];
  for (const [what, marks, same] of cases) {
    const found = await asked(user, [{ ...WINDOW, ...marks }]);
    assert.equal(
      found.map(({ deviceId, isSame }) => [deviceId === one.id, isSame]).sort(),
      [
        [false, false],
        [true, same],
      ],
      what,
    );
  }
});

histories('come in pages, in as many statements for many as for one', async ({ user }) => {
  const devices = await Promise.all(Array.from({ length: 5 }, () => newDevice(user)));
  for (const device of devices) await device.push(bucketWith(history(3, device.id)));
  const seen: History[] = [];
  for (
    let page = await asked(user, [WINDOW], { first: 2 });
    page.length > 0;
    page = await asked(user, [WINDOW], { first: 2, after: page.at(-1)!.id })
  ) {
    assert.ok(page.length <= 2);
    seen.push(...page);
  }
  assert.equal(seen.map(({ deviceId }) => deviceId).sort(), devices.map(({ id }) => id).sort());
  const one = await statementsOf(() => asked(user, [WINDOW], { first: 1 }));
  assert.is(await statementsOf(() => asked(user, [WINDOW], { first: 5 })), one);
});

histories('are nobody else’s', async ({ server, user }) => {
  const stranger = await server.newUser();
  await (await newDevice(stranger)).push(bucketWith(history(3, 'stranger')));
  assert.equal(await asked(user, [WINDOW]), []);
});

histories('refuse what is no question, and what asks for too much', async ({ user }) => {
  await failing('INVALID', asked(user, [{ ...WINDOW, newest: ['yesterday'] }]));
  await failing('INVALID', asked(user, [{ ...WINDOW, newest: Array.from({ length: 21 }, () => '1 1') }]));
  await failing('INVALID', asked(user, [WINDOW], { first: 0 }));
  await failing(
    'TOO_LARGE',
    asked(
      user,
      Array.from({ length: 201 }, () => WINDOW),
    ),
  );
  await failing('TOO_LARGE', asked(user, [WINDOW], { first: 1000 }));
  assert.equal(await asked(user, [{ bucketId: 'nul \u0000', type: 'lone \ud800' }], { after: 'nul \u0000' }), []);
  assert.equal(await asked(user, []), []);
});

histories.run();

const reclaiming = suite<Scene>('GraphQL reclaimDevice');
reclaiming.before.each(open);

const RECLAIM = 'mutation ($id: ID!) { reclaimDevice(input: { deviceId: $id }) { device { deviceId pass } } }';
/** The same user with a key that is bound to a device. */
const boundTo = async ({ server, user }: Scene, deviceId: string): Promise<TestUser> => {
  const { key } = await server.resolvers.accounts.createKey({ email: user.email, name: 'bound', deviceId });
  const ask = (path: string, init: RequestInit = {}) =>
    Promise.resolve(
      server.app.fetch(`${APP_URL}${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } }),
    );
  const graphql: TestUser['graphql'] = async <T>(query: string, variables = {}) => {
    const response = await ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data: T;
      errors?: { message: string; extensions: { code: string } }[];
    };
    if (errors?.[0]) throw Object.assign(new Error(errors[0].message), { code: errors[0].extensions.code });
    return data;
  };
  return { ...user, key, fetch: ask, graphql };
};
const devicesOf = async (user: TestUser): Promise<string[]> =>
  (await user.graphql<{ devices: { deviceId: string }[] }>('{ devices { deviceId } }')).devices.map(
    ({ deviceId }) => deviceId,
  );

reclaiming('by a key that is bound to none tells the pass to go on from, and changes nothing', async ({ user }) => {
  await register(user, { deviceId: 'old', hostname: 'lap', pass: 7, nonce: 'n' });
  assert.equal(await user.graphql(RECLAIM, { id: 'old' }), { reclaimDevice: { device: { deviceId: 'old', pass: 7 } } });
  assert.equal(await devicesOf(user), ['old']);
});

reclaiming('binds the keys of a device that holds nothing anew, and the empty device goes', async (scene) => {
  const { user } = scene;
  await register(user, { deviceId: 'old', hostname: 'lap', pass: 7, nonce: 'n' });
  await register(user, { deviceId: 'new', hostname: 'lap', pass: 1, nonce: 'n' });
  const [key, second] = [await boundTo(scene, 'new'), await boundTo(scene, 'new')];
  await failing('FORBIDDEN', register(key, { deviceId: 'old', hostname: 'lap', pass: 8, nonce: 'm' }));
  for (let again = 0; again < 2; again++)
    assert.equal(await key.graphql(RECLAIM, { id: 'old' }), {
      reclaimDevice: { device: { deviceId: 'old', pass: 7 } },
    });
  assert.equal(await devicesOf(user), ['old']);
  for (const one of [key, second]) await register(one, { deviceId: 'old', hostname: 'renamed' });
  await failing('FORBIDDEN', register(key, { deviceId: 'new', hostname: 'lap' }));
});

reclaiming('is refused to a key whose device holds something, whoever put it there', async (scene) => {
  const { user } = scene;
  await register(user, { deviceId: 'old', hostname: 'lap' });
  const pushed = await newDevice(user);
  await pushed.push(bucketWith([]));
  await register(user, { deviceId: 'rest', hostname: 'lap' });
  const rest = await boundTo(scene, 'rest');
  const made = await rest.fetch('/api/0/buckets/b', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"client":"c","type":"t","hostname":"h"}',
  });
  assert.is(made.status, 200);
  for (const key of [await boundTo(scene, pushed.id), rest]) {
    assert.match(
      (await failing('FORBIDDEN', key.graphql(RECLAIM, { id: 'old' }))).message,
      /this API key is the device/,
    );
  }
  assert.is((await devicesOf(user)).length, 3);
});

reclaiming(
  'is for the account’s devices: no other’s, none that is not there, and not the account’s own',
  async ({ server, user }) => {
    const stranger = await server.newUser();
    const theirs = await newDevice(stranger);
    for (const id of [theirs.id, randomUUID(), '', 'nul \u0000'])
      await failing('NOT_FOUND', user.graphql(RECLAIM, { id }));
    const { info } = await user.graphql<{ info: { deviceId: string } }>('{ info { deviceId } }');
    await failing('INVALID', user.graphql(RECLAIM, { id: info.deviceId }));
  },
);

reclaiming.run();
