import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at, bucketWith, failing, newDevice, sent } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const buckets = suite<{ server: TestServer; user: TestUser }>('GraphQL buckets');
buckets.before(async (scene) => {
  scene.server = await openTestServer();
});
buckets.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
});

const create = async (user: TestUser, more: Record<string, unknown> = {}): Promise<any> =>
  (
    await user.graphql<any>(
      'mutation ($input: CreateBucketInput!) { createBucket(input: $input) ' +
        '{ wasCreated bucket { id bucketId type client hostname created data device { hostname } } } }',
      {
        input: { bucketId: 'b', type: 't', client: 'c', hostname: 'h', ...more },
      },
    )
  ).createBucket;

buckets('are created once: another creation changes nothing and says so', async ({ user }) => {
  const made = await create(user, { created: '2024-05-31T11:00:00.123456+02:00', data: { z: 1, a: [null] } });
  const bucket = {
    id: 'b',
    bucketId: 'b',
    type: 't',
    client: 'c',
    hostname: 'h',
    created: '2024-05-31T09:00:00.123456Z',
    data: { z: 1, a: [null] },
    device: { hostname: 'kt.test' },
  };
  assert.equal(made, { wasCreated: true, bucket });
  assert.equal(await create(user, { type: 'other', hostname: 'other', data: {} }), { wasCreated: false, bucket });
});

buckets('created on !local get the name and the device id of the server', async ({ user }) => {
  const { info } = await user.graphql<any>('{ info { hostname deviceId } }');
  const { bucket } = await create(user, { hostname: '!local', data: { a: 1 } });
  assert.is(bucket.hostname, info.hostname);
  assert.equal(bucket.data, { a: 1, device_id: info.deviceId });
});

buckets('keep any id and data that can be kept, and refuse the others by name of the field', async ({ user }) => {
  for (const id of ['..', 'a/b?c#d', 'é😀', ' ', '%00', 'x'.repeat(1000)]) {
    assert.is((await create(user, { bucketId: id })).bucket.id, id);
    assert.equal(await user.graphql('query ($id: ID!) { bucket(id: $id) { id } }', { id }), { bucket: { id } });
  }
  const data = { text: '\u0000 \ud800 😀', deep: [[[{}]]], number: 1e-7 };
  assert.equal((await create(user, { bucketId: 'data', data })).bucket.data, data);
  for (const more of [
    { bucketId: '' },
    { bucketId: 'a\u0000' },
    { bucketId: 'a\ud800' },
    { type: '\u0000' },
    { client: '\ud800' },
    { hostname: '\u0000' },
  ]) {
    const { message } = await failing('INVALID', create(user, { bucketId: 'refused', ...more }));
    assert.match(message, new RegExp(Object.keys(more)[0]!.replace('bucketId', 'id')));
  }
  // A text that is too long is malformed, as on REST.
  assert.match(
    (await failing('MALFORMED', create(user, { bucketId: 'x'.repeat(1001) }))).message,
    /bucket\.id has more than 1000 bytes/,
  );
  for (const wrong of [[1], 'text', 5]) await failing('MALFORMED', create(user, { bucketId: 'refused', data: wrong }));
  for (const more of [{ created: 'yesterday' }, { created: '2024-05-31T09:00:00' }, { type: 5 }, { type: null }])
    await failing('MALFORMED', create(user, { bucketId: 'refused', ...more }));
  assert.equal(await user.graphql('{ bucket(id: "refused") { id } }'), { bucket: null });
});

buckets('that nobody has are null, whatever the name', async ({ user }) => {
  for (const id of ['nobody', '', 'a\u0000', 'a\ud800', randomUUID()])
    assert.equal(await user.graphql('query ($id: ID!) { bucket(id: $id) { id } }', { id }), { bucket: null });
});

buckets('are deleted with their events, and their name is free again', async ({ user }) => {
  await create(user);
  await user.graphql(
    `mutation { insertEvents(input: { publicBucketId: "b", events: [{ timestamp: "${at(0)}", data: {} }] }) {
      events { id } } }`,
  );
  assert.equal(await user.graphql('mutation { deleteBucket(input: { id: "b" }) { id } }'), {
    deleteBucket: { id: 'b' },
  });
  await failing('NOT_FOUND', user.graphql('mutation { deleteBucket(input: { id: "b" }) { id } }'));
  await create(user, { type: 'new' });
  assert.equal(await user.graphql('{ bucket(id: "b") { type eventCount firstEventAt lastEventAt } }'), {
    bucket: { type: 'new', eventCount: 0, firstEventAt: null, lastEventAt: null },
  });
});

type Page = {
  edges: { cursor: string; node: { id: string; timestamp: string; duration: number; data: any } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
};
const page = async (user: TestUser, args: Record<string, unknown> = {}): Promise<Page> =>
  (
    await user.graphql<any>(
      `query ($first: Int, $after: String, $start: DateTime, $end: DateTime) {
        bucket(id: "window") { events(first: $first, after: $after, start: $start, end: $end) {
        edges { cursor node { id timestamp duration data } }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
      args,
    )
  ).bucket.events;
const numbers = (found: Page) => found.edges.map(({ node }) => node.data.n);

buckets(
  'list their events newest first, in pages that meet without gap or overlap, equal starts too',
  async ({ user }) => {
    const device = await newDevice(user);
    // 0 and 1 have the same start and different ends; 2 to 5 differ only in their data.
    const events = [sent(0, 10, 5), sent(1, 10, 2), ...[2, 3, 4, 5].map((n) => sent(n, 20)), sent(6, 30, -5)].map(
      (event, n) => ({ ...event, data: { n } }),
    );
    await device.push(bucketWith(events));
    const whole = await page(user);
    assert.equal(numbers(whole), [6, 2, 3, 4, 5, 1, 0]);
    assert.equal(whole.pageInfo, {
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: whole.edges[0]!.cursor,
      endCursor: whole.edges[6]!.cursor,
    });
    for (const first of [1, 2, 3, 7, 8]) {
      const seen: number[] = [];
      let after: string | null = null;
      for (let more = true; more; ) {
        const found: Page = await page(user, { first, after });
        assert.ok(found.edges.length <= first);
        assert.is(found.pageInfo.hasPreviousPage, after !== null);
        seen.push(...numbers(found));
        after = found.pageInfo.endCursor;
        more = found.pageInfo.hasNextPage;
      }
      assert.equal(seen, numbers(whole), `pages of ${first}`);
    }
    // A cursor is a place, so it stays valid when its row is deleted.
    await device.push(bucketWith([{ ...sent(2, 0, 1), data: { n: 2 } }]));
    assert.equal(numbers(await page(user, { after: whole.edges[1]!.cursor })), [3, 4, 5, 1, 0, 2]);
  },
);

buckets('cut their events to the period asked for, bounds included', async ({ user }) => {
  await (await newDevice(user)).push(
    bucketWith([sent(1, 0, 10), sent(2, 10, 10), sent(3, 20, 10)].map((event, n) => ({ ...event, data: { n } }))),
  );
  const found = await page(user, { start: at(10), end: at(20) });
  assert.equal(
    found.edges.map(({ node }) => [node.data.n, node.timestamp, node.duration]),
    [
      [2, at(20), 0],
      [1, at(10), 10],
      [0, at(10), 0],
    ],
  );
  assert.equal((await page(user, { start: at(20), end: at(10) })).edges, []);
  const second = await page(user, { start: at(10), end: at(20), first: 1, after: found.edges[0]!.cursor });
  assert.equal(numbers(second), [1]);
});

buckets('refuse page sizes and cursors that are none', async ({ user }) => {
  await (await newDevice(user)).push(bucketWith([sent(1, 0)]));
  assert.equal((await page(user, { first: 0 })).edges, []);
  await failing('INVALID', page(user, { first: -1 }));
  for (const after of [
    '',
    'zzz',
    Buffer.from('1:2').toString('base64url'),
    Buffer.from(`1:${'9'.repeat(19)}:1`).toString('base64url'),
  ])
    await failing('INVALID', page(user, { after }));
});

buckets('are made on the device that a request names, and found there by the id it gave them', async ({ user }) => {
  const ask = async (query: string, device?: string): Promise<any> => {
    const headers = { 'content-type': 'application/json', ...(device ? { 'x-device-id': device } : {}) };
    const response = await user.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    return response.json();
  };
  const [one, two] = [await newDevice(user, 'one'), await newDevice(user, 'two')];
  await one.push(bucketWith([sent(1, 0)]));
  const make = 'mutation { createBucket(input: { bucketId: "window", type: "t", client: "c", hostname: "two" }) {';
  const { data } = await ask(`${make} wasCreated bucket { id bucketId device { hostname } } } }`, two.id);
  assert.equal(data.createBucket, {
    wasCreated: true,
    bucket: { id: 'window-two', bucketId: 'window', device: { hostname: 'two' } },
  });
  const found = async (named: string, device?: string) =>
    (await ask(`{ bucket(${named}) { id } }`, device)).data?.bucket?.id ?? null;
  assert.is(await found('bucketId: "window"', two.id), 'window-two', 'its own goes first, as on REST');
  assert.is(await found('bucketId: "window"', one.id), 'window');
  assert.is(await found('bucketId: "window"'), 'window');
  assert.is(await found('id: "window"', two.id), 'window', 'an id means that bucket alone');
  assert.is(await found('bucketId: "nobody"', two.id), null);
  for (const named of ['id: "window", bucketId: "window"', 'id: null'])
    assert.is((await ask(`{ bucket(${named}) { id } }`)).errors[0].extensions.code, 'INVALID', named);
  assert.is((await ask('{ bucket(id: "window") { id } }', 'nobody')).errors[0].extensions.code, 'INVALID');
});

buckets('tell one event, how many a period has, and where REST exports them', async ({ user }) => {
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0, 5), sent(2, 10, 5), sent(3, 20, 5)], { bucketId: 'a/b ü' }));
  const { bucket, viewer } = await user.graphql<any>(`{
    viewer { exportPath }
    bucket(id: "a/b ü") {
      exportPath
      events { edges { node { id timestamp duration data } } }
      all: eventCount
      late: eventCount(start: "${at(8)}")
      middle: eventCount(start: "${at(8)}", end: "${at(12)}")
    }
  }`);
  assert.equal([bucket.all, bucket.late, bucket.middle], [3, 2, 1]);
  const { node } = bucket.events.edges[1];
  const one = (id: string) =>
    user.graphql<any>('query ($id: ID!) { bucket(id: "a/b ü") { event(id: $id) { id timestamp duration data } } }', {
      id,
    });
  assert.equal((await one(node.id)).bucket.event, node);
  assert.is((await one('9007199254740993')).bucket.event, null);
  await failing('INVALID', one('x'));
  for (const path of [bucket.exportPath, viewer.exportPath]) {
    const file = (await (await user.fetch(path)).json()) as { buckets: Record<string, { events: unknown[] }> };
    assert.is(file.buckets['a/b ü']!.events.length, 3, path);
  }
});

buckets.run();
