import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openServerCli, type ServerCli } from '../../test/support/server-cli.ts';
import { testEngine } from '../../test/support/test-database.ts';
import { driverOf } from '../storage/database.ts';
import { migrate, readMigrations } from '../storage/migrate.ts';
import { openDatabase } from '../storage/open.ts';

const migrating = suite<{ cli: ServerCli }>('kt-server migrate');
migrating.before(async (scene) => {
  scene.cli = await openServerCli();
});
migrating.after(({ cli }) => cli.close());

const rowsOf = async <Row>({ url }: ServerCli, sql: string): Promise<Row[]> => {
  const database = await openDatabase(url);
  try {
    return await driverOf(database).rows<Row>(sql);
  } finally {
    await database.close();
  }
};

/** What it said, but for how it was written. */
const told = async (cli: ServerCli, ...args: string[]) => {
  const { pieces: _, ...said } = await cli.run('migrate', ...args);
  return said;
};

migrating('says with --dry-run what would run, and leaves nothing behind', async ({ cli }) => {
  const { code, stdout, stderr } = await cli.run('migrate', '--dry-run');
  assert.is(code, 0, stderr);
  for (const { name, sql } of await readMigrations())
    assert.ok(stdout.includes(`-- ${name}\n${sql.trimEnd()}\n`), name);
  for (const { name, pages } of await readMigrations())
    if (pages) assert.ok(stdout.includes(`-- ${name}, before it, until it gives 0 rows\n${pages.trimEnd()}\n`), name);
  assert.match(stderr, /^\d+ would run, 0 are applied already\. Nothing was changed\.\n$/);
  if (testEngine() === 'pglite') assert.equal(readdirSync(cli.folder), [], 'not even a database');
  else
    assert.equal(
      await rowsOf(cli, `select relname from pg_class where relnamespace = 'public'::regnamespace`),
      [],
      'no table',
    );
});

if (testEngine() === 'postgres')
  migrating('makes with --dry-run no schema that the URL names', async ({ cli }) => {
    const url = new URL(cli.url);
    url.searchParams.set('schema', 'elsewhere');
    const { code, stderr } = await cli.run('migrate', '--dry-run', '--database-url', url.toString());
    assert.is(code, 0, stderr);
    assert.equal(await rowsOf(cli, `select nspname from pg_namespace where nspname = 'elsewhere'`), []);
  });

migrating('runs them, and has nothing to do then', async ({ cli }) => {
  const all = await readMigrations();
  const { code, stdout, stderr } = await cli.run('migrate');
  assert.is(code, 0, stderr);
  assert.equal(
    stdout.trimEnd().split('\n'),
    all.map(({ name }) => `Applied ${name}`),
  );
  for (const args of [[], ['--dry-run']])
    assert.equal(await told(cli, ...args), {
      code: 0,
      stdout: `Nothing to do: all ${all.length} migrations are applied.\n`,
      stderr: '',
    });
});

migrating('tells a script what is left, and changes nothing of what is there', async ({ cli }) => {
  const [last] = await rowsOf<{ migration_name: string }>(
    cli,
    `delete from _prisma_migrations where migration_name =
       (select max(migration_name) from _prisma_migrations) returning migration_name`,
  );
  const { code, stdout, stderr } = await cli.run('migrate', '--dry-run', '--json');
  assert.is(code, 0, stderr);
  const all = await readMigrations();
  assert.equal(JSON.parse(stdout), {
    applied: all.length - 1,
    rowsToCarry: 0,
    pending: all.filter(({ name }) => name === last!.migration_name).map(({ checksum: _, ...each }) => each),
  });
});

migrating('refuses a database of a newer version, with --dry-run too', async ({ cli }) => {
  await rowsOf(
    cli,
    `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
     values ('x', 'x', now(), '29990101000000_newer', 1)`,
  );
  for (const args of [['--dry-run'], []]) {
    const { code, stdout, stderr } = await cli.run('migrate', ...args);
    assert.equal([code, stdout], [1, '']);
    assert.match(
      stderr,
      /is of a newer kt-server: .* 29990101000000_newer, which this version \([^)]+\) does not know/,
    );
  }
});

migrating('says how many rows would be carried over, and how far it is while it does so', async () => {
  const cli = await openServerCli();
  const database = await openDatabase(cli.url);
  const all = await readMigrations();
  await migrate(database, all.slice(0, all.findIndex(({ name }) => name === '20261126110000_trash') + 1));
  await driverOf(database).script(`
    insert into users (email) values ('one@example.org');
    insert into devices (user_id, device_id, hostname) select id, 'd', 'h' from users;
    insert into buckets (user_id, device_uuid, bucket_id, public_id, bucket_type, client, hostname)
      select user_id, id, 'b', 'b', 't', 'c', 'h' from devices;
    insert into events (bucket_uuid, timestamp, duration_ns, content_hash, revision, data)
      select id, now(), 0, 0, 1, '{}' from buckets, generate_series(1, 1200)`);
  await database.close();
  const [dry, json] = [await cli.run('migrate', '--dry-run'), await cli.run('migrate', '--dry-run', '--json')];
  assert.match(dry.stderr, /^1,200 rows would be carried over in pages: keep as much room free\.$/m);
  assert.is(JSON.parse(json.stdout).rowsToCarry, 1_200);
  const { code, stderr } = await cli.run('migrate');
  assert.is(code, 0, stderr);
  assert.match(stderr, /^carrying events over: 1,200 of about 1,200\ncarried 1,200 events over\n$/);
  assert.equal(await rowsOf(cli, 'select count(*)::int as rows from events'), [{ rows: 1_200 }]);
  cli.close();
});

migrating.run();
