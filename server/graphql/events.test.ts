import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at, bucketWith, failing, newDevice, sent } from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const events = suite<{ server: TestServer; user: TestUser }>('GraphQL events');
events.before(async (scene) => {
  scene.server = await openTestServer();
});
events.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  await scene.user.graphql(
    'mutation { createBucket(input: { bucketId: "b", type: "t", client: "c", hostname: "h" }) { wasCreated } }',
  );
});

type Event = { id: string; timestamp: string; duration: number; data: unknown };
type Input = { id?: string; timestamp: string; duration?: number; data: unknown };

const insert = async (user: TestUser, inputs: Input[], bucketId = 'b'): Promise<Event[]> =>
  (
    await user.graphql<any>(
      'mutation ($input: InsertEventsInput!) { insertEvents(input: $input) { events { id timestamp duration data } } }',
      { input: { publicBucketId: bucketId, events: inputs } },
    )
  ).insertEvents.events;
const beat = async (user: TestUser, event: Input, pulsetime: number, bucketId = 'b'): Promise<Event> =>
  (
    await user.graphql<any>(
      'mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { event { id timestamp duration data } } }',
      { input: { publicBucketId: bucketId, pulsetime, event } },
    )
  ).heartbeat.event;
const remove = async (user: TestUser, id: string, bucketId = 'b'): Promise<boolean> =>
  (
    await user.graphql<any>('mutation ($input: DeleteEventInput!) { deleteEvent(input: $input) { wasDeleted } }', {
      input: { publicBucketId: bucketId, id },
    })
  ).deleteEvent.wasDeleted;
const list = async (user: TestUser, bucketId = 'b'): Promise<Event[]> =>
  (
    await user.graphql<any>(
      'query ($id: ID!) { bucket(id: $id) { events { edges { node { id timestamp duration data } } } } }',
      { id: bucketId },
    )
  ).bucket.events.edges.map((edge: any) => edge.node);
const event = (seconds: number, duration = 0, data: unknown = { a: 1 }): Input => ({
  timestamp: at(seconds),
  duration,
  data,
});
/** A bucket whose one row a device owns, and that row. */
const owned = async (user: TestUser): Promise<Event> => {
  await (await newDevice(user)).push(bucketWith([sent(1, 0, 5)]));
  return (await list(user, 'window'))[0]!;
};

events('are stored as they are, without merging, and answered in the order given', async ({ user }) => {
  const given = [event(10, 1.5), event(0, -2), event(10, 1.5), event(5, 0, { title: '\u0000 \ud83d 😀', n: 1e21 })];
  const stored = await insert(user, given);
  assert.equal(
    stored.map(({ id: _id, ...facts }) => facts),
    given,
  );
  assert.is(new Set(stored.map(({ id }) => id)).size, 4);
  assert.equal(
    (await list(user)).map(({ id }) => id),
    [stored[0]!.id, stored[2]!.id, stored[3]!.id, stored[1]!.id],
  );
});

events('keep microseconds, drop what is finer, and read any offset', async ({ user }) => {
  const [stored] = await insert(user, [
    { timestamp: '1969-12-31T23:59:59.123456999+00:00', duration: 0.000000001, data: {} },
  ]);
  assert.is(stored!.timestamp, '1969-12-31T23:59:59.123456Z');
  assert.is(stored!.duration, 1e-9);
  assert.is((await insert(user, [{ timestamp: '2024-05-31T11:00:00+02:00', data: {} }]))[0]!.timestamp, at(0));
});

events('with the id of a row of their bucket replace it, and any other id is not kept', async ({ user }) => {
  const [first] = await insert(user, [event(0)]);
  const [replaced, other] = await insert(user, [
    { ...event(9, 3, { b: 2 }), id: first!.id },
    { ...event(1), id: '9007199254740993' },
  ]);
  assert.equal(replaced, { ...event(9, 3, { b: 2 }), id: first!.id });
  assert.is.not(other!.id, '9007199254740993');
  assert.is((await list(user)).length, 2);
});

events('are all stored or none, and one of the wrong shape is told as such', async ({ user }) => {
  const wrong: [string, Input[]][] = [
    ['MALFORMED', [event(0), event(1, 0, [1])]],
    ['MALFORMED', [event(0), { ...event(1), id: '-1' }]],
    ['MALFORMED', [event(0), { ...event(1), id: '9223372036854775808' }]],
    ['MALFORMED', [event(0), { ...event(1), id: '9'.repeat(1000) }]],
    ['MALFORMED', [event(0), event(1, 1e300)]],
    ['MALFORMED', [event(0), event(1, 9.2e9)]],
    ['MALFORMED', [event(0), { ...event(1), timestamp: '2024-05-31T09:00:00' }]],
    ['MALFORMED', [event(0), { ...event(1), timestamp: '2300-01-01T00:00:00Z' }]],
  ];
  for (const [code, inputs] of wrong) await failing(code, insert(user, inputs));
  assert.equal(await list(user), []);
  for (const work of [
    () => insert(user, [event(0)], 'nobody'),
    () => remove(user, '1', 'nobody'),
    () => beat(user, event(0), 1, 'nobody'),
  ])
    await failing('NOT_FOUND', work());
});

events('are deleted once', async ({ user }) => {
  const [one, two] = await insert(user, [event(0), event(0)]);
  assert.is(await remove(user, one!.id), true);
  assert.is(await remove(user, one!.id), false);
  assert.equal(
    (await list(user)).map(({ id }) => id),
    [two!.id],
  );
  for (const id of ['0', '-1', '9007199254740993']) assert.is(await remove(user, id), false, id);
  for (const id of ['abc', '']) await failing('INVALID', remove(user, id));
  await failing('MALFORMED', remove(user, '99999999999999999999'));
});

events('of a device are only the device’s to change', async ({ user }) => {
  const row = await owned(user);
  for (const work of [
    () => remove(user, row.id, 'window'),
    () => insert(user, [{ ...event(0), id: row.id }], 'window'),
  ]) {
    const { message } = await failing('CONFLICT', work());
    assert.match(message, /laptop.*change it there/);
  }
  assert.equal(await list(user, 'window'), [row]);
});

events('grow by heartbeats within the pulsetime, and begin anew beyond it', async ({ user }) => {
  const first = await beat(user, event(0), 5);
  assert.is((await beat(user, event(5), 5)).duration, 5);
  assert.equal(await beat(user, event(8, 1), 5), { ...first, duration: 9 });
  assert.equal(await beat(user, event(3), 5), { ...first, duration: 9 }, 'one inside never shortens it');
  const late = await beat(user, event(14.001), 5);
  const other = await beat(user, event(14.002, 0, { a: 2 }), 5);
  assert.is(new Set([first.id, late.id, other.id]).size, 3);
  assert.equal(
    (await list(user)).map(({ duration }) => duration),
    [0, 0, 9],
  );
});

events(
  'of a device neither grow by a heartbeat nor are replaced by one, nor get others beside them',
  async ({ user }) => {
    const row = await owned(user);
    for (const work of [
      () => beat(user, { ...event(1, 0, row.data), id: row.id }, 60, 'window'),
      () => insert(user, [{ ...event(0), id: row.id }, event(1)], 'window'),
    ]) {
      assert.match((await failing('CONFLICT', work())).message, /laptop.*record it there/);
    }
    assert.equal(await list(user, 'window'), [row]);
  },
);

events('refuse a pulsetime that is no number of seconds', async ({ user }) => {
  for (const pulsetime of [1e10, -1e10]) await failing('INVALID', beat(user, event(0), pulsetime));
  assert.equal(await list(user), []);
});

events('beaten many times at once are one event', async ({ user }) => {
  const beats = await Promise.all(Array.from({ length: 8 }, () => beat(user, event(1), 5)));
  assert.is(new Set(beats.map(({ id }) => id)).size, 1);
  assert.is((await list(user)).length, 1);
});

events.run();
