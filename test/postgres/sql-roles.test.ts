/** Roles that read the views: what they see is one account, whatever they try. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import type { Database } from '../../server/storage/database.ts';
import { migrate, readMigrations } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { GRANTED, VIEWS } from '../../server/storage/report/views.ts';
import { bucketWith, newDevice, sent } from '../support/pushing.ts';
import { openServerCli } from '../support/server-cli.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { serverOn, type TestServer, type TestUser } from '../support/test-server.ts';

type Scene = {
  admin: pg.Client;
  /** The server's own URL: a role that owns the database, and may make roles. */
  url: string;
  owner: string;
  database: Database;
  server: TestServer;
  anna: TestUser;
  ben: TestUser;
  made: string[];
};
const roles = suite<Scene>('roles that read the views');

/** A user with two events, the first with a title that is theirs alone. */
const userWith = async (server: TestServer, title: string): Promise<TestUser> => {
  const user = await server.newUser();
  const device = await newDevice(user);
  await device.push(bucketWith([sent(1, 0, 60, { app: 'vim', title }), sent(2, 60, 60, { app: 'web' })]));
  const headers = { 'content-type': 'application/json' };
  const { ok } = await user.fetch('/api/0/settings/secret', { method: 'POST', headers, body: '"a token"' });
  assert.ok(ok);
  return user;
};

roles.before(async (scene) => {
  const url = await newPostgresUrl();
  scene.admin = new pg.Client(url);
  await scene.admin.connect();
  scene.owner = `kto_${randomUUID().slice(0, 8)}`;
  scene.made = [];
  const { pathname } = new URL(url);
  await scene.admin.query(
    `create role ${scene.owner} login createrole password 'x';
      alter database ${pathname.slice(1)} owner to ${scene.owner}`,
  );
  const own = new URL(url);
  own.username = scene.owner;
  own.password = 'x';
  scene.url = own.toString();
  scene.database = await openDatabase(scene.url);
  await migrate(scene.database);
  scene.server = serverOn(scene.database);
  scene.anna = await userWith(scene.server, 'of anna');
  scene.ben = await userWith(scene.server, 'of ben');
});
roles.after(async ({ admin, database, made, owner }) => {
  await database.close();
  await admin.query(`alter database ${admin.database} owner to "${admin.user}"`);
  const { rows } = await admin.query<{ role: string }>(
    'select rolname::text as role from pg_roles where rolname = any($1)',
    [[...made, owner]],
  );
  for (const { role } of rows) await admin.query(`drop owned by "${role}" cascade; drop role "${role}"`);
  await admin.end();
});

const nameIn = ({ made }: Scene): string => {
  const name = `sql_${randomUUID().slice(0, 8)}`;
  made.push(name);
  return name;
};

/** Works as a role, by its own connection and password. */
const as = async <T>(
  { url }: Scene,
  role: string,
  password: string | null,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const own = new URL(url);
  own.username = role;
  own.password = password ?? '';
  const client = new pg.Client(own.toString());
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};
const admitted = async (scene: Scene, email: string | null): Promise<{ role: string; password: string | null }> => {
  const role = nameIn(scene);
  const { password } = await scene.server.resolvers.sqlRoles.admitRole({ role, email });
  return { role, password };
};
const refusal = async (work: Promise<unknown>, code: Parameters<typeof isKtError>[1]): Promise<string> => {
  try {
    await work;
  } catch (error) {
    assert.ok(isKtError(error, code), `${(error as Error).stack}`);
    return (error as Error).message;
  }
  return assert.unreachable('it was not refused') as never;
};

roles('see one account in every view and every table, and nothing of another', async (scene) => {
  const { role, password } = await admitted(scene, scene.anna.email);
  await as(scene, role, password, async (client) => {
    for (const { name } of VIEWS) {
      const { rows } = await client.query(`select * from report.${name}`);
      if (name !== 'daily') assert.ok(rows.length > 0, name);
      assert.equal(
        rows.filter(({ email }) => email !== scene.anna.email),
        [],
      );
      const others = await client.query(`select from report.${name} where email = $1`, [scene.ben.email]);
      assert.is(others.rowCount, 0, name);
    }
    for (const [table, columns] of Object.entries(GRANTED)) {
      const { rows } = await client.query(`select ${columns.join(', ')} from public.${table}`);
      assert.equal(
        rows.filter(({ account }) => account !== scene.anna.account),
        [],
        table,
      );
    }
    const { rows } = await client.query(`select "start", "end", seconds, data from report.events order by "start"`);
    assert.equal(
      rows.map(({ data, seconds }) => [seconds, data]),
      [
        [60, { app: 'vim', title: 'of anna' }],
        [60, { app: 'web' }],
      ],
    );
    assert.equal(rows[0].end, rows[1].start);
  });
});

roles('can not look past their rows by a function, by statistics, or as another role', async (scene) => {
  const { role, password } = await admitted(scene, scene.anna.email);
  await scene.admin.query('analyze');
  await as(scene, role, password, async (client) => {
    const told: string[] = [];
    client.on('notice', ({ message = '' }) => told.push(message));
    // A cheap function of one's own would be asked about every row first, if it were let.
    await client.query('set default_transaction_read_only = off');
    await client.query(
      `create function pg_temp.leak(anything text) returns boolean language plpgsql cost 0.0000001
        as $$ begin raise notice '%', anything; return true; end $$`,
    );
    await client.query(`select from report.events where pg_temp.leak(data::text)`);
    await client.query(`select from public.event_values where pg_temp.leak(data::text)`);
    await client.query(`select from public.users where pg_temp.leak(email)`);
    assert.ok(told.some((text) => text.includes('of anna')));
    assert.not.match(told.join('\n'), new RegExp(`of ben|${scene.ben.email}`));
    const { rows } = await client.query('select * from pg_stats where schemaname = $1', ['public']);
    assert.not.match(JSON.stringify(rows), /of ben|example\.org/);
    for (const other of [scene.owner, scene.admin.user!, 'pg_read_all_data'])
      assert.match(await failure(client, `set role "${other}"`), /permission denied|must be/);
    assert.match(await failure(client, 'set row_security = off; select from report.events'), /row-level security/);
  });
});

const failure = (client: pg.Client, statement: string): Promise<string> =>
  client.query(statement).then(
    () => `${statement} was done`,
    (error: Error) => error.message,
  );

roles('write nothing, and read no key, no setting and no other table', async (scene) => {
  const { role, password } = await admitted(scene, scene.anna.email);
  const tables = (
    await scene.admin.query<{ name: string }>(
      `select relname::text as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'S')`,
    )
  ).rows.map(({ name }) => name);
  assert.ok(tables.includes('api_keys') && tables.includes('sql_roles'), String(tables));
  await as(scene, role, password, async (client) => {
    assert.match(await failure(client, 'create table public.mine ()'), /read-only transaction/);
    await client.query('set default_transaction_read_only = off');
    const views = VIEWS.map(({ name }) => `report.${name}`);
    for (const table of [...tables.map((name) => `public.${name}`), ...views]) {
      assert.match(await failure(client, `delete from ${table}`), /denied|cannot/);
      assert.match(await failure(client, `insert into ${table} default values`), /denied|cannot/);
    }
    for (const [table, columns] of Object.entries(GRANTED))
      assert.match(await failure(client, `update public.${table} set ${columns[0]} = ${columns[0]}`), /denied/);
    for (const table of tables.filter((name) => !(name in GRANTED)))
      assert.match(await failure(client, `select count(*) from public.${table}`), /denied/);
    for (const statement of [
      'create table public.mine ()',
      'create view report.mine as select 1',
      `create policy mine on public.events using (true)`,
      `alter role "${role}" bypassrls`,
      `select nextval('public.users_account_seq')`,
      'create role another',
    ])
      assert.match(await failure(client, statement), /denied|must be owner|must be superuser/, statement);
  });
});

roles('see all accounts where they are made so, and days are kept for all', async (scene) => {
  const { role, password } = await admitted(scene, null);
  await scene.server.resolvers.daily.tend(new AbortController().signal);
  const rows = await as(scene, role, password, (client) =>
    client.query('select email, count(*)::int as events from report.events group by 1'),
  );
  const days = await as(scene, role, password, (client) =>
    client.query('select email, sum(seconds) as seconds, bool_and(complete) as complete from report.daily group by 1'),
  );
  assert.equal(
    new Map(days.rows.map(({ email, ...sums }) => [email, sums])),
    new Map([scene.anna, scene.ben].map(({ email }) => [email, { seconds: 120, complete: true }])),
  );
  assert.equal(
    new Map(rows.rows.map(({ email, events }) => [email, events])),
    new Map([scene.anna, scene.ben].map(({ email }) => [email, 2])),
  );
});

roles('change nothing of what the server itself sees and writes, or roles that could before', async (scene) => {
  const other = nameIn(scene);
  const admin = scene.admin;
  await admin.query(`create role "${other}" login password 'y'; grant select, insert on devices to "${other}"`);
  await admin.query('alter table devices disable row level security');
  await admitted(scene, scene.anna.email);
  const count = await as(scene, other, 'y', (client) => client.query('select account from devices'));
  assert.ok(new Set(count.rows.map(({ account }) => account)).size > 1);
  const device = await newDevice(scene.ben);
  await device.push(bucketWith([sent(3, 200, 60, { title: 'later' })], { bucketId: 'another' }));
  const { rows } = await admin.query(
    `select count(*)::int as unguarded from pg_class where relnamespace = 'public'::regnamespace and not relrowsecurity
      and relname = any($1)`,
    [Object.keys(GRANTED)],
  );
  assert.equal(rows, [{ unguarded: 0 }]);
});

roles('are made once, and said to be there when they are', async (scene) => {
  const { sqlRoles } = scene.server.resolvers;
  const { role } = await admitted(scene, scene.anna.email);
  const state = async () =>
    (
      await scene.admin.query(
        `select (select count(*)::int from pg_policy) as policies, array(select relacl::text from pg_class
          where relname in ('events', 'users')) as grants, (select rolpassword from pg_authid where rolname = $1)`,
        [role],
      )
    ).rows;
  const before = await state();
  const again = await sqlRoles.admitRole({ role, email: scene.anna.email });
  assert.equal([again.changed, again.made, again.password], [false, false, null]);
  assert.equal(await state(), before);
  assert.match(await refusal(sqlRoles.admitRole({ role, email: scene.ben.email }), 'conflict'), /another account/);
  assert.match(await refusal(sqlRoles.admitRole({ role, email: null }), 'conflict'), /another account/);
});

roles('are gone when they are dropped, and see nothing once their account is', async (scene) => {
  const { sqlRoles, accountRemoval } = scene.server.resolvers;
  const carla = await userWith(scene.server, 'of carla');
  const { role, password } = await admitted(scene, carla.email);
  await accountRemoval.deleteAccount({ email: carla.email, id: carla.userId });
  await as(scene, role, password, async (client) => {
    assert.is((await client.query('select from report.events')).rowCount, 0);
    assert.is((await client.query('select from users')).rowCount, 0);
  });
  const { rows } = await scene.admin.query('select from sql_roles where role = $1', [role]);
  assert.is(rows.length, 0);
  assert.equal(await sqlRoles.dismissRole({ role }), { role, kept: null });
  const left = await scene.admin.query('select from pg_roles where rolname = $1', [role]);
  assert.is(left.rowCount, 0);
  await refusal(sqlRoles.dismissRole({ role }), 'not_found');
  // The others are what they were.
  await admitted(scene, scene.anna.email);
});

roles('that somebody else made are taken, unless they may do too much', async (scene) => {
  const { sqlRoles } = scene.server.resolvers;
  const { admin, anna } = scene;
  const [plain, above, member, writer] = [nameIn(scene), nameIn(scene), nameIn(scene), nameIn(scene)];
  await admin.query(`create role "${plain}" login password 'z'; create role "${above}" superuser;
    create role "${member}"; grant "${scene.owner}" to "${member}";
    create role "${writer}"; grant insert on events to "${writer}"`);
  const { made, password } = await sqlRoles.admitRole({ role: plain, email: anna.email });
  assert.equal([made, password], [false, null]);
  const seen = await as(scene, plain, 'z', (client) => client.query('select distinct email from report.events'));
  assert.equal(seen.rows, [{ email: anna.email }]);
  for (const [role, why] of [
    [above, /is a superuser/],
    [member, /may make roles|owns the table/],
    [writer, /may write to events/],
    [scene.owner, /may make roles/],
  ] as const)
    assert.match(await refusal(sqlRoles.admitRole({ role, email: anna.email }), 'conflict'), why);
  await admin.query('grant select on api_keys to public');
  const late = nameIn(scene);
  assert.match(
    await refusal(sqlRoles.admitRole({ role: late, email: anna.email }), 'conflict'),
    /public may read api_keys\./,
  );
  await admin.query('revoke select on api_keys from public');
  // A role with rights elsewhere stays, without those that it had here.
  await admin.query(`create table elsewhere (); grant select on elsewhere to "${plain}"`);
  assert.match((await sqlRoles.dismissRole({ role: plain })).kept ?? '', /other rights/);
  await as(scene, plain, 'z', async (client) =>
    assert.match(await failure(client, 'select * from report.events'), /denied/),
  );
  await admin.query('drop table elsewhere');
});

roles('whose names mean somebody else are refused', async ({ server }) => {
  for (const role of ['', 'public', 'pg_monitor', 'Grafana', 'a"b', 'x'.repeat(51), "x'; drop table users; --"])
    await refusal(server.resolvers.sqlRoles.admitRole({ role, email: null }), 'invalid');
  await refusal(server.resolvers.sqlRoles.admitRole({ role: 'x', email: 'nobody@example.org' }), 'not_found');
});

roles('that the server may not make are made by an administrator, who is told how', async (scene) => {
  const { sqlRoles } = scene.server.resolvers;
  const role = nameIn(scene);
  await scene.admin.query(`alter role ${scene.owner} nocreaterole`);
  const message = await refusal(sqlRoles.admitRole({ role, email: scene.anna.email }), 'forbidden');
  const script = /(create role .* set \S+ = \S+); and set/.exec(message)?.[1];
  await scene.admin.query(script!);
  const { made, changed } = await sqlRoles.admitRole({ role, email: scene.anna.email });
  assert.equal([made, changed], [false, true]);
  assert.match((await sqlRoles.dismissRole({ role })).kept ?? '', /may not drop it/);
  await scene.admin.query(`alter role ${scene.owner} createrole`);
});

roles('find their rows by an index that begins with the account, whatever others have', async (scene) => {
  const { admin, anna, ben } = scene;
  const { role, password } = await admitted(scene, anna.email);
  for (const { account } of [anna, ben])
    await admin.query(`insert into events (account, bucket, id, timestamp, duration_ns, value, content_hash, revision)
      select ${account}, 1, 1000 + n, timestamptz '2030-01-01' + n * interval '1 minute', 60e9, 1, n, 1
      from generate_series(1, 5000) n`);
  type Plan = { 'Actual Rows': number; 'Actual Loops': number; 'Rows Removed by Filter'?: number; Plans?: Plan[] } & {
    'Relation Name'?: string;
  };
  /** Rows of events that were read, whether they were of use or not. */
  const read = (plan: Plan): number =>
    (plan['Relation Name'] === 'events'
      ? (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
      : 0) + (plan.Plans ?? []).reduce((sum, under) => sum + read(under), 0);
  const plansOf = async () =>
    as(scene, role, password, async (client) => {
      const { rows } = await client.query(
        `explain (analyze, format json) select data, seconds from report.events
          where email = '${anna.email}' and "start" >= '2030-01-02' and "start" < '2030-01-02 01:00'`,
      );
      return read(rows[0]['QUERY PLAN'][0].Plan);
    });
  assert.is(await plansOf(), 60);
  await admin.query('analyze');
  assert.is(await plansOf(), 60);
  await admin.query(`delete from events where id > 1000`);
});

roles('of another kt-server in the same database read its views, beside the first one’s', async (scene) => {
  const url = new URL(scene.url);
  url.searchParams.set('schema', 'second');
  const database = await openDatabase(url.toString());
  try {
    await migrate(database);
    const server = serverOn(database);
    const dora = await userWith(server, 'of dora');
    const role = nameIn(scene);
    const given = await server.resolvers.sqlRoles.admitRole({ role, email: dora.email });
    assert.is(given.schema, 'report_second');
    await as(scene, role, given.password, async (client) => {
      const { rows } = await client.query('select distinct email from report_second.events');
      assert.equal(rows, [{ email: dora.email }]);
      assert.match(await failure(client, 'select from report.events'), /denied/);
      assert.match(await failure(client, 'select account from public.users'), /denied/);
    });
    assert.equal(await server.resolvers.sqlRoles.dismissRole({ role }), { role, kept: null });
    // No view stands in the way of a migration: this one would be refused.
    const sql = 'alter table devices alter column hostname type varchar(300)';
    const changing = { name: '20990101000000_changing', sql, checksum: 'none' };
    assert.equal(await migrate(database, [...(await readMigrations()), changing]), [changing.name]);
  } finally {
    await database.close();
  }
});

roles('are made on the command line, which prints the password alone', async (scene) => {
  const cli = await openServerCli();
  const role = nameIn(scene);
  cli.env['DATABASE_URL'] = scene.url;
  try {
    const { code, stdout, stderr } = await cli.run('sql-role', role, '--email', scene.anna.email);
    assert.is(code, 0, stderr);
    assert.match(stdout, /^[\w-]{32}\n$/);
    assert.match(stderr, /shown this once[\s\S]*report\.devices/);
    const seen = await as(scene, role, stdout.trim(), (client) => client.query('select email from report.devices'));
    assert.equal(seen.rows, [{ email: scene.anna.email }]);
    const again = await cli.run('sql-role', role, '--email', scene.anna.email);
    assert.equal([again.code, again.stdout], [0, '']);
    assert.match(again.stderr, /already: nothing was changed/);
    const dropped = await cli.run('sql-role', role, '--drop', '--json');
    assert.equal([dropped.code, dropped.stdout], [0, `${JSON.stringify({ role, kept: null })}\n`]);
  } finally {
    cli.close();
  }
});

roles('keep their views through an upgrade, which makes them anew', async (scene) => {
  const { role, password } = await admitted(scene, scene.anna.email);
  await scene.admin.query(
    `comment on schema report is 'Views of kt-server''s tables in public, version 0'; drop view report.daily`,
  );
  await migrate(scene.database);
  await as(scene, role, password, async (client) => {
    for (const { name } of VIEWS) await client.query(`select from report.${name}`);
  });
});

if (testEngine() === 'postgres') roles.run(); // the embedded engine has no roles: test/server-cli/usage.test.ts
