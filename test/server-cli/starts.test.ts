/**
 * Starts of kt-server that fail, or are cancelled: each gives the reason in one line, ends, and leaves nothing behind.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERSION } from '../../cli/version.ts';
import { driverOf } from '../../server/storage/database.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { ENGINE_VERSION } from '../../server/storage/new-folder.ts';
import { makeProcesses } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';

const starts = suite('a start of kt-server');
const processes = makeProcesses();
starts.after(() => processes.close());

/** A place for a database, and a way to change it while no server runs. */
const place = async () => {
  const folder = processes.folder();
  const url = testEngine() === 'postgres' ? await newPostgresUrl() : `pglite:${join(folder, 'database')}`;
  return {
    folder,
    args: ['--data-dir', folder, '--port', '0', ...(testEngine() === 'postgres' ? ['--database-url', url] : [])],
    script: async (sql: string) => {
      const database = await openDatabase(url);
      await driverOf(database).script(sql);
      await database.close();
    },
  };
};

starts('that fails once it listens says why in one line, and ends', async () => {
  const { args, script } = await place();
  const running = processes.server(args);
  await running.says(/ready at/);
  assert.is((await running.kill('SIGTERM')).code, 0);
  // Prisma's message for it begins with a line break.
  await script('drop table api_keys cascade; delete from users');
  const { code, stdout, stderr } = await processes.server(args).ended;
  assert.equal([code, stdout], [1, ''], stderr);
  assert.match(stderr, /^kt-server: [^\n]*api_keys[^\n]*\n$/);
});

starts('of an older kt-server is refused, names both versions and changes nothing', async () => {
  const { args, script } = await place();
  await script(
    'create table _prisma_migrations (id varchar(36) primary key not null, checksum varchar(64) not null, ' +
      'finished_at timestamptz, migration_name varchar(255) not null, logs text, rolled_back_at timestamptz, ' +
      'started_at timestamptz not null default now(), applied_steps_count integer not null default 0); ' +
      `insert into _prisma_migrations values ('x', 'y', now(), '29990101000000_later', ` +
      `'kt-server 9.1.0', null, now(), 1)`,
  );
  for (const command of [['serve'], ['generate-key', '--email', 'one@example.org'], ['users', 'list']]) {
    const given = command[0] === 'serve' ? args : args.filter((_, index) => !['--port', '0'].includes(args[index]!));
    const { code, stdout, stderr } = await processes.server([...command, ...given]).ended;
    assert.equal([code, stdout], [1, ''], stderr);
    assert.match(
      stderr,
      /^kt-server: the database is of kt-server 9\.1\.0: it has the migration 29990101000000_later, /,
    );
    assert.match(stderr, `(${VERSION}) does not know; nothing was changed. Run kt-server 9.1.0 or newer, or restore`);
  }
  // Whatever is made by ours would fail here: nothing of it is there.
  await script('create table users (); create table instance (); drop table users; drop table instance');
});

if (testEngine() === 'postgres') {
  starts('that waits for another one’s migration is ended by a signal', async () => {
    const url = await newPostgresUrl();
    const database = await openDatabase(url);
    await driverOf(database).exclusively(async (driver) => {
      const running = processes.server(['--data-dir', processes.folder(), '--port', '0', '--database-url', url]);
      for (;;) {
        // It polls, and rolls back each transaction in which it was refused.
        const [row] = await driver.rows<{ n: number }>(
          `select count(*)::int as n from pg_stat_activity where datname = current_database() and query = 'rollback'`,
        );
        if (row!.n > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { code, signal, stdout } = await running.kill('SIGTERM');
      assert.equal([code, signal, stdout], [null, 'SIGTERM', '']);
    });
    await database.close();
  });
}

// These need no PostgreSQL.
if (testEngine() === 'pglite') {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    starts(`that waits for a PostgreSQL server that says nothing is ended by ${signal}`, async () => {
      const silent = createServer();
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const asked = new Promise<void>((resolve) =>
        silent.once('connection', (socket) => resolve(void socket.on('error', () => {}))),
      );
      const running = processes.server([
        '--data-dir',
        processes.folder(),
        '--database-url',
        `postgres://kt@127.0.0.1:${port}/kt`,
      ]);
      await asked;
      const ended = await running.kill(signal);
      silent.close();
      assert.equal([ended.code, ended.signal, ended.stdout, ended.stderr], [null, signal, '', '']);
    });
  }

  starts('of a new embedded database is ended by a signal, and the next one has all of it', async () => {
    const { folder, args } = await place();
    const running = processes.server(args);
    while (!existsSync(join(folder, 'database'))) await new Promise((resolve) => setTimeout(resolve, 5));
    const { code, signal, stderr } = await running.kill('SIGTERM');
    assert.ok(code === 0 || signal === 'SIGTERM', `${code} ${signal}`);
    assert.is(stderr, '');
    const next = processes.server(args);
    await next.says(/ready at/);
    assert.is((await next.kill('SIGTERM')).code, 0);
  });

  const DAMAGE: Record<string, [damage: (database: string) => void, says: RegExp]> = {
    'is of another PostgreSQL': [
      (database) => writeFileSync(join(database, 'PG_VERSION'), '99\n'),
      /is of PostgreSQL 99, and this kt-server has \d+: start the kt-server it was made with/,
    ],
    'is damaged': [
      (database) => writeFileSync(join(database, 'global', 'pg_control'), 'no'),
      /does not open .*its files are damaged.*Put a backup of that folder in its place/,
    ],
    'has lost its log': [
      (database) => {
        for (const name of readdirSync(join(database, 'pg_wal')))
          if (/^\w{24}$/.test(name)) writeFileSync(join(database, 'pg_wal', name), '');
      },
      /does not open .*its files are damaged.*Put a backup/,
    ],
  };
  starts('on a folder that does not open says what to do, in one line, and touches nothing', async () => {
    const { folder, args } = await place();
    const first = processes.server(args);
    await first.says(/ready at/);
    assert.is((await first.kill('SIGTERM')).code, 0);
    assert.is(readFileSync(join(folder, 'database', 'PG_VERSION'), 'utf8').trim(), ENGINE_VERSION);
    for (const [name, [damage, says]] of Object.entries(DAMAGE)) {
      damage(join(folder, 'database'));
      const { code, stdout, stderr } = await processes.server(args).ended;
      assert.equal([code, stdout], [1, ''], `${name}: ${stderr}`);
      assert.match(stderr, /^kt-server: [^\n]+\n$/, name);
      assert.match(stderr, says, name);
      if (name.startsWith('is of')) writeFileSync(join(folder, 'database', 'PG_VERSION'), `${ENGINE_VERSION}\n`);
    }
  });

  starts('in a folder that can not be made says so', async () => {
    const file = join(processes.folder(), 'file');
    writeFileSync(file, '');
    const { code, stderr } = await processes.server(['--data-dir', join(file, 'data'), '--port', '0']).ended;
    assert.is(code, 2);
    assert.match(stderr, /^kt-server: the data folder [^\n]* can not be made \(ENOTDIR\): give another --data-dir\n$/);
  });
}

starts.run();
