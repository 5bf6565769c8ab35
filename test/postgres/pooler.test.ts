/**
 * Behind pgbouncer in transaction mode a session lasts for one transaction, with whoever was there before (case 08).
 */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { driverOf, portOf, run, transaction, type Database, type Tx } from '../../server/storage/database.ts';
import { makeFeed } from '../../server/storage/feed.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { hasPgbouncer, startPgbouncer, type Pgbouncer } from '../support/pgbouncer.ts';
import { makeProcesses } from '../support/processes.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { serverOn } from '../support/test-server.ts';
import { until } from '../support/until.ts';

type Scene = { pooler: Pgbouncer; direct: string; url: string };
const pooled = suite<Scene>('behind pgbouncer in transaction mode');

pooled.before(async (scene) => {
  if (testEngine() === 'postgres' && hasPgbouncer)
    scene.pooler = await startPgbouncer(process.env['KT_TEST_DATABASE_URL']!);
});
pooled.after((scene) => scene.pooler?.stop());
pooled.before.each(async (scene) => {
  if (!scene.pooler) return;
  scene.direct = await newPostgresUrl();
  scene.url = scene.pooler.through(scene.direct);
});

const withDatabase = async (
  url: string,
  directUrl: string | undefined,
  work: (database: Database) => Promise<void>,
): Promise<void> => {
  const database = await openDatabase(url, { directUrl });
  try {
    await migrate(database);
    await work(database);
  } finally {
    await database.close();
  }
};

/** Session settings that are not ours, left on every connection of the pooler by an earlier client. */
const pollute = async (url: string): Promise<void> => {
  const others = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const client = new pg.Client(url);
      await client.connect();
      return client;
    }),
  );
  // each has a connection of its own now
  await Promise.all(others.map((client) => client.query('begin; select pg_sleep(0.2)')));
  for (const client of others) {
    await client.query(
      'commit; set search_path = nowhere; set enable_bitmapscan = on; set jit = on; ' +
        "set timezone = 'Asia/Tokyo'; set default_transaction_isolation = serializable",
    );
  }
  await Promise.all(others.map((client) => client.end()));
};
const settings = async (tx: Tx): Promise<unknown> =>
  (
    await tx.$queryRaw<
      unknown[]
    >`select current_setting('search_path') as path, current_setting('enable_bitmapscan') as bitmap,
      current_setting('jit') as jit,
    current_setting('timezone') as zone, current_setting('transaction_isolation') as isolation,
      current_setting('statement_timeout') as time`
  )[0];
const SETTINGS = {
  name: 'test-settings',
  text: `select current_setting('search_path') as path, current_setting('enable_bitmapscan') as bitmap,
    current_setting('jit') as jit, current_setting('timezone') as zone,
    current_setting('transaction_isolation') as isolation, current_setting('statement_timeout') as time,
    $1::int4 as number`,
};
const OURS = { path: 'public', bitmap: 'off', jit: 'off', zone: 'UTC', isolation: 'read committed', time: '2min' };
/** The same for a statement by itself. */
const ALONE = { ...OURS, time: '30s' };

if (testEngine() === 'postgres' && hasPgbouncer) {
  pooled(
    'kt-server starts, says that LISTEN does not hold and what to set, and tells its subscribers all the same',
    async ({ url }) => {
      const processes = makeProcesses();
      try {
        const running = processes.server(['--data-dir', processes.folder(), '--port', '0', '--database-url', url]);
        const place = (await running.says(/ready at (\S+)/))[1]!;
        const key = (await running.says(/API key +(kt_\S+)/))[1]!;
        await running.says(/LISTEN does not hold.*KT_DATABASE_DIRECT_URL/, 'stderr');
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
        const response = await fetch(`${place}/graphql`, {
          method: 'POST',
          headers: { ...headers, accept: 'text/event-stream' },
          body: '{"query":"subscription{revision}"}',
        });
        let told = '';
        const reading = (async () => {
          for await (const text of response.body!.pipeThrough(new TextDecoderStream())) told += text;
        })().catch(() => {});
        await until('the first revision', () => /"revision":"0"/.test(told));
        await fetch(`${place}/api/0/buckets/b`, {
          method: 'POST',
          headers,
          body: '{"type":"t","client":"c","hostname":"h"}',
        });
        const beat = await fetch(`${place}/api/0/buckets/b/heartbeat?pulsetime=5`, {
          method: 'POST',
          headers,
          body: '{"timestamp":"2024-01-01T00:00:00Z","duration":0,"data":{}}',
        });
        assert.is(beat.status, 200);
        await until('the next one', () => /"revision":"[1-9]/.test(told));
        assert.is(
          running.output.stderr.split('\n').filter((line) => line.startsWith('{')).length,
          1,
          running.output.stderr,
        );
        assert.is((await running.kill('SIGTERM')).code, 0);
        await reading;
      } finally {
        await processes.close();
      }
    },
  );

  pooled('every statement has our settings, whoever had the connection before', ({ url }) =>
    withDatabase(url, undefined, async (database) => {
      for (let times = 0; times < 3; times++) {
        await pollute(url);
        for (const found of await Promise.all(Array.from({ length: 6 }, () => run(database, settings))))
          assert.equal(found, ALONE);
        for (const found of await Promise.all(Array.from({ length: 6 }, () => transaction(database, settings))))
          assert.equal(found, OURS);
        assert.is(((await transaction(database, settings, true)) as { time: string }).time, '1h');
        assert.equal(await run(database, settings), ALONE, 'and nothing of a long one is left');
      }
      const user = await serverOn(database).newUser();
      assert.is((await user.fetch('/api/0/buckets/')).status, 200);
    }),
  );

  pooled('a statement that fails leaves its connection fit for the next', ({ url }) =>
    withDatabase(url, undefined, async (database) => {
      for (let times = 0; times < 12; times++)
        await run(database, (tx) => tx.$queryRaw`select 1 / 0`).then(
          () => assert.unreachable(),
          () => {},
        );
      assert.equal(await run(database, settings), ALONE);
    }),
  );

  pooled('statements with names work, whichever connection of the pooler they get', ({ url }) =>
    withDatabase(url, undefined, async (database) => {
      const port = portOf(database);
      const ask = (number: number) => [SETTINGS.name, SETTINGS.text, [number]] as const;
      const read = { name: SETTINGS.name, text: SETTINGS.text };
      for (let times = 0; times < 3; times++) {
        await pollute(url);
        const found = await Promise.all(
          Array.from({ length: 12 }, async (_, number) => {
            if (number % 3 === 0)
              return (
                await port.pipeline([
                  { ...read, values: [-1] },
                  { ...read, values: [number] },
                ])
              )[1];
            if (number % 3 === 1) return port.transactionally(({ statement }) => statement(...ask(number)));
            return port.statement(...ask(number));
          }),
        );
        assert.equal(
          found,
          found.map((_, number) => [{ ...(number % 3 === 2 ? ALONE : OURS), number }]),
        );
      }
      const broken = { name: 'test-pooled-zero', text: 'select 1 / $1::int4 as v', values: [0] };
      for (const work of [
        () => port.statement(broken.name, broken.text, broken.values),
        () => port.pipeline([broken, read]),
        () => port.transactionally(({ statement }) => statement(broken.name, broken.text, broken.values)),
      ])
        for (let times = 0; times < 4; times++)
          await work().then(
            () => assert.unreachable(),
            () => {},
          );
      assert.equal(await port.statement(...ask(0)), [{ ...ALONE, number: 0 }], 'and nothing is left of a failure');
    }),
  );

  pooled('several servers migrate one database one after the other, and no lock is left', async ({ url, direct }) => {
    const databases = await Promise.all([1, 2, 3].map(() => openDatabase(url)));
    const applied = await Promise.all(databases.map((database) => migrate(database)));
    assert.is(applied.filter((names) => names.length > 0).length, 1);
    await Promise.all(databases.map((database) => database.close()));
    await withDatabase(direct, undefined, async (database) => {
      assert.equal(
        await driverOf(database).rows(
          `select count(*)::int as count from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())`,
        ),
        [{ count: 0 }],
      );
    });
  });

  pooled('with the direct URL LISTEN holds, and migrations go over it', ({ url, direct }) =>
    withDatabase(url, direct, async (database) => {
      const said: string[] = [];
      const heard: string[] = [];
      const left = new AbortController();
      let held = false;
      const listening = driverOf(database).listen(
        'kt_test',
        { heard: (payload) => heard.push(payload), holds: (why) => (why === null ? (held = true) : said.push(why)) },
        left.signal,
      );
      await until('it holds', () => held);
      await run(database, (tx) => tx.$executeRaw`select pg_notify('kt_test', 'hello')`);
      await until('it is heard', () => heard.length > 0);
      assert.equal([said, heard], [[], ['hello']]);
      left.abort();
      await listening;
      const feed = makeFeed(database, { tell: (line) => said.push(line) });
      const user = await serverOn(database).newUser();
      const told = feed.watch(user.account);
      assert.is((await told.next()).value, 0n);
      await told.return(undefined);
      await feed.close();
      assert.equal(said, []);
    }),
  );
} else if (testEngine() === 'postgres') {
  const why = 'pgbouncer is not installed';
  if (process.env['CI'] === 'true') pooled(`is not tried: ${why}`, () => assert.unreachable(why));
  else pooled.skip(`is not tried: ${why}`); // with it, this file tries it
}

pooled.run();
