import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  at,
  bucketWith,
  failing,
  INSTANTS,
  newDevice,
  sent,
  shownInstants,
  type ShownInstant,
} from '../../test/support/pushing.ts';
import { statementsOf } from '../../test/support/statements.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';

const changes = suite<{ server: TestServer; user: TestUser }>('GraphQL changes');
changes.before(async (scene) => {
  scene.server = await openTestServer();
});
changes.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
});

type Instant = ShownInstant & { bucket: string };
type Told = { accountId: string; revision: string; more: boolean };
type Changed = { bucket: { id: string; device: { hostname: string } }; instants: ShownInstant[] };
/** A page with its instants in one list, each with the id of its bucket. */
type Page = Told & { buckets: Changed['bucket'][]; instants: Instant[] };

type Args = { after?: string; first?: number; excludeDeviceId?: string };

const pageOf = async (user: TestUser, args: Args = {}): Promise<Told & { changedBuckets: Changed[] }> => {
  const { changes: page } = await user.graphql<any>(
    `query ($after: BigInt, $first: Int, $excludeDeviceId: ID) {
        changes(after: $after, first: $first, excludeDeviceId: $excludeDeviceId) {
          accountId revision more
          changedBuckets {
            bucket { id device { hostname } }
            instants ${INSTANTS}
          }
        }
      }`,
    args,
  );
  const shown = ({ bucket, instants }: any): Changed => ({ bucket, instants: shownInstants(instants) });
  return { ...page, changedBuckets: page.changedBuckets.map(shown) };
};

const since = async (user: TestUser, args: Args = {}): Promise<Page> => {
  const { changedBuckets, ...page } = await pageOf(user, args);
  return {
    ...page,
    buckets: changedBuckets.map(({ bucket }) => bucket),
    instants: changedBuckets.flatMap(({ bucket, instants }) => instants.map((one) => ({ bucket: bucket.id, ...one }))),
  };
};

changes('of an empty account are one page that says so', async ({ user }) => {
  assert.equal(await since(user), { accountId: user.userId, revision: '0', more: false, buckets: [], instants: [] });
});

changes(
  'list the instants something happened at, with all that starts there now and the facts of their buckets',
  async ({ user }) => {
    const device = await newDevice(user, 'laptop');
    await device.push(
      bucketWith([{ ...sent(1, 0, 5), timestamp: at(0).replace('Z', '.000900Z') }, sent(2, 0, 3), sent(3, 10)]),
      bucketWith([], { bucketId: 'empty' }),
    );
    const page = await since(user);
    assert.equal(page.buckets, [{ id: 'window', device: { hostname: 'laptop' } }]);
    assert.equal(
      page.instants.map((instant) => [
        instant.bucket,
        instant.at,
        instant.gone,
        instant.events.map(({ timestamp, duration }) => [timestamp, duration]),
      ]),
      [
        [
          'window',
          at(0),
          false,
          [
            [at(0), 3],
            [at(0).replace('Z', '.000900Z'), 5],
          ],
        ],
        ['window', at(10), false, [[at(10), 1]]],
      ],
    );
    assert.equal([page.more, (await since(user, { after: page.revision })).instants], [false, []]);
  },
);

changes('show an event that grew many times as one, and one that moved as gone where it was', async ({ user }) => {
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0, 1), sent(2, 5, 1)]));
  const { revision } = await since(user);
  for (const duration of [2, 3, 4]) await device.push(bucketWith([sent(1, 0, duration)]));
  await device.push(bucketWith([sent(2, 7, 1)]));
  const { instants } = await since(user, { after: revision });
  assert.equal(
    instants.map(({ at: when, gone, events }) => [when, gone, events.map(({ duration }) => duration)]),
    [
      [at(0), false, [4]],
      [at(5), true, []],
      [at(7), false, [1]],
    ],
  );
});

changes('tell of deletions and of edits by the APIs', async ({ user }) => {
  await user.graphql(
    'mutation { createBucket(input: { bucketId: "b", type: "t", client: "c", hostname: "h" }) { wasCreated } }',
  );
  const insert = (input: string) =>
    user.graphql<any>(
      `mutation { insertEvents(input: { publicBucketId: "b", events: [${input}] }) { events { id } } }`,
    );
  const { insertEvents } = await insert(
    `{ timestamp: "${at(0)}", data: {} }, { timestamp: "${at(1)}", duration: 1, data: {} }`,
  );
  const [one, two] = insertEvents.events.map((event: any) => event.id) as [string, string];
  const { revision } = await since(user);
  await user.graphql(`mutation { deleteEvent(input: { publicBucketId: "b", id: "${one}" }) { wasDeleted } }`);
  await insert(`{ id: "${two}", timestamp: "${at(1)}", duration: 9, data: {} }`);
  const grown = await since(user, { after: revision });
  assert.equal(
    grown.instants.map(({ at: when, gone }) => [when, gone]),
    [
      [at(0), true],
      [at(1), false],
    ],
    'growing is no deletion',
  );
  await insert(`{ id: "${two}", timestamp: "${at(1)}", duration: 9, data: { edited: true } }`);
  assert.equal(
    (await since(user, { after: grown.revision })).instants.map(({ at: when, gone, events }) => [
      when,
      gone,
      events.length,
    ]),
    [[at(1), true, 1]],
  );
});

changes('leave out the buckets of the device that asks', async ({ user }) => {
  const [one, two] = [await newDevice(user, 'one'), await newDevice(user, 'two')];
  await one.push(bucketWith([sent(1, 0)]));
  await two.push(bucketWith([sent(1, 1)]));
  assert.equal(
    (await since(user, { excludeDeviceId: two.id })).buckets.map(({ device }) => device.hostname),
    ['one'],
  );
  assert.equal(
    (await since(user, { excludeDeviceId: one.id })).instants.map(({ at: when }) => when),
    [at(1)],
  );
  assert.is((await since(user, { excludeDeviceId: 'nobody' })).instants.length, 2);
  const own = await since(user, { excludeDeviceId: one.id, after: (await since(user)).revision });
  assert.equal([own.instants, own.more], [[], false]);
});

changes('tell each bucket once, by one statement more however many they are', async ({ user }) => {
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0), sent(2, 10)]));
  const ofOne = await statementsOf(() => pageOf(user));
  const others = Array.from({ length: 9 }, (_, i) => bucketWith([sent(1, i), sent(2, 5)], { bucketId: `b${i}` }));
  await device.push(...others);
  await device.push(bucketWith([sent(3, 20)]));
  assert.is(await statementsOf(() => pageOf(user)), ofOne);
  const { changedBuckets } = await pageOf(user);
  assert.equal(
    new Map(changedBuckets.map(({ bucket, instants }) => [bucket.id, instants.map(({ at: when }) => when)])),
    new Map([
      ['window', [at(0), at(10), at(20)]],
      ...others.map(({ bucketId }, i): [string, string[]] => [bucketId, [...new Set([at(i), at(5)])].sort()]),
    ]),
  );
  assert.is(changedBuckets.length, 10);
  // Without its facts nothing is different.
  const { changes: bare } = await user.graphql<any>(`{ changes { changedBuckets { instants ${INSTANTS} } } }`);
  assert.equal(
    bare.changedBuckets.map(({ instants }: any) => shownInstants(instants)),
    changedBuckets.map(({ instants }) => instants),
  );
});

changes('come in pages that never split a revision, and following the cursor sees them all', async ({ user }) => {
  const device = await newDevice(user);
  for (const start of [0, 10, 20, 30]) await device.push(bucketWith([0, 1, 2].map((i) => sent(start + i, start + i))));
  const all = (await since(user)).instants.map(({ at: when }) => when);
  assert.is(all.length, 12);
  for (const first of [1, 2, 3, 4, 7, 12, 13]) {
    const seen: string[] = [];
    let after: string | undefined;
    for (let more = true, pages = 0; more; pages++) {
      assert.ok(pages < 20, 'it goes on');
      const page: Page = await since(user, after === undefined ? { first } : { first, after });
      assert.is(page.instants.length % 3, 0, 'a revision is whole');
      seen.push(...page.instants.map(({ at: when }) => when));
      ({ more, revision: after } = page);
    }
    assert.equal(seen, all, `pages of ${first}`);
  }
});

changes('name RESYNC_REQUIRED for a cursor ahead of the account, and say of none that it is none', async ({ user }) => {
  const { revision } = await since(user);
  await failing('RESYNC_REQUIRED', since(user, { after: String(BigInt(revision) + 1n) }));
  await failing('RESYNC_REQUIRED', since(user, { after: '9'.repeat(18) }));
  for (const after of ['-1', '9'.repeat(19)]) await failing('INVALID', since(user, { after }));
  for (const after of ['', 'abc', '1.5', '9'.repeat(41)]) await failing('MALFORMED', since(user, { after }));
  for (const first of [0, -1]) await failing('INVALID', since(user, { first }));
});

changes('take the account’s revision only when something was written', async ({ user }) => {
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0)], { pushCursor: { head: at(0) } }));
  const { revision } = await since(user);
  await device.push(bucketWith([sent(1, 0)], { pushCursor: { head: at(0) } }));
  assert.is((await since(user)).revision, revision);
  await device.push(bucketWith([sent(2, 1)]));
  assert.ok(BigInt((await since(user)).revision) > BigInt(revision));
});

changes.run();
