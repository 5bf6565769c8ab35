import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestServer, type TestServer } from '../../test/support/test-server.ts';
import { until } from '../../test/support/until.ts';
import { lockAccount, takeRevision } from './changes.ts';
import { driverOf, portOf, tellingOf, toldOnce, transaction } from './database.ts';
import { makeTelling, tellAfterCommit } from './telling.ts';

const telling = suite<{ server: TestServer }>('telling of changes');
telling.before(async (scene) => {
  scene.server = await openTestServer();
});

/** As long as numbers of accounts get. */
const account = (number: number): number => 1_000_000_000 + number;
/** What another process reads of messages. */
const readAll = (messages: readonly string[]): number[] => {
  const other = makeTelling(null);
  return messages.flatMap((message) => [...other.read(message)]);
};

telling('others are told of everything since the last time, in one message, and of each account once', async () => {
  const sent: string[] = [];
  let release = () => {};
  const own = makeTelling(async (message) => {
    sent.push(message);
    await new Promise<void>((resolve) => (release = resolve));
  });
  for (let commit = 0; commit < 200; commit++) own.tell([account(commit % 7)]);
  assert.is(sent.length, 1, 'the first at once');
  release();
  await until('the rest is sent', () => sent.length === 2);
  release();
  assert.equal(readAll(sent).sort(), [0, 0, 1, 2, 3, 4, 5, 6].map(account));
  await own.close();
  assert.is(sent.length, 2);
});

telling('a message is shorter than 8,000 bytes, however many accounts moved', async () => {
  const sent: string[] = [];
  const own = makeTelling(async (message) => void sent.push(message));
  const accounts = Array.from({ length: 1_000 }, (_, number) => account(number));
  own.tell(accounts);
  await own.close();
  assert.ok(sent.length > 1 && sent.every((message) => Buffer.byteLength(message) < 8_000));
  assert.equal(readAll(sent), accounts);
});

telling('this process hears at once, and not a second time of itself', async () => {
  const sent: string[] = [];
  const own = makeTelling(async (message) => void sent.push(message));
  const heard: number[] = [];
  const deafen = own.hear((accounts) => heard.push(...accounts));
  own.tell([account(1)]);
  assert.equal(heard, [account(1)]);
  assert.equal(own.read(sent[0]!), []);
  deafen();
  own.tell([account(2)]);
  assert.equal(heard, [account(1)]);
  await own.close();
});

telling('a message that can not be sent hurts nobody, and what is still due goes out at the end', async () => {
  const sent: string[] = [];
  const own = makeTelling(async (message) => {
    sent.push(message);
    throw new Error('gone');
  });
  own.tell([account(1)]);
  own.tell([account(2)]);
  await own.close();
  assert.equal(readAll(sent), [account(1), account(2)]);
});

telling(
  'whoever takes a revision, or locks an account to write, tells of it once it is committed',
  async ({ server }) => {
    const { database } = server;
    const { account: mine } = await server.newUser();
    const heard: number[] = [];
    const deafen = tellingOf(database).hear((accounts) => heard.push(...accounts.filter((one) => one === mine)));
    const times = (): number => heard.splice(0).length;
    await transaction(database, async (tx) => {
      await takeRevision(tx, mine);
      await takeRevision(tx, mine);
      assert.is(times(), 0);
    });
    assert.is(times(), 1);
    await transaction(database, (tx) => lockAccount(tx, mine));
    assert.is(times(), 1);
    let tries = 0;
    await transaction(database, async (tx) => {
      await lockAccount(tx, mine);
      if (++tries < 3)
        await tx.$executeRawUnsafe(`do $$ begin raise exception 'conflict' using errcode = '40001'; end $$`);
    });
    assert.equal([tries, times()], [3, 1]);
    await transaction(database, async (tx) => {
      await takeRevision(tx, mine);
      throw new Error('no');
    }).catch(() => {});
    assert.is(times(), 0, 'what was rolled back is no news');
    await portOf(database).transactionally(async (on) => {
      await on.statement('test-told', 'select 13 as thirteen');
      tellAfterCommit(on, mine);
      assert.is(times(), 0);
    });
    assert.is(times(), 1);
    await toldOnce(database, async () => {
      for (let slice = 0; slice < 5; slice++) await transaction(database, (tx) => takeRevision(tx, mine));
      assert.is(times(), 0);
    });
    assert.is(times(), 1);
    deafen();
  },
);

telling('where there is no other process nothing is sent', ({ server }) => {
  assert.is(driverOf(server.database).send === undefined, server.database.engine === 'pglite');
});

telling.run();
