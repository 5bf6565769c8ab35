/** A new embedded database is the one that the engine's own initdb would make, and is whole or none. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { testEngine } from '../../test/support/test-database.ts';
import { driverOf, type Database } from './database.ts';
import { emptyDatabase, ENGINE_VERSION, makeFolder } from './new-folder.ts';
import { openDatabase } from './open.ts';

/** What initdb decides, and a version of the engine may change. */
const FACTS = `select json_build_object(
  'control', (select row_to_json(c) from (select pg_control_version, catalog_version_no from pg_control_system()) c),
  'sizes', (select row_to_json(i) from pg_control_init() i),
  'databases', (select json_agg(row_to_json(d) order by d.datname) from (
    select datname, pg_encoding_to_char(encoding) as encoding, datlocprovider, datcollate, datctype, datallowconn
    from pg_database) d),
  'roles', (select json_agg(row_to_json(r) order by r.rolname) from (select rolname, rolsuper, rolcanlogin
    from pg_roles) r),
  'catalog', (select json_agg(row_to_json(n) order by n.name) from (
    select 'proc' as name, count(*) from pg_proc union all select 'type', count(*) from pg_type
    union all select 'class', count(*) from pg_class union all select 'operator', count(*) from pg_operator
    union all select 'collation', count(*) from pg_collation union all select 'cast', count(*) from pg_cast) n),
  'settings', (select json_agg(row_to_json(s) order by s.name) from (select name, setting from pg_settings
    where context <> 'internal' and name not in ('config_file', 'data_directory', 'hba_file', 'ident_file')) s)
) as facts`;

const folders = suite<{ root: string; folder: string }>('a new embedded database');
folders.before.each((scene) => {
  scene.root = mkdtempSync(join(tmpdir(), 'kt-new-'));
  scene.folder = join(scene.root, 'database');
  mkdirSync(scene.folder);
});
folders.after.each(({ root }) => rmSync(root, { recursive: true }));

const identityOf = async (folder: string): Promise<unknown> => {
  const database: Database = await openDatabase(`pglite:${folder}`);
  const rows = await driverOf(database).rows('select system_identifier::text from pg_control_system()');
  await database.close();
  return rows;
};

const refusal = async (folder: string): Promise<string> => {
  const error = await makeFolder(folder).catch((fault: unknown) => fault);
  assert.ok(isKtError(error, 'unavailable'), String(error));
  return error.message;
};

if (testEngine() === 'pglite') {
  folders('is what initdb of this engine makes: else run scripts/prepare-folder.ts', async () => {
    const [prepared, made] = [await PGlite.create({ loadDataDir: await emptyDatabase() }), await PGlite.create()];
    const [[ours], [theirs]] = [(await prepared.query(FACTS)).rows, (await made.query(FACTS)).rows];
    assert.equal(ours, theirs);
    await Promise.all([prepared.close(), made.close()]);
  });

  folders('is unpacked and not made by initdb, which would draw an identity', async ({ root, folder }) => {
    const other = join(root, 'other');
    assert.equal(await identityOf(folder), await identityOf(other));
    assert.not(existsSync(join(folder, 'PG_VERSION.unfinished')));
  });

  folders('that was not finished is made anew, and none before its last step', async ({ folder }) => {
    await makeFolder(folder);
    const whole = readdirSync(folder).sort();
    // As a process leaves it that is killed on the way: parts of files, and the mark.
    rmSync(join(folder, 'PG_VERSION'));
    rmSync(join(folder, 'pg_xact'), { recursive: true });
    writeFileSync(join(folder, 'PG_VERSION.unfinished'), '');
    writeFileSync(join(folder, 'global', 'pg_control'), 'half');
    await makeFolder(folder);
    assert.equal(readdirSync(folder).sort(), whole);
    assert.is(readFileSync(join(folder, 'PG_VERSION'), 'utf8'), `${ENGINE_VERSION}\n`);
    await identityOf(folder);
  });

  folders('takes no other’s place: what has lost its version is refused and untouched', async ({ folder }) => {
    await makeFolder(folder);
    rmSync(join(folder, 'PG_VERSION'));
    const before = readFileSync(join(folder, 'global', 'pg_control'));
    assert.match(await refusal(folder), /has parts of a database and no PG_VERSION: put a backup/);
    assert.equal(readFileSync(join(folder, 'global', 'pg_control')), before);
    assert.not(existsSync(join(folder, 'PG_VERSION.unfinished')));
  });

  folders('is none of another PostgreSQL, of which nothing is touched', async ({ folder }) => {
    writeFileSync(join(folder, 'PG_VERSION'), '17\n');
    assert.match(await refusal(folder), /is of PostgreSQL 17, and this kt-server has \d+: start the kt-server it was/);
    assert.equal(readdirSync(folder), ['PG_VERSION']);
  });

  folders('for which there is no room leaves nothing behind', async ({ folder }) => {
    // A file that can't be written stands for one that finds no room.
    writeFileSync(join(folder, 'PG_VERSION.unfinished'), '');
    mkdirSync(join(folder, 'postgresql.conf'));
    const failed = await makeFolder(folder).then(
      () => null,
      (error: unknown) => error,
    );
    assert.ok(failed instanceof Error);
    assert.equal(readdirSync(folder), []);
    await makeFolder(folder);
  });

  folders('whose folder is a file is refused with words', async ({ root }) => {
    const file = join(root, 'file');
    writeFileSync(file, 'mine');
    for (const place of [file, join(file, 'below')]) {
      const error = await openDatabase(`pglite:${place}`).catch((fault: unknown) => fault);
      assert.ok(isKtError(error, 'unavailable'), String(error));
      assert.match(error.message, /is a file, where the database's folder would be: move it away, or give another/);
    }
    assert.is(readFileSync(file, 'utf8'), 'mine');
  });
}

folders.run();
