/** Two writers never deadlock: everybody takes the account's lock first (server/storage/database.ts). */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Database } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { bucketWith, newDevice, register, sent, type TestDevice } from '../support/pushing.ts';
import { textsOf } from '../support/statements.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { serverOn, type TestServer, type TestUser } from '../support/test-server.ts';
import { until } from '../support/until.ts';

type Scene = { url: string; database: Database; server: TestServer; by: pg.Client; user: TestUser; device: TestDevice };
const locks = suite<Scene>('locks');

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client(url);
  await client.connect();
  return client;
};

locks.before.each(async (scene) => {
  scene.url = await newPostgresUrl();
  scene.database = await openDatabase(scene.url);
  await migrate(scene.database);
  scene.server = serverOn(scene.database);
  scene.by = await connect(scene.url);
  scene.user = await scene.server.newUser();
  scene.device = await newDevice(scene.user);
  await scene.device.push(bucketWith([sent(1, 0)]));
});
locks.after.each(async ({ database, by }) => {
  await by.end();
  await database.close();
});

const rest = async (user: TestUser, method: string, path: string, body?: unknown): Promise<string> => {
  const headers = { 'content-type': 'application/json' };
  const response = await user.fetch(`/api/0${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${text}`);
  return text;
};
const event = (seconds: number) => ({
  timestamp: new Date(seconds * 1000).toISOString(),
  duration: 1,
  data: { app: 'vim' },
});

/**
 * Everything that writes events or buckets, over a bucket `b` of no device with two events, and the device's own
 * `window`.
 */
const WRITERS: Record<string, (scene: Scene & { eventId: number }) => Promise<unknown>> = {
  'a heartbeat that is an event': ({ user }) => rest(user, 'POST', '/buckets/b/heartbeat?pulsetime=1', event(900)),
  'a heartbeat that grows one': ({ user }) => rest(user, 'POST', '/buckets/b/heartbeat?pulsetime=5', event(202)),
  'a heartbeat that changes nothing': ({ user }) => rest(user, 'POST', '/buckets/b/heartbeat?pulsetime=5', event(200)),
  'an insert': ({ user }) => rest(user, 'POST', '/buckets/b/events', [event(300)]),
  'a deletion': ({ user, eventId }) => rest(user, 'DELETE', `/buckets/b/events/${eventId}`),
  'the deletion of a bucket': ({ user }) => rest(user, 'DELETE', '/buckets/b'),
  'a bucket that is new': ({ user }) => rest(user, 'POST', '/buckets/new', { type: 't', client: 'c', hostname: 'h' }),
  'a push': ({ device }) => device.push(bucketWith([sent(2, 10)])),
  'a push of what is there': ({ device }) => device.push(bucketWith([sent(1, 0)])),
  'a push that begins a bucket': ({ device }) => device.push(bucketWith([sent(1, 0)], { bucketId: 'new' })),
  'a push that begins an epoch': ({ device }) => device.push(bucketWith([sent(1, 0)], { epoch: 2 })),
  'a registration': ({ user, device }) =>
    register(user, { deviceId: device.id, hostname: 'renamed', pass: 2, nonce: 'n' }),
};

const waiters = async ({ by }: Scene): Promise<number> =>
  (
    await by.query(
      `select count(*)::int as count from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock'`,
    )
  ).rows[0].count;

if (testEngine() === 'postgres') {
  // the embedded engine has one connection, so there are no two writers
  for (const [name, write] of Object.entries(WRITERS)) {
    locks(`${name} waits for the account before it holds a device or a bucket`, async (scene) => {
      const { user, by, url } = scene;
      await rest(user, 'POST', '/buckets/b', { type: 't', client: 'c', hostname: 'h' });
      await rest(user, 'POST', '/buckets/b/events', [event(100), event(200)]);
      const [, older] = JSON.parse(await rest(user, 'GET', '/buckets/b/events')) as { id: number }[];
      const holder = await connect(url);
      await holder.query('begin');
      await holder.query('select from users where account = $1 for no key update', [user.account]);
      let done = false;
      const writing = write({ ...scene, eventId: older!.id }).finally(() => (done = true));
      writing.catch(() => {});
      try {
        await until('it waits for the account', async () => {
          assert.not.ok(done, 'it took no lock of the account');
          return (await waiters(scene)) > 0;
        });
        await by.query('select from devices where account = $1 for update nowait', [user.account]);
        await by.query('select from buckets where account = $1 for update nowait', [user.account]);
      } finally {
        await holder.end();
      }
      await writing;
    });
  }

  locks(
    'writes to an account that somebody holds wait with one connection, and others are written to',
    async (scene) => {
      const { user, url, server } = scene;
      const others = [await server.newUser(), await server.newUser()];
      for (const each of [user, ...others])
        await rest(each, 'POST', '/buckets/b', { type: 't', client: 'c', hostname: 'h' });
      const holder = await connect(url);
      await holder.query('begin');
      await holder.query('select from users where account = $1 for no key update', [user.account]);
      const write = (each: TestUser, n: number) => rest(each, 'POST', '/buckets/b/events', [event(100 + n)]);
      let done = 0;
      // More than those who write have connections.
      const waiting = Array.from({ length: 20 }, async (_, n) => {
        await write(user, n);
        done++;
      });
      try {
        await until('the first waits for the account', async () => (await waiters(scene)) > 0);
        for (const each of others) await Promise.all([0, 1, 2].map((n) => write(each, n)));
        assert.is(await waiters(scene), 1);
        assert.is(done, 0);
      } finally {
        await holder.end();
      }
      await Promise.all(waiting);
      assert.is(JSON.parse(await rest(user, 'GET', '/buckets/b/events/count')), 20);
    },
  );

  locks(
    'a push into a bucket that somebody makes at this moment, and another into it, wait for each other in one order',
    async (scene) => {
      const { user, url, by, device, server } = scene;
      const other = await openDatabase(url);
      // Waits before the first lock of a bucket, until the test continues it.
      const prototype = pg.Client.prototype as unknown as { query: (...args: any[]) => any };
      const original = prototype.query;
      let reached = () => {};
      let goOn = () => {};
      const standing = new Promise<void>((resolve) => (reached = resolve));
      const gate = new Promise<void>((resolve) => (goOn = resolve));
      let gated = false;
      prototype.query = function (this: pg.Client, ...args: any[]) {
        if (gated || !textsOf(args[0]).some((text) => /from buckets[\s\S]*for update/.test(text)))
          return original.apply(this, args);
        gated = true;
        reached();
        return gate.then(() => original.apply(this, args));
      };
      try {
        // Another connection creates the bucket, and has not committed.
        const maker = await connect(url);
        await maker.query('begin');
        await maker.query('select from users where account = $1 for no key update', [user.account]);
        const { rows } = await maker.query(
          `
        insert into buckets (account, number, device_uuid, bucket_id, public_id, bucket_type, client, hostname)
        select account, 1000, id, 'new', 'new', 't', 'c', 'h' from devices where device_id = $1 returning id`,
          [device.id],
        );
        const first = device.push(bucketWith([sent(1, 0)], { bucketId: 'new' }));
        await until('the push waits for it', async () => (await waiters(scene)) === 1);
        await maker.query('commit');
        await maker.end();
        await standing;
        // Now another one, as another process would.
        const second = rest(
          { ...user, fetch: (path, init) => asOther(server, other, user, path, init) } as TestUser,
          'POST',
          '/buckets/new/heartbeat?pulsetime=1',
          event(5),
        );
        await until('the other waits for the first', async () => (await waiters(scene)) === 1);
        goOn();
        const [[result]] = await Promise.all([first, second]);
        assert.is(result!.error, null, JSON.stringify(result));
        assert.ok(rows[0].id);
      } finally {
        prototype.query = original;
        goOn();
        await other.close();
      }
      const { rows } = await by.query('select deadlocks::int from pg_stat_database where datname = current_database()');
      assert.is(rows[0].deadlocks, 0);
    },
  );

  locks('several servers that start at once on an empty database make one key between them', async () => {
    const url = await newPostgresUrl();
    const databases = await Promise.all(Array.from({ length: 6 }, () => openDatabase(url)));
    try {
      await Promise.all(databases.map((database) => migrate(database)));
      const made = await Promise.allSettled(
        databases.map((database) => serverOn(database).resolvers.accounts.firstKey()),
      );
      assert.equal(
        made.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : [])),
        [],
      );
      assert.is(made.filter((one) => one.status === 'fulfilled' && one.value !== null).length, 1);
      const keys = await serverOn(databases[0]!).resolvers.accounts.listKeys();
      assert.is(keys.length, 1);
    } finally {
      for (const database of databases) await database.close();
    }
  });

  locks('several keys for one new address make one user', async ({ url, server }) => {
    const other = await openDatabase(url);
    const made = await Promise.allSettled(
      [server, serverOn(other)].flatMap(({ resolvers }) =>
        [1, 2, 3].map(() => resolvers.accounts.createKey({ email: 'new@example.org', name: 'k' })),
      ),
    );
    await other.close();
    assert.equal(
      made.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : [])),
      [],
    );
    assert.is(made.filter((one) => one.status === 'fulfilled' && one.value.userCreated).length, 1);
  });
}

const asOther = (
  server: TestServer,
  database: Database,
  { key }: TestUser,
  path: string,
  init: RequestInit = {},
): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${key}`);
  return Promise.resolve(serverOn(database, server.deps.now).app.fetch(`http://kt.test${path}`, { ...init, headers }));
};

locks.run();
