/** kt-server analyzes what has grown itself: autovacuum may come a minute later, or not at all. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makePgAnalyze } from '../../server/storage/pg-analyze.ts';
import { PgPool } from '../../server/storage/pg-pool.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { until } from '../support/until.ts';

type Scene = { url: string; admin: pg.Client; pool: PgPool; told: string[]; clock: { now: number } };
const analysis = suite<Scene>('analyzing on PostgreSQL');

analysis.before.each(async (scene) => {
  scene.url = await newPostgresUrl();
  scene.admin = new pg.Client(scene.url);
  await scene.admin.connect();
  await scene.admin.query(`create table rows (a int) with (autovacuum_enabled = off);
    create schema other; create table other.rows (a int) with (autovacuum_enabled = off)`);
  scene.pool = new PgPool(scene.url, 'public');
  scene.told = [];
  scene.clock = { now: 0 };
});
analysis.after.each(async ({ admin, pool }) => {
  await pool.end();
  await admin.end();
});

const analyzeOf = ({ pool, told, clock }: Scene) =>
  makePgAnalyze(
    pool,
    'public',
    (line) => told.push(line),
    () => clock.now,
  );
/** Inserts rows, and waits until the server's counters say so. */
const grow = async ({ admin }: Scene, to: number, table = 'public.rows'): Promise<void> => {
  await admin.query(`insert into ${table} select n from generate_series((select count(*) from ${table}) + 1, ${to}) n`);
  await admin.query('select pg_stat_force_next_flush()');
  await until('it is counted', async () => {
    const { rows } = await admin.query<{ n: string }>(
      `select n_live_tup as n from pg_stat_user_tables where relid = '${table}'::regclass`,
    );
    return Number(rows[0]!.n) >= to;
  });
};
/** How often the tables were analyzed. */
const analyzed = async ({ admin }: Scene, table = 'public.rows'): Promise<number> => {
  await admin.query('select pg_stat_clear_snapshot()');
  const { rows } = await admin.query<{ n: string }>(
    `select analyze_count as n from pg_stat_user_tables where relid = '${table}'::regclass`,
  );
  return Number(rows[0]!.n);
};

if (testEngine() === 'postgres') {
  analysis('begins at a thousand rows, and comes again at ten times as many', async (scene) => {
    const analyze = analyzeOf(scene);
    const seen: number[] = [];
    for (const rows of [900, 1_000, 5_000, 9_000, 10_000, 10_001]) {
      await grow(scene, rows);
      scene.clock.now += 3_600_000;
      await analyze();
      await analyze();
      seen.push(await analyzed(scene));
    }
    assert.equal(seen, [0, 1, 1, 1, 2, 2]);
    await grow(scene, 2_000, 'other.rows');
    await analyze();
    assert.is(await analyzed(scene, 'other.rows'), 0, 'another schema is not ours');
    assert.equal(scene.told, []);
  });

  analysis('makes a session plan anew that has a statement prepared', async (scene) => {
    await scene.admin.query(`create index on rows (a); set plan_cache_mode = force_generic_plan;
      prepare one as select a from rows where a = $1; execute one (1)`);
    const plan = async () => JSON.stringify((await scene.admin.query('explain execute one (1)')).rows);
    await plan();
    await grow(scene, 20_000);
    await analyzeOf(scene)();
    assert.match(await plan(), /rows=1 /);
  });

  analysis('is done by one process at a time, and waits for nobody', async (scene) => {
    await grow(scene, 2_000);
    await scene.admin.query('begin; select pg_advisory_xact_lock(72707370)');
    await analyzeOf(scene)();
    assert.is(await analyzed(scene), 0);
    await scene.admin.query('commit; begin; lock table public.rows in share update exclusive mode');
    await analyzeOf(scene)();
    assert.is(await analyzed(scene), 0);
    await scene.admin.query('commit');
    await analyzeOf(scene)();
    assert.is(await analyzed(scene), 1);
    assert.equal(scene.told, []);
  });

  analysis('that the role may not do is told of once', async (scene) => {
    const role = `kta_${randomUUID().slice(0, 8)}`;
    await scene.admin.query(`create role ${role} login password 'x'`);
    await grow(scene, 2_000);
    const own = new URL(scene.url);
    own.username = role;
    own.password = 'x';
    const pool = new PgPool(own.toString(), 'public');
    try {
      const analyze = analyzeOf({ ...scene, pool });
      for (let times = 0; times < 3; times++) {
        await analyze();
        scene.clock.now += 3_600_000;
      }
    } finally {
      await pool.end();
      await scene.admin.query(`drop role ${role}`);
    }
    assert.is(await analyzed(scene), 0);
    assert.is(scene.told.length, 1);
    assert.match(scene.told[0]!, /does not let us analyze its tables .*only table or database owner can analyze it/);
  });

  analysis('that fails is told by whoever asked for it, unless there is no connection', async (scene) => {
    // ANALYZE computes what an index holds.
    await scene.admin.query(`create function broken(int) returns int language plpgsql immutable as $$ begin
        if current_setting('app.broken', true) = 'on' then raise 'broken' using errcode = '57014'; end if;
        return $1;
      end $$; create index on rows (broken(a))`);
    await grow(scene, 2_000);
    const client = await scene.pool.connect();
    await client.query('set app.broken = on');
    client.release();
    await analyzeOf(scene)().then(
      () => assert.unreachable('it did not fail'),
      (error: { code: string }) => assert.is(error.code, '57014'),
    );
    const gone = new PgPool('postgres://nobody@127.0.0.1:1/none', 'public');
    await analyzeOf({ ...scene, pool: gone })();
    await gone.end();
    assert.equal(scene.told, []);
  });
}

analysis.run();
