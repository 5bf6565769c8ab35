/** spec/rest 11, cases 18-42. */
import * as assert from 'uvu/assert';
import type { User } from './rest-api.ts';
import { expectEmpty, expectFailure, expectSeconds } from './expect.ts';
import { B, counted, E, listed, stored, T, wireSuite } from './scene.ts';

const events = wireSuite('REST events');

events('case 18: what was posted comes back with an id, and reads the same', async ({ user }) => {
  const made = await stored(user, [E(0, 1, { a: 1 })]);
  assert.is(made.length, 1);
  assert.equal(Object.keys(made[0]).sort(), ['data', 'duration', 'id', 'timestamp']);
  assert.ok(Number.isInteger(made[0].id));
  assert.equal({ ...made[0], id: 0 }, { id: 0, timestamp: '2020-01-01T00:00:00Z', duration: 1, data: { a: 1 } });
  assert.equal(await listed(user), made);
});

events('case 19: one object is a list of one', async ({ user }) => {
  assert.is((await stored(user, E(0, 1))).length, 1);
});

events('case 20: an empty list changes nothing; a missing bucket is 404 for any', async ({ user }) => {
  const reply = await user.post('/buckets/b/events', []);
  assert.is(reply.status, 200);
  assert.is(reply.text, '[]');
  assert.is(await counted(user), 0);
  for (const body of [[], [E(0, 1)]]) expectFailure(await user.post('/buckets/nope/events', body), 404);
  expectFailure(await user.get('/buckets/nope'), 404);
});

events('case 21: a duration is a number, 0 when missing', async ({ user }) => {
  const made = await stored(
    user,
    `[{"timestamp":"${T(0)}","data":{}},{"timestamp":"${T(1)}","data":{},"duration":1},` +
      `{"timestamp":"${T(2)}","data":{},"duration":1.0}]`,
  );
  assert.equal(
    made.map((event) => event.duration),
    [0, 1, 1],
  );
  for (const duration of ['1', null, true])
    expectFailure(await user.post('/buckets/b/events', [{ ...E(0, 0), duration }]), 422);
});

events('case 22: timestamp and data are required, an id is an integer, the rest is ignored', async ({ user }) => {
  for (const body of [
    { data: {} },
    { timestamp: T(0) },
    { ...E(0, 0), data: null },
    { ...E(0, 0), data: [] },
    { ...E(0, 0), id: '5' },
    { ...E(0, 0), id: 5.5 },
    { ...E(0, 0), id: 1e19 },
    { ...E(0, 0), id: 2 ** 63 },
    { ...E(0, 0), id: -(2 ** 64) },
  ]) {
    expectFailure(await user.post('/buckets/b/events', [body]), 422);
  }
  assert.is(await counted(user), 0);
  assert.equal(Object.keys((await stored(user, [{ ...E(0, 0), foo: 1 }]))[0]).sort(), [
    'data',
    'duration',
    'id',
    'timestamp',
  ]);
  assert.is((await stored(user, [{ ...E(0, 0), id: null }])).length, 1);
});

events('case 23: one malformed element, and none is stored', async ({ user }) => {
  expectFailure(await user.post('/buckets/b/events', [E(0, 1), { x: 1 }]), 422);
  assert.is(await counted(user), 0);
});

events('case 24: the same event twice is two events', async ({ user }) => {
  const [first] = await stored(user, [E(0, 1)]);
  const [second] = await stored(user, [E(0, 1)]);
  assert.is.not(first.id, second.id);
  assert.is(await counted(user), 2);
});

events('case 25: timestamps are printed in UTC with the shortest exact fraction', async ({ user }) => {
  const printed: [given: string, out: string][] = [
    ['2020-01-01T02:00:00.123456789+02:00', '2020-01-01T00:00:00.123456Z'],
    ['2020-01-01T00:00:00.5Z', '2020-01-01T00:00:00.500Z'],
    ['2020-01-01T00:00:00.1234Z', '2020-01-01T00:00:00.123400Z'],
    ['2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00Z'],
  ];
  const made = await stored(
    user,
    printed.map(([timestamp]) => ({ timestamp, data: {} })),
  );
  assert.equal(
    made.map((event) => event.timestamp),
    printed.map(([, out]) => out),
  );
  for (const event of made) assert.equal((await user.get(`/buckets/b/events/${event.id}`)).json, event);
});

events('case 26: timestamps of bodies are read as the Rust server reads them', async ({ user }) => {
  const at = (timestamp: unknown) => user.post('/buckets/b/events', [{ timestamp, data: {} }]);
  for (const timestamp of ['2020-01-01 00:00:00Z', '2020-01-01T00:00:00+0200', ' 2020-1-1t0:00:00 UTC '])
    assert.is((await at(timestamp)).status, 200);
  for (const timestamp of [
    '2020-01',
    '2020-01-01T00:00',
    '2020-02-30T00:00:00Z',
    '2020-02-30',
    1577836800,
    '',
    '2020-01-01T24:00:00Z',
  ])
    expectFailure(await at(timestamp), 422);
});

events('case 27: what lies outside the range is refused, and the server lives on', async ({ user }) => {
  for (const body of [
    { timestamp: '9999-12-31T23:59:59Z', data: {} },
    E(0, 1e12),
    { timestamp: '2262-04-11T00:00:00Z', duration: 86400, data: {} },
  ]) {
    expectFailure(await user.post('/buckets/b/events', [body]), 422);
  }
  assert.is(await counted(user), 0);
});

events('case 28: data comes back equal', async ({ user }) => {
  const texts = [
    '{"":2,"é":1,"a":"\\u0000😀","n":[1.5,null,true,{"x":[]}]}',
    '{"\\u0000":"\\u0000","\\\\u0000":"\\\\u0000","big":9007199254740991,"small":5e-324,"__proto__":{"x":1}}',
    `{"deep":${'['.repeat(100)}${']'.repeat(100)}}`,
    '{"cut":"\\ud83d"}',
  ];
  for (const text of texts) {
    const [made] = await stored(user, `[{"timestamp":"${T(0)}","data":${text}}]`);
    assert.equal(made.data, JSON.parse(text));
    assert.equal((await user.get(`/buckets/b/events/${made.id}`)).json.data, JSON.parse(text));
  }
});

events('case 29: newest first, equal ones as they came', async ({ user }) => {
  await stored(user, [E(0, 1), E(60, 1), E(30, 1)]);
  assert.equal(
    (await listed(user)).map((event) => event.timestamp),
    [T(60), T(30), T(0)],
  );
  expectEmpty(await user.post('/buckets/ties', B));
  for (const x of ['x', 'y', 'z']) await stored(user, [E(0, 0, { x })], 'ties');
  assert.equal(
    (await listed(user, '', 'ties')).map((event) => event.data.x),
    ['x', 'y', 'z'],
  );
  assert.equal(
    (await listed(user, '?limit=1', 'ties')).map((event) => event.data.x),
    ['x'],
  );
});

events('case 30: a limit that is none means all', async ({ user }) => {
  await stored(user, [E(0, 1), E(60, 1)]);
  assert.equal(
    (await listed(user, '?limit=1')).map((event) => event.timestamp),
    [T(60)],
  );
  assert.equal(await listed(user, '?limit=0'), []);
  for (const limit of ['-1', 'abc', '', '1.5', '%201', '99999999999', '9223372036854775808', '18446744073709551616']) {
    assert.is((await listed(user, `?limit=${limit}`)).length, 2, `limit=${limit}`);
  }
  assert.is((await listed(user, '?limit=01')).length, 1);
});

/** Events A to D of case 31. */
const ranged = async (user: User) =>
  stored(user, [E(0, 60, { x: 'A' }), E(60, 60, { x: 'B' }), E(120, 0, { x: 'C' }), E(180, 3600, { x: 'D' })]);

/** What a query lists, as `B 60+30`. */
const shown = async (user: User, query: string) =>
  (await listed(user, query)).map(
    ({ timestamp, duration, data }) => `${data.x} ${(Date.parse(timestamp) - Date.parse(T(0))) / 1000}+${duration}`,
  );

events('case 31: events are clipped to the period', async ({ user }) => {
  await ranged(user);
  assert.equal(await shown(user, `?start=${T(30)}&end=${T(90)}`), ['B 60+30', 'A 30+30']);
});

events('case 32: bounds are inclusive, and may be missing', async ({ user }) => {
  await ranged(user);
  assert.equal(await shown(user, `?start=${T(60)}&end=${T(60)}`), ['B 60+0', 'A 60+0']);
  assert.equal(await shown(user, `?start=${T(120)}`), ['D 180+3600', 'C 120+0', 'B 120+0']);
  assert.equal(await shown(user, `?end=${T(120)}`), ['C 120+0', 'B 60+60', 'A 0+60']);
});

events('case 33: clipping touches nothing stored', async ({ user }) => {
  const [, , , d] = await ranged(user);
  const [clipped] = await listed(user, `?start=${T(1800)}&end=${T(1860)}`);
  assert.equal(clipped, { id: d.id, timestamp: T(1800), duration: 60, data: d.data });
  assert.equal((await user.get(`/buckets/b/events/${d.id}`)).json, {
    id: d.id,
    timestamp: T(180),
    duration: 3600,
    data: d.data,
  });
});

events('case 34: an empty period lists nothing', async ({ user }) => {
  await ranged(user);
  assert.equal(await listed(user, `?start=${T(90)}&end=${T(30)}`), []);
  assert.equal(await listed(user, '?start=2100-01-01T00:00:00Z'), []);
  expectFailure(await user.get(`/buckets/nope/events?start=${T(90)}&end=${T(30)}`), 404);
});

events('case 35: parameters that are no time are 400, whether the bucket exists or not', async ({ user }) => {
  const bad = [
    'start=bad',
    'start=',
    'start=2020-01',
    'start=2020-01-01T00:00',
    'start=9999-01-01',
    'start=2020-02-30',
    'end=2020-01-01T00:00:00-24:00',
    'start=2020-01-01T00:00:00+00:00',
  ];
  for (const query of bad) {
    for (const bucket of ['b', 'nope']) {
      expectFailure(await user.get(`/buckets/${bucket}/events?${query}`), 400);
      expectFailure(await user.get(`/buckets/${bucket}/events/count?${query}`), 400);
    }
  }
  for (const time of [
    '2020-01-01T00:00:00%2B00:00',
    '2020-01-01%2000:00:00Z',
    '2020-01-01t00:00:00z',
    '2020-01-01T00:00:00.123456789Z',
  ]) {
    assert.equal(await listed(user, `?start=${time}`), []);
  }
});

events('case 36: a time out of range is 400, and the server lives on', async ({ user }) => {
  expectFailure(await user.get('/buckets/b/events?start=9999-01-01T00:00:00Z'), 400);
  assert.equal(await listed(user), []);
});

events('case 37: a count is bare digits, of the period', async ({ user }) => {
  await ranged(user);
  assert.is((await user.get('/buckets/b/events/count')).text, '4');
  assert.is(await counted(user, `?start=${T(120)}&end=${T(150)}`), 2);
  assert.is(await counted(user, `?start=${T(150)}&end=${T(120)}`), 0);
  assert.is(await counted(user, '?starttime=x&limit=1'), 4);
  expectFailure(await user.get('/buckets/b/events/count?start=bad'), 400);
  expectFailure(await user.get('/buckets/nope/events/count'), 404);
});

events('case 38: one event by its id, of this bucket only', async ({ user }) => {
  const [made] = await stored(user, [E(0, 1, { a: 1 })]);
  expectEmpty(await user.post('/buckets/b2', B));
  assert.equal((await user.get(`/buckets/b/events/${made.id}`)).json, made);
  for (const id of [made.id + 1_000_000, '9007199254740993', '9223372036854775807'])
    expectFailure(await user.get(`/buckets/b/events/${id}`), 404);
  expectFailure(await user.get(`/buckets/b2/events/${made.id}`), 404);
  expectFailure(await user.get(`/buckets/nope/events/${made.id}`), 404);
  for (const id of ['-9223372036854775808', '-1', '+1000000'])
    expectFailure(await user.get(`/buckets/b/events/${id}`), 404);
  for (const id of ['abc', '1.0', '1e0', '0x1']) expectFailure(await user.get(`/buckets/b/events/${id}`), 400);
  for (const id of [
    '9223372036854775808',
    '-9223372036854775809',
    '9999999999999999999',
    '99999999999999999999',
    '9'.repeat(1000),
  ]) {
    expectFailure(await user.get(`/buckets/b/events/${id}`), 422);
    expectFailure(await user.delete(`/buckets/b/events/${id}`), 422);
  }
});

events('case 39: a deletion is the same twice, and never reaches another bucket', async ({ user }) => {
  const [made, other] = await stored(user, [E(0, 1), E(10, 1)]);
  expectEmpty(await user.delete(`/buckets/b/events/${made.id}`, { body: {} }));
  expectEmpty(await user.delete(`/buckets/b/events/${made.id}`));
  assert.is(await counted(user), 1);
  expectEmpty(await user.post('/buckets/b2', B));
  expectEmpty(await user.delete(`/buckets/b2/events/${other.id}`));
  assert.equal((await user.get(`/buckets/b/events/${other.id}`)).json, other);
  expectFailure(await user.delete(`/buckets/nope/events/${other.id}`), 404);
  expectFailure(await user.delete('/buckets/b/events/abc'));
});

events('case 40: an id of the bucket is replaced, and keeps its id', async ({ user }) => {
  const [made] = await stored(user, [E(0, 1, { a: 1 })]);
  const changed = { id: made.id, timestamp: T(100), duration: 7, data: { b: 2 } };
  assert.equal(await stored(user, [changed]), [changed]);
  assert.is(await counted(user), 1);
  assert.equal((await user.get(`/buckets/b/events/${made.id}`)).json, changed);
  assert.equal((await user.get('/buckets/b')).json.metadata, { start: T(100), end: T(107) });
});

events(
  'case 40: replaced and new ones mix, in the order of the request; of one id twice the last stays',
  async ({ user }) => {
    const [a, b] = await stored(user, [E(0, 1, { n: 'a' }), E(10, 1, { n: 'b' })]);
    const writes = [
      E(20, 1, { n: 'new' }),
      { ...E(30, 1, { n: 'b1' }), id: b.id },
      { ...E(40, 1, { n: 'a1' }), id: a.id },
      { ...E(50, 1, { n: 'b2' }), id: b.id },
    ];
    const made = await stored(user, writes);
    assert.equal(
      made.map((event) => event.data.n),
      ['new', 'b1', 'a1', 'b2'],
    );
    assert.equal(
      made.slice(1).map((event) => event.id),
      [b.id, a.id, b.id],
    );
    assert.equal(
      (await listed(user)).map((event) => event.data.n),
      ['b2', 'a1', 'new'],
    );
  },
);

events('case 41: an id of another bucket, or of none, is not used', async ({ user }) => {
  const [made] = await stored(user, [E(0, 1, { a: 1 })]);
  expectEmpty(await user.post('/buckets/b2', B));
  const [other] = await stored(user, [{ ...E(5, 5, { a: 2 }), id: made.id }], 'b2');
  assert.is.not(other.id, made.id);
  assert.equal((await user.get(`/buckets/b/events/${made.id}`)).json, made);
  assert.equal(await listed(user, '', 'b2'), [other]);
  const [far] = await stored(user, [{ ...E(6, 1), id: 9007199254740991 }]);
  const [next] = await stored(user, [E(7, 1)]);
  assert.ok(made.id < far.id && far.id < next.id && next.id < made.id + 1000, `${made.id}, ${far.id}, ${next.id}`);
});

events('case 42: metadata is what the events span', async ({ user }) => {
  const [, second] = await stored(user, [E(0, 5), E(100, 10)]);
  const { metadata, last_updated } = (await user.get('/buckets/b')).json;
  assert.equal({ metadata, last_updated }, { metadata: { start: T(0), end: T(110) }, last_updated: T(110) });
  assert.equal((await user.get('/buckets')).json.b.metadata, metadata);
  expectEmpty(await user.delete(`/buckets/b/events/${second.id}`));
  assert.equal((await user.get('/buckets/b')).json.metadata, { start: T(0), end: T(5) });
});

events('case 42: what is printed adds up, to the nanosecond of a duration', async ({ user }) => {
  const [made] = await stored(user, [{ timestamp: '2020-01-01T00:00:00.000001Z', duration: 8.2, data: {} }]);
  expectSeconds(made.duration, 8.2);
  assert.is((await user.get('/buckets/b')).json.metadata.end, '2020-01-01T00:00:08.200001Z');
});

events('more than a page of them is listed whole and in order', async ({ user }) => {
  const many = Array.from({ length: 10_001 }, (_, i) => E(Math.floor(i / 3), i % 2));
  await stored(user, many);
  const all = await listed(user);
  assert.is(new Set(all.map((event) => event.id)).size, many.length);
  const sorted = [...all].sort(
    (a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp) || a.duration - b.duration || a.id - b.id,
  );
  assert.equal(all, sorted);
  assert.equal(await listed(user, '?limit=10000'), all.slice(0, 10_000));
  assert.equal(await listed(user, '?limit=5001'), all.slice(0, 5001));
});

events.run();
