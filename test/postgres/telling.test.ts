/** Several processes on one PostgreSQL tell each other whose revision moved. */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prismaOf, type Database } from '../../server/storage/database.ts';
import { makeFeed } from '../../server/storage/feed.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { serverOn, type TestUser } from '../support/test-server.ts';
import { until } from '../support/until.ts';

type Scene = { url: string; one: Database; other: Database; listener: pg.Client; heard: string[] };
const telling = suite<Scene>('telling on PostgreSQL');

telling.before.each(async (scene) => {
  if (testEngine() !== 'postgres') return;
  scene.url = await newPostgresUrl();
  scene.one = await openDatabase(scene.url);
  await migrate(scene.one);
  scene.other = await openDatabase(scene.url);
  scene.heard = [];
  scene.listener = new pg.Client(scene.url);
  await scene.listener.connect();
  scene.listener.on('notification', ({ payload = '' }) => {
    if (!payload.startsWith('probe ')) scene.heard.push(payload);
  });
  await scene.listener.query('listen kt_revision');
});
telling.after.each(async ({ one, other, listener }) => {
  await listener?.end();
  await one?.close();
  await other?.close();
});

const beat = (user: TestUser, second: number) =>
  user.fetch('/api/0/buckets/b/heartbeat?pulsetime=0', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ timestamp: new Date(1_700_000_000_000 + second * 1000), duration: 0, data: { second } }),
  });
const withBucket = async (database: Database): Promise<TestUser> => {
  const user = await serverOn(database).newUser();
  const body = '{"type":"t","client":"c","hostname":"h"}';
  await user.fetch('/api/0/buckets/b', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return user;
};

if (testEngine() === 'postgres') {
  telling('many commits of several accounts are few messages, which name every account', async (scene) => {
    const { one, heard } = scene;
    const users = [await withBucket(one), await withBucket(one), await withBucket(one)];
    const revision = async (user: TestUser) =>
      (await prismaOf(one).user.findUniqueOrThrow({ where: { id: user.userId } })).revision;
    await until('the buckets are told', () =>
      users.every(({ account }) => new RegExp(` ${account}\\b`).test(heard.join())),
    );
    heard.length = 0;
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => beat(users[n % 3]!, n)));
    const windows = Math.ceil((performance.now() - began) / 50);
    assert.ok(answers.every(({ status }) => status === 200));
    for (const user of users) assert.ok((await revision(user)) > 0n);
    await until('all are told', () => users.every(({ account }) => new RegExp(` ${account}\\b`).test(heard.join())));
    // The database decides how long they take; a message of each window, and the one after it.
    assert.ok(heard.length <= windows + 2, `${heard.length} messages in ${windows} windows`);
    assert.ok(heard.every((message) => Buffer.byteLength(message) < 8_000));
  });

  telling('a subscriber of another process hears at once, and of its own process too', async ({ one, other }) => {
    const user = await withBucket(one);
    // Neither looks by itself in the time of a test.
    const feeds = [makeFeed(one, { lookEvery: 3_600_000 }), makeFeed(other, { lookEvery: 3_600_000 })];
    const readers = feeds.map((feed) => feed.watch(user.account));
    const first = await Promise.all(readers.map(async (reader) => (await reader.next()).value as bigint));
    await beat(user, 1);
    const next = await Promise.all(readers.map(async (reader) => (await reader.next()).value as bigint));
    assert.is(next[0], next[1]);
    assert.ok(next[0]! > first[0]!);
    await Promise.all(readers.map((reader) => reader.return(undefined)));
    await Promise.all(feeds.map((feed) => feed.close()));
  });

  telling(
    'a writer that ends before it told costs no more than the next look',
    async ({ url, other, listener, heard }) => {
      const before = await openDatabase(url);
      const user = await withBucket(before);
      // An account and a bucket may be two messages, 50 ms apart. After this one none is on its way.
      await before.close();
      await listener.query(`notify kt_revision, 'all of it'`);
      await until('that is told', () => heard.includes('all of it'));
      const feed = makeFeed(other, { lookEvery: 300 });
      const reader = feed.watch(user.account);
      const { value: first } = await reader.next();
      heard.length = 0;
      await listener.query('update users set revision = revision + 1 where account = $1', [user.account]);
      assert.is((await reader.next()).value, (first as bigint) + 1n);
      assert.equal(heard, [], 'nobody said so');
      await reader.return(undefined);
      await feed.close();
    },
  );

  telling('a process that closes sends what it has not told', async ({ url, heard }) => {
    const short = await openDatabase(url);
    const users = [await withBucket(short), await withBucket(short)];
    await short.close();
    await until('both are told', () => users.every(({ account }) => new RegExp(` ${account}\\b`).test(heard.join())));
  });
}

telling.run();
