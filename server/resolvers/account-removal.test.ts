import { AsyncLocalStorage } from 'node:async_hooks';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { portOf, prismaOf } from '../storage/database.ts';
import { makeAccountRemoval } from './account-removal.ts';

const removal = suite<{ server: TestServer }>('an account that is deleted');
removal.before(async (scene) => {
  scene.server = await openTestServer();
});

const post = async (user: TestUser, path: string, body: unknown): Promise<number> => {
  const response = await user.fetch(`/api/0/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
};
const event = (i: number) => ({ timestamp: new Date(Date.UTC(2024, 0, 1) + i * 1000).toISOString(), data: {} });
const BUCKET = { client: 'c', type: 't', hostname: 'h' };

removal('is refused from the beginning, while others are answered', async ({ server }) => {
  const [user, other] = [await server.newUser(), await server.newUser()];
  await post(user, 'buckets/b', BUCKET);
  await post(
    user,
    'buckets/b/events',
    Array.from({ length: 4_000 }, (_, i) => event(i)),
  );
  await post(other, 'buckets/b', BUCKET);
  const order: string[] = [];
  const asking: Promise<unknown>[] = [];
  const deleting = new AsyncLocalStorage<{ parts: number }>();
  // Called once the keys are revoked, and at the end.
  const look = () => {
    for (const [who, each] of order.length + asking.length > 0
      ? []
      : ([
          ['other', other],
          ['own', user],
        ] as const))
      asking.push(
        deleting
          .exit(() => post(each, 'buckets/b/heartbeat?pulsetime=1', event(0)))
          .then((status) => order.push(`${who} ${status}`)),
      );
  };
  // However slow the answers are, they come in the middle: after its first part the deletion waits for them.
  const port = portOf(server.database) as { transactionally: (...args: any[]) => any };
  const { transactionally } = port;
  port.transactionally = async (...args) => {
    const at = asking.length > 0 ? deleting.getStore() : undefined;
    if (at && ++at.parts === 2) await Promise.all(asking);
    return transactionally.apply(port, args);
  };
  const { accountContents, deleteAccount } = makeAccountRemoval({
    ...server.deps,
    feed: { ...server.deps.feed, look },
  });
  const { id, events } = await accountContents({ email: user.email });
  assert.is(events, 4_000);
  const at = { parts: 0 };
  try {
    assert.equal(await deleting.run(at, () => deleteAccount({ email: user.email, id })), { events: 4_000 });
  } finally {
    port.transactionally = transactionally;
    deleting.disable();
  }
  assert.ok(at.parts > 2, 'there was more to delete');
  order.push('deleted');
  await Promise.all(asking);
  assert.equal([...order.slice(0, 2).sort(), ...order.slice(2)], ['other 200', 'own 401', 'deleted']);
  const { bucket, event: stored, eventValue } = prismaOf(server.database);
  const where = { account: user.account };
  assert.equal(
    [await bucket.count({ where }), await stored.count({ where }), await eventValue.count({ where })],
    [0, 0, 0],
  );
});

removal('goes in parts of 2,000 events, each in a transaction of its own', async ({ server }) => {
  const port = portOf(server.database) as { transactionally: (...args: any[]) => any };
  const { transactionally } = port;
  const transactionsFor = async (events: number): Promise<number> => {
    const user = await server.newUser();
    await post(user, 'buckets/b', BUCKET);
    await post(
      user,
      'buckets/b/events',
      Array.from({ length: events }, (_, i) => event(i)),
    );
    let count = 0;
    port.transactionally = (...args) => {
      count++;
      return transactionally.apply(port, args);
    };
    try {
      await server.resolvers.accountRemoval.deleteAccount({ email: user.email, id: user.userId });
    } finally {
      port.transactionally = transactionally;
    }
    return count;
  };
  const few = await transactionsFor(2_000);
  assert.is((await transactionsFor(12_000)) - few, 5);
});

removal('is gone with an import that was left in the middle', async ({ server }) => {
  const user = await server.newUser();
  const prisma = prismaOf(server.database);
  const { account } = user;
  const { id: importId } = await prisma.import.create({ data: { account, merging: false } });
  await prisma.importBucket.create({ data: { account, importId, number: 0, facts: {} } });
  await prisma.$executeRaw`insert into import_events (account, import_id, number, timestamp, place, duration_ns,
    content_hash, data)
    select ${account}::int, ${importId}::bigint, 0, now(), i, 0, 0, '{}' from generate_series(1, 5000) i`;
  await server.resolvers.accountRemoval.deleteAccount({ email: user.email, id: user.userId });
  assert.is(await prisma.import.count({ where: { account } }), 0);
  assert.is(await prisma.user.count({ where: { id: user.userId } }), 0);
});

removal('is the one that was shown, and not another that has its address by now', async ({ server }) => {
  const [user, other] = [await server.newUser(), await server.newUser()];
  try {
    await server.resolvers.accountRemoval.deleteAccount({ email: user.email, id: other.userId });
    assert.unreachable();
  } catch (error) {
    assert.ok(isKtError(error, 'conflict'), String(error));
  }
  assert.is(await post(user, 'buckets/b', BUCKET), 200);
});

removal.run();
