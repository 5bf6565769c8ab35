/** Whatever is written, facts brought up to date are those that would be made from nothing. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDay } from '../../../domain/day.ts';
import { bucketWith, newDevice, sent, type TestDevice } from '../../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../../test/support/test-server.ts';
import { driverOf, run } from '../../storage/database.ts';
import * as rows from '../../storage/day-facts.ts';
import { computeSome, noValues } from './compute-days.ts';
import { makeKeepFacts } from './keep-facts.ts';

const keeping = suite<{ server: TestServer }>('facts that are kept');
keeping.before(async (scene) => {
  scene.server = await openTestServer();
});

const never = new AbortController().signal;
/** `at` of test/support/pushing.ts counts seconds from 09:00 of this day. */
const MORNING = parseDay('2024-05-31')!;
const [FIRST, LAST] = [MORNING - 4, MORNING + 6];

type Shown = { scope: string; day: number; kind: number; packed: string };
const factsOf = ({ server }: { server: TestServer }, account: number): Promise<Shown[]> =>
  driverOf(server.database).rows(
    `select scope::text, day, kind, encode(packed, 'hex') as packed from day_facts where account = ${account}
      and packed <> '' order by scope, day, kind`,
  );
const marksOf = ({ server }: { server: TestServer }, account: number): Promise<{ mark: string }[]> =>
  driverOf(server.database).rows(
    `select (scope = '${rows.UNION}')::text || ' ' || (day - ${MORNING}) as mark from fact_marks
      where account = ${account} order by 1`,
  );
const NONE = [MORNING, MORNING + 1].map((day) => ({
  day,
  facts: { devices: [], union: [], overlap: new Uint8Array() },
}));
/** How many rows of an account were written to a table during some work, for which this held then. */
const counting = async (
  { server }: { server: TestServer },
  table: string,
  condition: string,
  account: number,
  work: () => Promise<void>,
): Promise<number> => {
  const { script, rows: read } = driverOf(server.database);
  await script(`create table written_${account} (n int);
    create function note_${account}() returns trigger language plpgsql as $$ begin
      if new.account = ${account} and new.${condition} then insert into written_${account} values (1); end if;
      return new;
    end $$;
    create trigger note_${account} after insert or update on ${table} for each row execute function note_${account}()`);
  try {
    await work();
    const [found] = await read<{ count: number }>(`select count(*)::int as count from written_${account}`);
    return found!.count;
  } finally {
    await script(`drop function note_${account}() cascade; drop table written_${account}`);
  }
};
const dropAll = ({ server }: { server: TestServer }, account: number): Promise<void> =>
  driverOf(server.database).script(`delete from day_facts where account = ${account}`);

const post = async (user: TestUser, method: string, path: string, body?: unknown): Promise<any> => {
  const response = await user.fetch(`/api/0/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
};
const apps = ['vim', 'web', 'mail'];
const timestamp = (seconds: number): string => sent(0, seconds).timestamp;

/** What may be done to an account: each step with two numbers, whose meaning is its own. */
type Doer = { user: TestUser; device: TestDevice; byHand: number[] };
const STEPS: Readonly<Record<string, (on: Doer, a: number, b: number) => Promise<unknown>>> = {
  push: ({ device }, a, b) => device.push(bucketWith([sent(b % 5, a, b, { app: apps[b % 3] })])),
  afk: ({ device }, a, b) =>
    device.push(
      bucketWith([sent(b % 3, a, b * 3, { status: b % 2 ? 'afk' : 'not-afk' })], {
        bucketId: 'afk',
        type: 'afkstatus',
      }),
    ),
  beat: ({ user }, a, b) =>
    post(user, 'POST', `buckets/hand/heartbeat?pulsetime=${b}`, {
      timestamp: timestamp(a),
      duration: b % 7,
      data: { app: apps[b % 2] },
    }),
  insert: async ({ user, byHand }, a, b) => {
    const event = { timestamp: timestamp(a), duration: b, data: { app: apps[b % 3] } };
    const stored = await post(user, 'POST', 'buckets/hand/events', [event]);
    if (Array.isArray(stored)) byHand.push(stored[0].id);
  },
  edit: ({ user, byHand }, a, b) => {
    const id = byHand[b % Math.max(byHand.length, 1)];
    if (id === undefined) return Promise.resolve();
    return post(user, 'POST', 'buckets/hand/events', [
      { id, timestamp: timestamp(a), duration: b, data: { app: 'x' } },
    ]);
  },
  remove: ({ user, byHand }, _a, b) => {
    const [id] = byHand.splice(b % Math.max(byHand.length, 1), 1);
    return id === undefined ? Promise.resolve() : post(user, 'DELETE', `buckets/hand/events/${id}`);
  },
  long: ({ device }, a) => device.push(bucketWith([sent(9, a - 90 * 86_400, 100 * 86_400, { app: 'long' })])),
  import: ({ user }, a, b) => {
    const events = [{ timestamp: timestamp(a), duration: b, data: { app: 'imported' } }];
    const facts = { id: 'file', type: 'currentwindow', client: 'c', hostname: 'other', created: timestamp(0) };
    return post(user, 'POST', 'import', { buckets: { file: { ...facts, events } } });
  },
  deleteBucket: ({ user }, _a, b) => post(user, 'DELETE', `buckets/${['afk', 'hand', 'file'][b % 3]}?force=1`),
  byHand: ({ user }) => post(user, 'POST', 'buckets/hand', { type: 'currentwindow', client: 'c', hostname: 'server' }),
  settings: ({ user }, _a, b) => post(user, 'POST', 'settings/include_audible', b % 2 === 0),
};

const someSteps = fc.array(
  fc.tuple(
    // Pushes most of all: what is moved and what is deleted has to have been there.
    fc.constantFrom('push', 'push', 'push', 'deleteBucket', ...Object.keys(STEPS)),
    // Around two midnights, and anywhere else on some days.
    fc.oneof(
      fc.integer({ min: 15 * 3600 - 20, max: 15 * 3600 + 20 }),
      fc.integer({ min: -9 * 3600 - 20, max: -9 * 3600 + 20 }),
      fc.integer({ min: -86_400, max: 2 * 86_400 }),
      fc.constantFrom(0, 86_400, 2 * 86_400),
    ),
    fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 90_000 })),
    fc.integer({ min: 0, max: 3 }),
  ),
  { minLength: 3, maxLength: 14 },
);

keeping('are those that would be made from nothing, after anything that was done', async (scene) => {
  const { server } = scene;
  const keep = makeKeepFacts(server.deps);
  await fc.assert(
    fc.asyncProperty(someSteps, async (steps) => {
      const user = await server.newUser();
      const on: Doer = { user, device: await newDevice(user), byHand: [] };
      await STEPS['byHand']!(on, 0, 0);
      for (const [name, a, b, looks] of steps) {
        await STEPS[name]!(on, a, b);
        // Facts are brought up to date at some times, so that what is written next makes them stale.
        if (looks > 0) await keep.freshen(user.account, FIRST, LAST, never);
      }
      assert.is((await keep.freshen(user.account, FIRST, LAST, never)).missing, 0);
      const kept = await factsOf(scene, user.account);
      await dropAll(scene, user.account);
      await keep.freshen(user.account, FIRST, LAST, never);
      assert.equal(kept, await factsOf(scene, user.account));
    }),
    {
      numRuns: 6,
      endOnFailure: true,
      // What chance meets rarely: an event that moves away, and one that goes with its bucket.
      examples: [
        [
          [
            ['push', 0, 60, 1],
            ['push', 2 * 86_400, 60, 1],
          ],
        ],
        [
          [
            ['insert', 0, 61, 1],
            ['deleteBucket', 0, 1, 1],
          ],
        ],
      ],
    },
  );
});

keeping('are marked for the days that an event touched before and touches now, in both scopes', async (scene) => {
  const user = await scene.server.newUser();
  const device = await newDevice(user);
  const keep = makeKeepFacts(scene.server.deps);
  const marked = async () => (await marksOf(scene, user.account)).map(({ mark }) => mark);
  const push = (start: number, duration: number) => device.push(bucketWith([sent(1, start, duration)]));
  await push(0, 3600);
  assert.equal(await marked(), ['false 0', 'true 0']);
  await keep.freshen(user.account, FIRST, LAST, never);
  assert.equal(await marked(), []);
  await push(0, 3600);
  assert.equal(await marked(), [], 'nothing changed');
  await push(0, 86_400);
  assert.equal(await marked(), ['false 0', 'false 1', 'true 0', 'true 1']);
  await keep.freshen(user.account, FIRST, LAST, never);
  await push(0, 60);
  assert.equal(await marked(), ['false 0', 'false 1', 'true 0', 'true 1'], 'the next day is without it now');
  await keep.freshen(user.account, FIRST, LAST, never);
  await push(15 * 3600 + 3, 60);
  assert.equal(await marked(), ['false 0', 'false 1', 'true 0', 'true 1'], 'near enough to close a gap at midnight');
});

keeping('are computed in the background once they have waited, until then not', async (scene) => {
  const { server } = scene;
  const user = await server.newUser();
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0, 60), sent(2, 3 * 86_400, 60)]));
  const keep = makeKeepFacts(server.deps);
  await keep.tend(never);
  assert.is((await marksOf(scene, user.account)).length, 4);
  for (let rounds = 0; rounds < 200 && (await marksOf(scene, user.account)).length > 0; rounds++)
    await keep.tend(never, 0);
  assert.equal(await marksOf(scene, user.account), []);
  assert.ok((await factsOf(scene, user.account)).length > 0);
});

keeping('stay marked when somebody writes while they are computed', async (scene) => {
  const { server } = scene;
  const { database } = server;
  const user = await server.newUser();
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0, 60)]));
  const claim = (await run(database, (tx) => rows.claim(tx, user.account, [MORNING])))!;
  await device.push(bucketWith([sent(2, 100, 60)]));
  const facts = { devices: [], union: [], overlap: new Uint8Array() };
  const store = (by: rows.Claim) => run(database, (tx) => rows.store(tx, user.account, by, [{ day: MORNING, facts }]));
  assert.equal(await store(claim), [MORNING]);
  assert.equal((await marksOf(scene, user.account)).length, 2, 'both scopes wait still');
  const second = (await run(database, (tx) => rows.claim(tx, user.account, [MORNING])))!;
  assert.equal(await store(claim), [], 'somebody else has it');
  assert.equal(await store(second), [MORNING]);
  assert.equal(await marksOf(scene, user.account), []);
});

keeping('are computed once, however many processes are asked at the same moment', async (scene) => {
  const { server } = scene;
  const user = await server.newUser();
  const device = await newDevice(user);
  await device.push(bucketWith([-1, 0, 1].map((day) => sent(day + 2, day * 86_400, 60))));
  // They know nothing of each other, as two processes do.
  const keepers = [makeKeepFacts(server.deps), makeKeepFacts(server.deps), makeKeepFacts(server.deps)];
  const claims = await counting(scene, 'fact_marks', 'claim is not null', user.account, async () => {
    for (const { missing } of await Promise.all(keepers.map((keep) => keep.freshen(user.account, FIRST, LAST, never))))
      assert.is(missing, 0);
  });
  assert.is(claims, 3, 'each day was claimed by one of them');
  assert.equal(await marksOf(scene, user.account), []);
});

keeping('are left to who computes them, until it gives up or is too old', async (scene) => {
  const { server } = scene;
  const { database } = server;
  const user = await server.newUser();
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0, 60), sent(2, 86_400, 60)]));
  const days = [MORNING, MORNING + 1];
  const claim = async (): Promise<rows.Claim> => {
    const claimed = await run(database, (tx) => rows.claim(tx, user.account, days));
    assert.ok(claimed);
    return claimed!;
  };
  const first = await claim();
  assert.equal(first.days, days);
  assert.equal((await claim()).days, [], 'somebody has them');
  await device.push(bucketWith([sent(3, 100, 60)]));
  const second = await claim();
  assert.equal(second.days, [MORNING], 'somebody wrote: what is computed of it is out of date');
  await run(database, (tx) => rows.giveUp(tx, user.account, first));
  assert.equal((await claim()).days, [MORNING + 1]);
  assert.equal((await claim()).days, []);
  // By the clock of the database: a token begins with the ms at which it was drawn.
  await driverOf(database).script(
    `update fact_marks set claim = (lpad(to_hex(('x' || left(replace(claim::text, '-', ''), 12))::bit(48)::bigint
      - ${rows.CLAIM_MS}), 12, '0') || repeat('7', 20))::uuid where account = ${user.account} and claim is not null`,
  );
  const third = await claim();
  assert.equal(third.days, days, 'whoever had them may be dead');
  assert.equal(await run(database, (tx) => rows.store(tx, user.account, second, NONE)), []);
  assert.equal(await run(database, (tx) => rows.store(tx, user.account, third, NONE)), days);
});

keeping('are given up by who is not waited for any more, and computed by the next', async (scene) => {
  const { server } = scene;
  const user = await server.newUser();
  await (await newDevice(user)).push(bucketWith([sent(1, 0, 60)]));
  const gone = new AbortController();
  gone.abort();
  const { tried, done } = await computeSome(server.database, user.account, [MORNING], gone.signal, noValues());
  assert.equal([tried, done], [[MORNING], 0]);
  const claim = await run(server.database, (tx) => rows.claim(tx, user.account, [MORNING]));
  assert.equal(claim?.days, [MORNING]);
});

keeping('of an account are gone with it', async (scene) => {
  const { server } = scene;
  const user = await server.newUser();
  await (await newDevice(user)).push(bucketWith([sent(1, 0, 60)]));
  await makeKeepFacts(server.deps).freshen(user.account, FIRST, LAST, never);
  const { id } = await server.resolvers.accountRemoval.accountContents({ email: user.email });
  await server.resolvers.accountRemoval.deleteAccount({ email: user.email, id });
  assert.equal([await factsOf(scene, user.account), await marksOf(scene, user.account)], [[], []]);
});

keeping.run();
