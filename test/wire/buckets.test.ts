/** spec/rest 11, cases 1-17. */
import * as assert from 'uvu/assert';
import { expectEmpty, expectFailure } from './expect.ts';
import { B, E, listed, stored, T, wireSuite } from './scene.ts';

const buckets = wireSuite('REST buckets');

buckets('case 1: a fresh user has none, with and without the slash', async ({ api }) => {
  const user = await api.newUser();
  for (const path of ['/buckets/', '/buckets']) {
    const reply = await user.get(path);
    assert.is(reply.status, 200);
    assert.is(reply.text, '{}');
  }
});

buckets('case 2: a new one has all keys', async ({ user }) => {
  expectEmpty(await user.post('/buckets/new', B));
  const { json } = await user.get('/buckets/new');
  assert.equal(Object.keys(json).sort(), ['client', 'created', 'data', 'events', 'hostname', 'id', 'metadata', 'type']);
  assert.equal(
    { ...json, created: null },
    { id: 'new', ...B, created: null, data: {}, metadata: { start: null, end: null }, events: null },
  );
  assert.match(json.created, /Z$/);
  assert.ok(Math.abs(Date.parse(json.created) - Date.now()) < 10_000, json.created);
});

buckets('last_updated is left out where there is none, and never null (spec/rest DEV-17)', async ({ user }) => {
  const shown = async () => [
    (await user.get('/buckets/b')).json,
    (await user.get('/buckets')).json.b,
    (await user.get('/export')).json.buckets.b,
    (await user.get('/buckets/b/export')).json.buckets.b,
  ];
  for (const bucket of await shown()) assert.not('last_updated' in bucket);
  const [event] = await stored(user, [E(0, 5)]);
  for (const bucket of await shown()) assert.is(bucket.last_updated, T(5));
  await user.delete(`/buckets/b/events/${event.id}`);
  for (const bucket of await shown()) assert.not('last_updated' in bucket);
});

buckets('what succeeds with nothing to say is {}, and 304 says nothing (spec/rest DEV-18)', async ({ user }) => {
  const [event] = await stored(user, [E(0, 1)]);
  const said = [
    await user.post('/buckets/new', B),
    await user.delete(`/buckets/b/events/${event.id}`),
    await user.delete('/buckets/new'),
    await user.post('/settings/k', 1),
    await user.delete('/settings/k'),
  ];
  assert.equal(
    said.map(({ status, text, headers }) => [status, text, headers.get('content-type')]),
    [200, 200, 200, 201, 200].map((status) => [status, '{}', 'application/json']),
  );
  const there = await user.post('/buckets/b', B);
  assert.equal([there.status, there.text, there.headers.get('content-type')], [304, '', null]);
});

buckets('case 3: one that exists is 304 and stays as it is', async ({ user }) => {
  const before = await user.get('/buckets/b');
  const reply = await user.post('/buckets/b', {
    ...B,
    type: 'other',
    hostname: 'other',
    data: { a: 1 },
    events: [E(0, 1)],
  });
  assert.is(reply.status, 304);
  assert.is(reply.text, '');
  assert.is(reply.headers.get('content-type'), null);
  assert.is((await user.get('/buckets/b')).text, before.text);
});

buckets("case 4: the path's id wins over the body's", async ({ user }) => {
  expectEmpty(await user.post('/buckets/b2', { ...B, id: 'other' }));
  assert.is((await user.get('/buckets/b2')).json.id, 'b2');
  expectFailure(await user.get('/buckets/other'), 404);
});

buckets('case 5: the whole struct of the Rust client is taken', async ({ user }) => {
  const whole = {
    ...B,
    id: 'r',
    created: null,
    data: {},
    metadata: { start: null, end: null },
    events: null,
    last_updated: null,
  };
  expectEmpty(await user.post('/buckets/r', whole));
});

buckets('case 6: a required field that is missing or no string is 422', async ({ user }) => {
  for (const body of [{ client: 'c', type: 't' }, { ...B, client: 1 }, { ...B, type: null }, null, []]) {
    expectFailure(await user.post('/buckets/x', body), 422);
  }
  expectFailure(await user.get('/buckets/x'), 404);
});

buckets('case 7: created and data are kept as given', async ({ user }) => {
  const data = { z: 1, a: { b: 2 } };
  expectEmpty(await user.post('/buckets/x', { ...B, created: '2020-01-01T01:00:00+02:00', data }));
  const { json } = await user.get('/buckets/x');
  assert.is(json.created, '2019-12-31T23:00:00Z');
  assert.equal(json.data, data);
});

buckets('case 8: a malformed created or data is 422', async ({ user }) => {
  for (const fault of [
    { created: '2020-01' },
    { created: '2020-02-30' },
    { created: 1577836800 },
    { data: null },
    { data: '{}' },
    { data: [] },
    { last_updated: 'x' },
    { id: null },
  ]) {
    expectFailure(await user.post('/buckets/x', { ...B, ...fault }), 422);
  }
  expectFailure(await user.get('/buckets/x'), 404);
});

buckets('case 9: hostname !local becomes the server', async ({ user }) => {
  const info = (await user.get('/info')).json;
  expectEmpty(await user.post('/buckets/x', { ...B, hostname: '!local', data: { a: 1, device_id: 'mine' } }));
  const { json } = await user.get('/buckets/x');
  assert.is(json.hostname, info.hostname);
  assert.equal(json.data, { a: 1, device_id: info.device_id });
  expectEmpty(await user.post('/buckets/y', { ...B, hostname: '!LOCAL' }));
  assert.is((await user.get('/buckets/y')).json.hostname, '!LOCAL');
});

buckets('case 10: ids are any decoded text', async ({ user }) => {
  const ids: [encoded: string, id: string][] = [
    ['b%C3%BCcket%20with%20space.dot', 'bücket with space.dot'],
    ['a+b', 'a+b'],
    ['a%2Fb', 'a/b'],
    ['..', '..'],
    ['.', '.'],
    ['d%3Fx', 'd?x'],
    ['D', 'D'],
    ['d', 'd'],
    ['100%', '100%'],
    ['%zz', '%zz'],
    ['%ff', '\ufffd'],
    ['__proto__', '__proto__'],
    ['x'.repeat(300), 'x'.repeat(300)],
  ];
  for (const [encoded, id] of ids) {
    expectEmpty(await user.post(`/buckets/${encoded}`, { ...B, data: { made: id } }));
    const { json } = await user.get(`/buckets/${encoded}`);
    assert.is(json.id, id);
    assert.equal(json.data, { made: id });
  }
  const list = (await user.get('/buckets')).json;
  assert.equal(Object.keys(list).sort(), ['b', ...ids.map(([, id]) => id)].sort());
  assert.is((await user.get('/buckets/a%2Bb')).json.id, 'a+b');
  assert.is((await user.get('/buckets/%2e%2E')).json.id, '..');
});

buckets('case 11: a missing one is 404, in JSON whatever Accept says', async ({ user }) => {
  expectFailure(await user.get('/buckets/nope', { headers: { accept: 'text/html' } }), 404);
  expectFailure(await user.delete('/buckets/nope'), 404);
  expectFailure(await user.get('/buckets/%00'), 404);
});

buckets('case 12: a deletion needs no force, takes a body, and leaves nothing', async ({ user }) => {
  for (const [query, body] of [
    ['', undefined],
    ['?force=1', undefined],
    ['', {}],
  ] as const) {
    await stored(user, [E(0, 1)]);
    expectEmpty(await user.delete(`/buckets/b${query}`, { body }));
    expectFailure(await user.get('/buckets/b'), 404);
    expectFailure(await user.get('/buckets/b/events'), 404);
    expectEmpty(await user.post('/buckets/b', B));
    assert.equal(await listed(user), []);
    assert.equal((await user.get('/buckets/b')).json.metadata, { start: null, end: null });
  }
});

buckets('case 13: a body that is not said to be JSON has no effect', async ({ user }) => {
  for (const type of [
    'text/plain',
    'text/json',
    'application/vnd.x+json',
    'application/x-www-form-urlencoded',
    '*/*',
    null,
  ]) {
    expectFailure(await user.post('/buckets/x', B, { type }), 415);
  }
  expectFailure(await user.get('/buckets/x'), 404);
  assert.is((await user.post('/buckets/b', B, { type: 'application/json; charset=utf-8' })).status, 304);
  expectEmpty(await user.post('/buckets/x', B, { type: 'Application/JSON;charset=utf-8' }));
});

buckets('case 14: a body that is no JSON is 400', async ({ user }) => {
  for (const body of ['{bad', '', undefined]) {
    expectFailure(await user.post('/buckets/x', body, { headers: { 'content-type': 'application/json' } }), 400);
  }
  expectFailure(await user.get('/buckets/x'), 404);
});

buckets('case 15: good events come with it, bad ones are dropped', async ({ user }) => {
  expectEmpty(await user.post('/buckets/w', { ...B, events: [E(0, 5), { bad: 1 }] }));
  assert.is((await listed(user, '', 'w')).length, 1);
  assert.equal((await user.get('/buckets/w')).json.metadata, { start: T(0), end: T(5) });
});

buckets('case 16: HEAD is GET without a body', async ({ user }) => {
  for (const [path, status] of [
    ['/buckets/b', 200],
    ['/buckets/nope', 404],
    ['/buckets', 200],
    ['/buckets/b/events', 200],
    ['/info', 200],
  ] as const) {
    const [head, get] = [await user.head(path), await user.get(path)];
    assert.is(head.status, status);
    assert.is(head.text, '');
    assert.equal([...head.headers], [...get.headers]);
  }
});

buckets('case 17: what is no route is 404', async ({ user }) => {
  for (const path of [
    '/nope-route',
    '/buckets/b/metadata',
    '',
    '/',
    '/log',
    '/settings/k/x',
    '/buckets/b/export/x',
    '/buckets/./b',
  ]) {
    expectFailure(await user.get(path), 404);
  }
  for (const target of ['/', '/api', '/api/', '/api/1/buckets', '/API/0/buckets'])
    expectFailure(await user.raw('GET', target), 404);
});

buckets.run();
