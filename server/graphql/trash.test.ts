/** What a sync deletes is in the trash, can be listed and put back, and is deleted with its bucket (spec/sync 4.7). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  at,
  bucketWith,
  failing,
  newDevice,
  sent,
  type SentEvent,
  type TestDevice,
} from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { driverOf } from '../storage/database.ts';

const DAY_MS = 86_400_000;

type Scene = { server: TestServer; user: TestUser; device: TestDevice; now: number };
const trash = suite<Scene>('the trash');
trash.before(async (scene) => {
  scene.now = Date.now();
  scene.server = await openTestServer(() => new Date(scene.now));
});
trash.before.each(async (scene) => {
  scene.now = Date.now();
  scene.user = await scene.server.newUser();
  scene.device = await newDevice(scene.user);
});

type Listed = { id: string; timestamp: string; duration: number; data: unknown; trashedAt: string };
type Trash = {
  trash: { edges: { node: Listed; cursor: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  trashCount: number;
  trashedLastDay: number;
};
const trashOf = async (user: TestUser, args = '(first: 100)'): Promise<Trash> =>
  (
    await user.graphql<{ bucket: Trash }>(
      `{ bucket(id: "window") { trashCount trashedLastDay
        trash${args} { edges { node { id timestamp duration data trashedAt } cursor }
        pageInfo { hasNextPage endCursor } } } }`,
    )
  ).bucket;
const listed = async (user: TestUser) =>
  (await trashOf(user)).trash.edges.map(({ node: { timestamp, duration, data } }) => [timestamp, duration, data]);

/** The events of the bucket: starts, durations and data, newest first. */
const held = async (user: TestUser) =>
  (
    await user.graphql<{ bucket: { events: { edges: { node: Omit<Listed, 'trashedAt'> }[] } } }>(
      '{ bucket(id: "window") { events(first: 5000) { edges { node { id timestamp duration data } } } } }',
    )
  ).bucket.events.edges.map(({ node: { timestamp, duration, data } }) => [timestamp, duration, data]);

/** Deletes source ids like a device that no longer has them. */
const drop = async (user: TestUser, device: TestDevice, ...sourceIds: number[]): Promise<number> => {
  const { bucket } = await user.graphql<{ bucket: { sources: { sourceId: string; hash: string }[] } }>(
    `{ bucket(id: "window") { sources(day: "${at(0).slice(0, 10)}") { sourceId hash } } }`,
  );
  const deletes = bucket.sources.filter(({ sourceId }) => sourceIds.includes(Number(sourceId)));
  return (await device.push(bucketWith([], { deletes })))[0]!.deleted;
};

const restore = async (user: TestUser, input: Record<string, unknown> = {}) =>
  (
    await user.graphql<{ restoreEvents: { restored: number; present: number; refused: number } }>(
      'mutation ($input: RestoreEventsInput!) { restoreEvents(input: $input) { restored present refused } }',
      { input: { publicBucketId: 'window', ...input } },
    )
  ).restoreEvents;

trash('takes what a push deletes, whole, and says when; an edit is none', async ({ user, device, now }) => {
  const odd = { title: 'NUL \u0000 and half \ud800', n: 1.5 };
  await device.push(bucketWith([sent(1, 0, 1.25, odd), sent(2, 60), sent(3, 120)]));
  await device.push(bucketWith([sent(2, 61, 2, { app: 'edited' })]));
  assert.equal((await trashOf(user)).trash.edges, []);
  assert.is(await drop(user, device, 1, 3), 2);
  assert.equal(await listed(user), [
    [at(120), 1, { app: 'vim' }],
    [at(0), 1.25, odd],
  ]);
  const { trash: page, trashCount, trashedLastDay } = await trashOf(user);
  assert.equal([trashCount, trashedLastDay], [2, 2]);
  assert.equal(
    page.edges.map(({ node }) => Date.parse(node.trashedAt)),
    [now, now],
  );
  assert.is(await drop(user, device, 1), 0, 'what is gone does not go again');
});

trash('does not take what is deleted by the APIs, nor a row that is another by now', async ({ user, device }) => {
  await device.push(bucketWith([sent(1, 0)]));
  assert.is((await device.push(bucketWith([], { deletes: [{ sourceId: '1', hash: '7' }] })))[0]!.deleted, 0);
  await user.graphql(
    'mutation { createBucket(input: { bucketId: "own", type: "t", client: "c", hostname: "h" }) { wasCreated } }',
  );
  const { insertEvents } = await user.graphql<{ insertEvents: { events: { id: string }[] } }>(
    `mutation { insertEvents(input: { publicBucketId: "own", events: [{ timestamp: "${at(0)}", data: {} }] }) {
      events { id } } }`,
  );
  await user.graphql(
    `mutation { deleteEvent(input: { publicBucketId: "own", id: "${insertEvents.events[0]!.id}" }) { wasDeleted } }`,
  );
  const { buckets } = await user.graphql<{ buckets: { id: string; trashCount: number }[] }>(
    '{ buckets { id trashCount } }',
  );
  assert.equal(buckets, [
    { id: 'window', trashCount: 0 },
    { id: 'own', trashCount: 0 },
  ]);
});

trash('is listed in pages, each behind the one before, also among equal starts', async ({ user, device }) => {
  const events = Array.from({ length: 25 }, (_, i) => sent(i + 1, Math.floor(i / 10), i % 3, { n: i }));
  await device.push(bucketWith(events));
  assert.is(await drop(user, device, ...events.map((_, i) => i + 1)), 25);
  const all = await listed(user);
  const paged: unknown[] = [];
  for (let after: string | null = null; ; ) {
    const { trash: page }: Trash = await trashOf(user, `(first: 4${after === null ? '' : `, after: "${after}"`})`);
    paged.push(...page.edges.map(({ node: { timestamp, duration, data } }) => [timestamp, duration, data]));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor;
  }
  assert.equal([paged.length, paged], [25, all]);
});

trash(
  'gives back all, or those that are named, as nobody’s and under new ids; twice is as once',
  async ({ user, device }) => {
    await device.push(bucketWith([sent(1, 0), sent(2, 60), sent(3, 120)]));
    const before = await held(user);
    await drop(user, device, 1, 2, 3);
    assert.equal(await held(user), []);
    const { trash: page } = await trashOf(user);
    assert.equal(await restore(user, { eventIds: [page.edges[1]!.node.id, '999999999'] }), {
      restored: 1,
      present: 0,
      refused: 0,
    });
    assert.equal(await held(user), [before[1]]);
    assert.equal(await listed(user), [before[0], before[2]]);
    assert.equal(await restore(user), { restored: 2, present: 0, refused: 0 });
    assert.equal([await held(user), await listed(user)], [before, []]);
    assert.equal(await restore(user), { restored: 0, present: 0, refused: 0 });
    assert.equal(await held(user), before);
    assert.is((await trashOf(user)).trashedLastDay, 0, 'what is back is not gone');
    // A device that sends it again adopts it, and it is never there twice.
    assert.equal(
      (await device.push(bucketWith([sent(11, 0), sent(12, 60), sent(13, 120)]))).map(({ inserted, unchanged }) => [
        inserted,
        unchanged,
      ]),
      [[0, 3]],
    );
    assert.equal(await held(user), before);
  },
);

/** What was deleted, what exists by now, and the result of putting back: [start, duration, title]. */
type Drafted = readonly [start: number, duration: number, title: string];
const KEYS: readonly {
  what: string;
  gone: readonly Drafted[];
  there: readonly Drafted[];
  told: readonly [restored: number, present: number];
  left: number;
  more: readonly Drafted[];
}[] = [
  { what: 'an equal one is there', gone: [[0, 5, 'a']], there: [[0, 5, 'a']], told: [0, 1], left: 0, more: [] },
  { what: 'a longer one is there', gone: [[0, 5, 'a']], there: [[0, 9, 'a']], told: [0, 1], left: 0, more: [] },
  {
    what: 'a shorter one is there: it is not doubled, and the longer is not lost',
    gone: [[0, 5, 'a']],
    there: [[0, 2, 'a']],
    told: [0, 1],
    left: 1,
    more: [],
  },
  { what: 'another is there', gone: [[0, 5, 'a']], there: [[0, 5, 'b']], told: [1, 0], left: 0, more: [[0, 5, 'a']] },
  {
    what: 'one of two twins is there',
    gone: [
      [0, 5, 'a'],
      [0, 5, 'a'],
    ],
    there: [[0, 5, 'a']],
    told: [1, 1],
    left: 0,
    more: [[0, 5, 'a']],
  },
  {
    what: 'the same start within a millisecond is there',
    gone: [[0.0001, 5, 'a']],
    there: [[0.0009, 5, 'a']],
    told: [0, 1],
    left: 0,
    more: [],
  },
];
for (const { what, gone, there, told, left, more } of KEYS) {
  trash(`does not add what is there by key: ${what}`, async ({ user, device }) => {
    const asSent =
      (first: number) =>
      (drafted: Drafted, i: number): SentEvent => {
        const [start, duration, title] = drafted;
        return {
          ...sent(first + i, 0, duration, { title }),
          timestamp: new Date(Date.parse(at(0)) + Math.floor(start) * 1000)
            .toISOString()
            .replace('000Z', `${String(start * 1e6).padStart(6, '0')}Z`),
        };
      };
    await device.push(bucketWith(gone.map(asSent(1))));
    await drop(user, device, ...gone.map((_, i) => i + 1));
    await device.push(bucketWith(there.map(asSent(50))));
    const before = await held(user);
    assert.equal(await restore(user), { restored: told[0], present: told[1], refused: 0 });
    assert.is((await listed(user)).length, left);
    const after = await held(user);
    assert.is(after.length, before.length + more.length);
    for (const [, duration, title] of more)
      assert.ok(after.some((event) => event[1] === duration && (event[2] as { title: string }).title === title));
  });
}

trash('puts back slice by slice, whole instants, and ends', async ({ server, user, device }) => {
  const events = Array.from({ length: 4500 }, (_, i) => sent(i + 1, Math.floor(i / 900), 1, { n: i % 800 }));
  await device.push(bucketWith(events));
  const before = await held(user);
  await driverOf(server.database).script(`with gone as (delete from events where account = ${user.account} returning *)
    insert into trashed_events (account, bucket, id, timestamp, duration_ns, value, trashed_at)
      select account, bucket, id, timestamp, duration_ns, value, now() from gone`);
  assert.equal(await restore(user), { restored: 4500, present: 0, refused: 0 });
  const order = (list: unknown[]) => list.map((event) => JSON.stringify(event)).sort();
  assert.equal(order(await held(user)), order(before));
});

trash('tells what went in the last 24 hours by the server’s clock, and forgets after 30 days', async (scene) => {
  const { server, user, device } = scene;
  await device.push(bucketWith([sent(1, 0), sent(2, 60)]));
  await drop(user, device, 1);
  scene.now += DAY_MS + 1000;
  await drop(user, device, 2);
  assert.equal([(await trashOf(user)).trashCount, (await trashOf(user)).trashedLastDay], [2, 1]);
  const stop = new AbortController().signal;
  scene.now += 29 * DAY_MS - 1000;
  await server.resolvers.trash.sweep(stop);
  assert.is((await trashOf(user)).trashCount, 2);
  scene.now += 2000;
  assert.ok((await server.resolvers.trash.sweep(stop)) >= 1);
  assert.equal(await listed(user), [[at(60), 1, { app: 'vim' }]]);
});

trash('is swept a piece at a time, and goes on where a sweep was cut short', async (scene) => {
  const { server, user, device } = scene;
  await device.push(bucketWith([sent(1, 0)]));
  await driverOf(
    server.database,
  ).script(`insert into trashed_events (account, bucket, id, timestamp, duration_ns, value, trashed_at)
    select account, number, -n, now(), 0, 1, now() - interval '31 days' from buckets, generate_series(1, 5000) n
      where account = ${user.account}`);
  assert.is(await server.resolvers.trash.sweep(AbortSignal.abort()), 0);
  assert.is((await trashOf(user)).trashCount, 5000);
  assert.ok((await server.resolvers.trash.sweep(new AbortController().signal)) >= 5000);
  assert.is((await trashOf(user)).trashCount, 0);
});

trash('goes with its bucket at once, and is nobody else’s', async ({ server, user, device }) => {
  await device.push(bucketWith([sent(1, 0)]));
  await drop(user, device, 1);
  const other = await server.newUser();
  await failing('NOT_FOUND', restore(other));
  await failing('NOT_FOUND', restore(user, { publicBucketId: 'no such bucket' }));
  await failing('MALFORMED', restore(user, { eventIds: ['one'] }));
  await failing('TOO_LARGE', restore(user, { eventIds: Array.from({ length: 5001 }, (_, i) => String(i)) }));
  assert.is((await trashOf(user)).trashCount, 1);
  await user.graphql('mutation { deleteBucket(input: { id: "window" }) { id } }');
  await device.push(bucketWith([sent(1, 0)]));
  assert.is((await trashOf(user)).trashCount, 0);
});

trash.run();
