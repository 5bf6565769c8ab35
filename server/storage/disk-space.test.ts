/**
 * The embedded engine does not fill its disk, and is not called again once it has ended; and commits that fail, on both
 * engines.
 */
import { PGlite } from '@electric-sql/pglite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTestDatabase, testEngine } from '../../test/support/test-database.ts';
import { driverOf, transaction, type Database } from './database.ts';
import { makeDiskSpace } from './disk-space.ts';
import { endWhole } from './embedded/end-whole.ts';
import { Engine } from './embedded/engine.ts';
import { EnginePool } from './embedded/pool.ts';
import { emptyDatabase } from './new-folder.ts';

const rooms = suite<{ database: Database }>('room for a database');
rooms.before(async (scene) => {
  scene.database = await openTestDatabase();
});
rooms.after(({ database }) => database.close());

const failure = async (work: Promise<unknown>): Promise<{ code?: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  return assert.unreachable('it did not fail') as never;
};

rooms('is no reason to acknowledge a commit that failed', async ({ database }) => {
  await driverOf(database).script(
    'create table parents (id int primary key); create table children (id int references parents deferrable ' +
      'initially deferred)',
  );
  await failure(transaction(database, (tx) => tx.$executeRawUnsafe('insert into children values (1)')));
  assert.equal(await driverOf(database).rows('select * from children'), []);
  await transaction(database, (tx) => tx.$executeRawUnsafe('insert into parents values (1)'));
  assert.equal(await driverOf(database).rows('select * from parents'), [{ id: 1 }], 'and the next one is made');
});

if (testEngine() === 'pglite') {
  rooms('short of it, whatever writes is refused and whatever reads is not', async () => {
    const engine = await Engine.open(null, () => {});
    const roomy = new EnginePool(engine, makeDiskSpace(process.cwd(), 0));
    await roomy.query('create table things (id int, updated_at int, copy text)');
    const lines: string[] = [];
    const pool = new EnginePool(
      engine,
      makeDiskSpace(process.cwd(), Number.MAX_SAFE_INTEGER, (line) => void lines.push(line)),
    );
    for (const sql of [
      'insert into things values (1)',
      'UPDATE "public"."things" SET "id" = 1',
      'update things t set id = 2',
      'delete from things',
      'with a as (insert into things values (2) returning id) select * from a',
      'truncate things',
      'create table more ()',
      'vacuum things',
    ]) {
      assert.is((await failure(pool.query(sql))).code, '53100', sql);
    }
    for (const sql of [
      'select * from things',
      'select id, updated_at as update, copy from things -- delete from things',
      'select * from things for update',
      "/* insert into */ select 'a'",
    ]) {
      await pool.query(sql);
    }
    assert.is(lines.length, 1, 'one line an outage');
    await engine.close(true);
  });

  rooms('gone under an engine that aborts, everything asked of it is refused at once, and nothing spins', async () => {
    const pglite = await PGlite.create({ loadDataDir: await emptyDatabase() });
    const module = pglite.Module as unknown as Record<string, () => unknown>;
    const once = module['_PostgresMainLoopOnce']!;
    let aborts = false;
    let asked = 0;
    module['_PostgresMainLoopOnce'] = () => {
      if (!aborts) return once();
      if (++asked > 100) process.exit(99); // without our wrapper PGlite repeats this for ever
      throw new Error('Aborted(). Build with -sASSERTIONS for more info.');
    };
    const ends: string[] = [];
    endWhole(pglite, (why) => ends.push(why));
    assert.equal((await pglite.query('select 1 as one')).rows, [{ one: 1 }]);
    assert.match((await failure(pglite.query('select nonsense'))).message, 'nonsense', 'an error is none');
    aborts = true;
    for (let i = 0; i < 3; i++)
      assert.match((await failure(pglite.query('select 1'))).message, /has ended \(Aborted\(\)/);
    assert.is(asked, 1);
    assert.is(ends.length, 1);
  });
}

rooms.run();
