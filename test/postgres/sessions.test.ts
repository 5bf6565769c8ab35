/** Session settings of servers, databases and roles have no effect on ours (cases 06, 07 and 11). */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { run, transaction, type Database, type Tx } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { makeProcesses } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { serverOn } from '../support/test-server.ts';

type Scene = { admin: pg.Client; url: string; role: string };
const sessions = suite<Scene>('sessions of PostgreSQL');

/** A role of its own in a new database, without rights on `public`. */
sessions.before.each(async (scene) => {
  const url = await newPostgresUrl();
  scene.admin = new pg.Client(url);
  await scene.admin.connect();
  scene.role = `ktu_${randomUUID().slice(0, 8)}`;
  await scene.admin.query(`create role ${scene.role} login password 'x'; revoke create on schema public from public`);
  const own = new URL(url);
  own.username = scene.role;
  own.password = 'x';
  scene.url = own.toString();
});
sessions.after.each(async ({ admin, role }) => {
  await admin.query(`drop owned by ${role} cascade; drop role ${role}`);
  await admin.end();
});

const withParameter = (url: string, name: string, value: string): string => {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed.toString();
};

/** The schemas that hold our tables, after creating a bucket and sending heartbeats through the APIs. */
const used = async (url: string, admin: pg.Client): Promise<string[]> => {
  const database = await openDatabase(url);
  try {
    await migrate(database);
    await works(database);
  } finally {
    await database.close();
  }
  const { rows } = await admin.query(
    `select distinct schemaname from pg_tables where tablename in ('_prisma_migrations', 'users', 'api_keys', 'devices',
      'buckets', 'events', 'deleted_events', 'settings', 'instance')`,
  );
  return rows.map(({ schemaname }) => schemaname);
};

const works = async (database: Database): Promise<void> => {
  const user = await serverOn(database).newUser();
  await user.graphql(
    'mutation { createBucket(input: { bucketId: "b", type: "t", client: "c", hostname: "h" }) { wasCreated } }',
  );
  const before = Date.now();
  const beats = await Promise.all(
    Array.from({ length: 12 }, () =>
      user.fetch('/api/0/buckets/b/heartbeat?pulsetime=5', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"timestamp":"2024-01-01T00:00:00Z","duration":0,"data":{"title":"ß 🦆"}}',
      }),
    ),
  );
  assert.equal(
    beats.map(({ status }) => status),
    Array(12).fill(200),
  );
  const { viewer } = await user.graphql<{
    viewer: {
      createdAt: string;
      devices: { buckets: { events: { edges: { node: { timestamp: string; data: unknown } }[] } }[] }[];
    };
  }>('{ viewer { createdAt devices { buckets { events { edges { node { timestamp data } } } } } } }');
  assert.ok(
    Math.abs(Date.parse(viewer.createdAt) - before) < 3_600_000,
    `made at ${viewer.createdAt}, in no other zone`,
  );
  const [event, ...others] = viewer.devices.flatMap(({ buckets }) => buckets).flatMap(({ events }) => events.edges);
  assert.is(others.length, 0);
  assert.is(Date.parse(event!.node.timestamp), Date.UTC(2024, 0, 1));
  assert.equal(event!.node.data, { title: 'ß 🦆' });
};

const refused = async (opening: Promise<Database>): Promise<string> => {
  try {
    await (await opening).close();
  } catch (error) {
    assert.ok(isKtError(error, 'invalid'), String(error));
    assert.not.match(error.message, /\n/);
    return error.message;
  }
  return assert.unreachable('it was opened') as never;
};

/** How long a statement may take where sessions are in a hurry, in ms. */
const HURRY = 250;

/** Where the tables are created, depending on the role, the database and the URL. */
const SCHEMAS: [name: string, schema: string, prepare: (scene: Scene) => Promise<string>][] = [
  [
    'the schema of the role’s name, which PostgreSQL itself puts first',
    'role',
    async ({ admin, role, url }) => {
      await admin.query(`create schema ${role} authorization ${role}`);
      return url;
    },
  ],
  [
    'the search path that the role has',
    'kt app',
    async ({ admin, role, url }) => {
      await admin.query(
        `create schema "kt app" authorization ${role}; alter role ${role} set search_path = nowhere, "kt app", public`,
      );
      return url;
    },
  ],
  [
    'the search path in the URL’s options',
    'ktapp',
    async ({ admin, role, url }) => {
      await admin.query(`create schema ktapp authorization ${role}`);
      return withParameter(url, 'options', '-c search_path=ktapp');
    },
  ],
  [
    '?schema= in the URL',
    'ktapp',
    async ({ admin, role, url }) => {
      await admin.query(`create schema ktapp authorization ${role}; create schema ${role} authorization ${role}`);
      return withParameter(url, 'schema', 'ktapp');
    },
  ],
  [
    '?schema= of one that is to be made',
    'Kt x-1',
    async ({ admin, role, url }) => {
      await admin.query(
        `do $$ begin execute format('grant create on database %I to ${role}', current_database()); end $$`,
      );
      return withParameter(url, 'schema', 'Kt x-1');
    },
  ],
  [
    'where the tables are, though the role has a schema of its own since',
    'public',
    async ({ admin, role, url }) => {
      await admin.query(`grant create on schema public to ${role}`);
      const before = await openDatabase(url);
      await migrate(before);
      await before.close();
      await admin.query(`create schema ${role} authorization ${role}`);
      return url;
    },
  ],
];

if (testEngine() === 'postgres') {
  // the embedded engine has one database, one role, one schema
  for (const [name, schema, prepare] of SCHEMAS) {
    sessions(`all tables are made, written and read in one schema: ${name}`, async (scene) => {
      const url = await prepare(scene);
      assert.equal(await used(url, scene.admin), [schema === 'role' ? scene.role : schema]);
      // Again, on another start.
      assert.equal(await used(url, scene.admin), [schema === 'role' ? scene.role : schema]);
    });
  }

  sessions(
    'a role that may make tables nowhere is told what to do, and the start ends with one line',
    async ({ url, role }) => {
      assert.match(
        await refused(openDatabase(url)),
        new RegExp(`${role}.*CREATE SCHEMA "${role}" AUTHORIZATION "${role}".*schema=`),
      );
      assert.match(await refused(openDatabase(withParameter(url, 'schema', 'missing'))), /missing.*CREATE SCHEMA/);
      assert.match(await refused(openDatabase(withParameter(url, 'schema', 'a".b'))), /quotation marks/);
      const processes = makeProcesses();
      try {
        const { code, stderr } = await processes.server([
          '--data-dir',
          processes.folder(),
          '--port',
          '0',
          '--database-url',
          url,
        ]).ended;
        assert.is(code, 2);
        assert.match(stderr, /^kt-server: the role .+$/m);
        assert.not.match(stderr, /\n +at /);
      } finally {
        await processes.close();
      }
    },
  );

  for (const [name, settings] of Object.entries({
    serializable: [`default_transaction_isolation = 'serializable'`],
    'repeatable read': [`default_transaction_isolation = 'repeatable read'`],
    'of another zone, calendar and alphabet': [
      `timezone = 'Asia/Kathmandu'`,
      `datestyle = 'SQL, DMY'`,
      `client_encoding = 'LATIN1'`,
      `bytea_output = 'escape'`,
      'extra_float_digits = 0',
    ],
    // The first statement of a session is under it.
    'in a hurry': [`statement_timeout = ${HURRY}`, 'jit = on', 'enable_bitmapscan = on'],
  })) {
    sessions(
      `a database whose sessions are ${name} takes twelve heartbeats at once, and each is right`,
      async ({ admin, role, url }) => {
        await admin.query(`grant create on schema public to ${role}`);
        for (const setting of settings)
          await admin.query(
            `do $$ begin execute format('alter database %I set ${setting.replaceAll("'", "''")}', ` +
              'current_database()); end $$',
          );
        assert.equal(await used(url, admin), ['public']);
        const database = await openDatabase(url);
        const longer = (tx: Tx) => tx.$executeRaw`select pg_sleep(${(2 * HURRY) / 1_000}::float8)`;
        await Promise.all([run(database, longer), transaction(database, longer)]).finally(() => database.close());
      },
    );
  }

  sessions('are gone from the server once the database is closed', async ({ admin, role, url }) => {
    await admin.query(`grant create on schema public to ${role}`);
    const database = await openDatabase(url);
    await Promise.all(Array.from({ length: 10 }, () => run(database, (tx) => tx.$executeRaw`select pg_sleep(0.05)`)));
    const open = async () =>
      (await admin.query('select from pg_stat_activity where usename = $1', [role])).rowCount ?? 0;
    assert.ok((await open()) > 3);
    await database.close();
    assert.is(await open(), 0);
  });

  sessions('a database that is not UTF8 is refused, with how to make one that is', async ({ admin, role, url }) => {
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      const name = `kt_${randomUUID().replaceAll('-', '')}`;
      await admin.query(
        `create database ${name} encoding '${encoding}' lc_collate 'C' lc_ctype 'C' template template0 owner ${role}`,
      );
      const other = new URL(url);
      other.pathname = `/${name}`;
      assert.match(
        await refused(openDatabase(other.toString())),
        new RegExp(`${name} is in ${encoding}.*createdb --encoding=UTF8 --template=template0`),
      );
      await admin.query(`drop database ${name}`);
    }
  });
}

sessions.run();
