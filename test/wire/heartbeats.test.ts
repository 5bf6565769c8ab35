/** spec/rest 11, cases 43-55. */
import * as assert from 'uvu/assert';
import type { Asker } from './asker.ts';
import { expectEmpty, expectFailure, expectSeconds } from './expect.ts';
import { B, counted, E, listed, stored, T, wireSuite } from './scene.ts';

const heartbeats = wireSuite('REST heartbeats');

/** HB(at, data, duration) p=pulsetime, of spec/rest 11. */
const beat = async (
  user: Asker,
  pulsetime: number,
  at: number | string,
  data: object,
  duration?: number,
): Promise<any> => {
  const timestamp = typeof at === 'number' ? T(at) : at;
  const reply = await user.post(`/buckets/b/heartbeat?pulsetime=${pulsetime}`, {
    timestamp,
    data,
    ...(duration === undefined ? {} : { duration }),
  });
  assert.is(reply.status, 200, reply.text);
  return reply.json;
};

heartbeats('case 43: within the pulsetime they grow the event, the edge included', async ({ user }) => {
  const first = await beat(user, 5, 0, { a: 1 });
  assert.is(first.duration, 0);
  assert.equal(await beat(user, 5, 5, { a: 1 }), { ...first, duration: 5 });
  assert.equal(await beat(user, 5, 10, { a: 1 }), { ...first, duration: 10 });
  const late = await beat(user, 5, 15.001, { a: 1 });
  assert.is.not(late.id, first.id);
  assert.is(late.duration, 0);
  assert.is(await counted(user), 2);
});

heartbeats('case 44: other data begins another event, and fills no gap', async ({ user }) => {
  for (const [at, a] of [
    [0, 1],
    [1, 2],
    [2, 1],
  ] as const)
    await beat(user, 60, at, { a });
  assert.equal(
    (await listed(user)).map((event) => event.duration),
    [0, 0, 0],
  );
});

heartbeats('case 45: data is compared deeply, without regard to the order of keys alone', async ({ user }) => {
  const first = await beat(user, 60, 0, { a: 1, b: { x: [1, 2], y: 0 } });
  assert.is((await beat(user, 60, 1, { b: { y: 0, x: [1, 2] }, a: 1 })).id, first.id);
  const pairs: [object, object][] = [
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: true }, { a: 1 }],
    [{ a: null }, {}],
    [{ a: '\u00e9' }, { a: 'e\u0301' }],
  ];
  for (const [i, [one, other]] of pairs.entries()) {
    const at = 1000 * (i + 1);
    assert.is.not((await beat(user, 60, at, one)).id, (await beat(user, 60, at + 1, other)).id);
  }
});

heartbeats('case 46: one inside the event never shortens it', async ({ user }) => {
  const [last] = await stored(user, [E(0, 100, { a: 1 })]);
  for (const [at, duration, expected] of [
    [10, 5, 100],
    [10, 200, 210],
    [0, 0, 210],
    [10, -50, 210],
  ] as const) {
    assert.equal(await beat(user, 60, at, { a: 1 }, duration), { ...last, duration: expected });
  }
  assert.is(await counted(user), 1);
});

heartbeats('case 47: pulsetime is a finite number, the body one event, the bucket there', async ({ user }) => {
  const one = E(0, 0, { a: 1 });
  expectFailure(await user.post('/buckets/b/heartbeat', one));
  for (const pulsetime of ['', 'abc', 'inf', 'Infinity', 'nan', '1e10', '0x10', '1e400', '%2060']) {
    expectFailure(await user.post(`/buckets/b/heartbeat?pulsetime=${pulsetime}`, one));
  }
  assert.is(await counted(user), 0);
  for (const pulsetime of ['1e1', '60', '60.0', '0.5', '.5', '5.', '%2B5', '-1']) {
    assert.is((await user.post(`/buckets/b/heartbeat?pulsetime=${pulsetime}&other=x`, one)).status, 200, pulsetime);
  }
  expectFailure(await user.post('/buckets/b/heartbeat?pulsetime=1', [one]), 422);
  expectFailure(await user.post('/buckets/nope/heartbeat?pulsetime=1', one), 404);
  expectFailure(await user.get('/buckets/nope'), 404);
});

heartbeats('case 48: pulsetime 0 takes what touches, a negative one what overlaps', async ({ user }) => {
  const [last] = await stored(user, [E(0, 10, { a: 1 })]);
  assert.equal(await beat(user, 0, 10, { a: 1 }, 5), { ...last, duration: 15 });
  assert.is.not((await beat(user, 0, '2020-01-01T00:00:15.000001Z', { a: 1 }, 5)).id, last.id);

  expectEmpty(await user.delete('/buckets/b'));
  expectEmpty(await user.post('/buckets/b', B));
  const [other] = await stored(user, [E(0, 20, { a: 1 })]);
  assert.equal(await beat(user, -2, 17, { a: 1 }), other);
  assert.is.not((await beat(user, -2, 19, { a: 1 })).id, other.id);
});

heartbeats('case 49: one out of order is an event of its own', async ({ user }) => {
  const before = [await beat(user, 5, 0, { a: 1 }), await beat(user, 5, 100, { a: 1 })];
  const late = await beat(user, 5, 50, { a: 1 });
  assert.equal(await listed(user), [before[1], late, before[0]]);
});

heartbeats('case 50: and is what the next is compared with', async ({ user }) => {
  for (const at of [0, 100, 50]) await beat(user, 5, at, { a: 1 });
  const next = await beat(user, 5, 101, { a: 1 });
  assert.is(await counted(user), 4);
  assert.equal(await beat(user, 5, 102, { a: 1 }), { ...next, duration: 1 });
});

heartbeats('case 51: older times are filled in behind newer ones, until a post empties the slot', async ({ user }) => {
  const newest = await beat(user, 5, '2024-01-01T00:00:00Z', { a: 1 });
  const back = await beat(user, 5, 0, { a: 1 });
  await beat(user, 5, 3, { a: 1 });
  assert.equal(await beat(user, 5, 6, { a: 1 }), { ...back, duration: 6 });
  assert.is(await counted(user), 2);
  await stored(user, [{ timestamp: '2019-01-01T00:00:00Z', duration: 0, data: { a: 1 } }]);
  assert.equal(await beat(user, 5, '2024-01-01T00:00:02Z', { a: 1 }), { ...newest, duration: 2 });
});

heartbeats('case 51: an empty post does not empty the slot', async ({ user }) => {
  await beat(user, 5, '2024-01-01T00:00:00Z', { a: 1 });
  const back = await beat(user, 5, 0, { a: 1 });
  await stored(user, []);
  assert.equal(await beat(user, 5, 3, { a: 1 }), { ...back, duration: 3 });
});

heartbeats("case 52: the answer is what is stored, whatever the beat's own id", async ({ user }) => {
  const first = await beat(user, 60, 0, { a: 1 });
  const reply = await user.post('/buckets/b/heartbeat?pulsetime=60', { ...E(7.5, 0, { a: 1 }), id: 77777 });
  assert.is(reply.json.id, first.id);
  expectSeconds(reply.json.duration, 7.5);
  assert.equal(await listed(user), [reply.json]);
});

heartbeats('case 53: after the last event or the whole bucket has gone they begin anew', async ({ user }) => {
  const first = await beat(user, 60, 0, { a: 1 });
  expectEmpty(await user.delete(`/buckets/b/events/${first.id}`));
  const second = await beat(user, 60, 1, { a: 1 });
  assert.is.not(second.id, first.id);
  assert.is(second.duration, 0);
  expectEmpty(await user.delete('/buckets/b'));
  expectEmpty(await user.post('/buckets/b', B));
  assert.is((await beat(user, 60, 2, { a: 1 })).duration, 0);
});

heartbeats('case 54: twenty at once make one event', async ({ user }) => {
  const beats = await Promise.all(Array.from({ length: 20 }, () => beat(user, 60, 0, { a: 1 })));
  assert.is(new Set(beats.map((event) => event.id)).size, 1);
  assert.is(await counted(user), 1);
});

heartbeats('case 55: the shape of the Python client is taken', async ({ user }) => {
  const reply = await user.post(
    '/buckets/b/heartbeat?pulsetime=60',
    '{"id":null,"timestamp":"2020-01-01T00:00:00.123000+00:00","duration":0.0,"data":{}}',
  );
  assert.is(reply.status, 200);
  assert.is(reply.json.timestamp, '2020-01-01T00:00:00.123Z');
});

heartbeats.run();
