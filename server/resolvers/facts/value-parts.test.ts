/** Values are read once: by what is asked at the same time, and by what is asked next. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, newDevice, sent } from '../../../test/support/pushing.ts';
import { statementsOf } from '../../../test/support/statements.ts';
import { openTestServer, type TestServer } from '../../../test/support/test-server.ts';
import { driverOf } from '../../storage/database.ts';
import { makeValueParts, type Parts, type ValueParts } from './value-parts.ts';

const reading = suite<{ server: TestServer }>('what values say');
reading.before(async (scene) => {
  scene.server = await openTestServer();
});

const never = new AbortController().signal;

/** An account with `count` values: the numbers of those. */
const withValues = async ({ server }: { server: TestServer }, count: number) => {
  const user = await server.newUser();
  const device = await newDevice(user);
  const events = Array.from({ length: count }, (_, i) => sent(i + 1, i, 1, { app: 'a', title: `title ${i}` }));
  await device.push(bucketWith(events));
  const rows = await driverOf(server.database).rows<{ value: number }>(
    `select distinct value from events where account = ${user.account} order by value`,
  );
  assert.is(rows.length, count);
  return { account: user.account, values: rows.map(({ value }) => value) };
};
const learnt = async (parts: ValueParts, account: number, values: readonly number[]) => {
  const found = new Map<number, Parts>();
  await parts.learn(account, values, (value, told) => found.set(value, told), never);
  return found;
};

reading('asks the database for a value once, at the same time and later', async (scene) => {
  const { account, values } = await withValues(scene, 5);
  const parts = makeValueParts(scene.server);
  const statements = (work: () => Promise<unknown>) => statementsOf(work);
  const alone = await statements(() => learnt(makeValueParts(scene.server), account, values));
  assert.ok(alone > 0);
  assert.is(await statements(() => Promise.all([1, 2, 3].map(() => learnt(parts, account, values)))), alone);
  assert.is(await statements(() => learnt(parts, account, values)), 0);
  const found = await learnt(parts, account, [...values, 1_000_000]);
  assert.equal([...found.keys()], values);
  assert.equal(found.get(values[0]!), { app: 'a', title: found.get(values[0]!)!.title, domain: null, url: null });
  assert.equal(
    [...found.values()].map(({ title }) => title).sort(),
    [0, 1, 2, 3, 4].map((i) => `title ${i}`),
  );
});

reading('tells nothing of another account’s values, nor of those that are gone', async (scene) => {
  const one = await withValues(scene, 2);
  const other = await withValues(scene, 1);
  const parts = makeValueParts(scene.server);
  await learnt(parts, one.account, one.values);
  assert.equal([...(await learnt(parts, other.account, [...one.values, ...other.values])).values()].length, 1);
});

reading('lets others have their turn after 4,000 values, and loses none among those that are gone', async (scene) => {
  const { account, values } = await withValues(scene, 5_000);
  const gone = Array.from({ length: 9_000 }, (_, n) => 1_000_000 + n);
  const asked = [...values.slice(0, 100), ...gone, ...values.slice(100), ...gone];
  let [turn, most] = [0, 0];
  let others: NodeJS.Immediate;
  const next = () => {
    turn = 0;
    others = setImmediate(next);
  };
  next();
  const found = new Set<number>();
  const tell = (value: number) => {
    found.add(value);
    most = Math.max(most, ++turn);
  };
  await makeValueParts(scene.server).learn(account, asked, tell, never);
  clearImmediate(others!);
  assert.is(found.size, values.length);
  assert.ok(most <= 4_000, String(most));
});

reading('stops where it is called off, and goes on for others after a failure', async (scene) => {
  const { account, values } = await withValues(scene, 3);
  const parts = makeValueParts(scene.server);
  const off = new AbortController();
  off.abort();
  await parts.learn(account, values, () => assert.unreachable(), off.signal);
  const failing = parts.learn(
    account,
    values,
    () => {
      throw new Error('no more');
    },
    never,
  );
  const next = learnt(parts, account, values);
  await failing.then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'no more'),
  );
  assert.is((await next).size, 3);
});

reading.run();
