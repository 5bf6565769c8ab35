import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { unpackTar } from 'modern-tar/fs';
import { driverOf, type Database } from '../../server/storage/database.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { FILES, folderOf, readFixture } from './release.ts';

/** Lays out a copy of a release's database for the engine under test, below `root`; answers its URL. */
export const layOut = async (release: string, root: string): Promise<string> => {
  if (testEngine() === 'pglite') {
    const folder = join(root, 'database');
    const archive = createReadStream(join(folderOf(release), FILES.folder));
    await pipeline(archive, createBrotliDecompress(), unpackTar(folder));
    return `pglite:${folder}`;
  }
  const url = await newPostgresUrl();
  const database = await openDatabase(url);
  await driverOf(database).script(readFixture(release, 'sql'));
  await database.close();
  return url;
};

/** What a schema is, whatever made it: columns, keys, indexes, checks, triggers and functions, as text. */
export const schemaOf = async (database: Database): Promise<string[]> => {
  const here = 'current_schema()::regnamespace';
  const rows = await driverOf(database).rows<{ line: string }>(`
    select line from (
      select 'column ' || attrelid::regclass || ' ' || attname || ' ' || format_type(atttypid, atttypmod) ||
        case when attnotnull then ' not null' else '' end || ' ' || attgenerated::text || attidentity::text || ' ' ||
        coalesce(pg_get_expr(adbin, adrelid), '') as line
      from pg_attribute join pg_class on pg_class.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where relnamespace = ${here} and relkind = 'r' and attnum > 0 and not attisdropped
      union all select 'index ' || pg_get_indexdef(indexrelid) from pg_index join pg_class on pg_class.oid = indexrelid
      where relnamespace = ${here}
      union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      from pg_constraint where connamespace = ${here}
      union all select 'trigger ' || pg_get_triggerdef(pg_trigger.oid) from pg_trigger
        join pg_class on pg_class.oid = tgrelid where relnamespace = ${here} and not tgisinternal
      union all select 'function ' || pg_get_functiondef(oid) from pg_proc where pronamespace = ${here}
    ) all_of_it order by line`);
  return rows.map(({ line }) => line);
};
