import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { makeDatabase, type Database, type Driver } from './database.ts';

/** How often the files are synced to disk, in ms. PGlite itself never asks for it, so a power cut can cost this much. */
const SYNC_EVERY = 30_000;
/** How often we look whether a table has changed enough to be vacuumed and analysed, in ms. */
const TEND_EVERY = 5_000;

/**
 * Tables with more changes than autovacuum would let pass. PGlite has no autovacuum, and without statistics the planner sorts
 * a whole bucket for one page of it: 220 ms against 64 for 5,000 of 120 k events, 148 ms against 4 for a heartbeat.
 */
const NEGLECTED = `select relname as name from pg_stat_user_tables
  where n_mod_since_analyze > 250 + n_live_tup / 10 or n_dead_tup > 1000 + n_live_tup / 5`;

/**
 * PostgreSQL in WebAssembly, on this process's own thread, in `folder` or (null) in memory. One process a folder: the
 * caller holds the folder's lock (server/owner.ts), because PGlite does not, and a second opener would corrupt it.
 * Every acknowledged write survives the end of the process, however sudden; one of the machine only from the last sync.
 */
export const openPglite = async (folder: string | null): Promise<Database> => {
  // 16 MB of shared buffers halve the memory (540 MB against 1 GB under batches of 5,000) at no measurable cost.
  const pglite = await PGlite.create({
    ...(folder === null ? {} : { dataDir: folder }),
    // Pages are read in the order of an index. Among many small buckets the planner takes the one large one for small as well, and
    // would collect and sort the whole of it by a bitmap, for every page.
    postgresqlconf: ['shared_buffers=16MB', 'enable_bitmapscan=off'],
  });
  const driver: Driver = {
    script: async (sql) => void (await pglite.exec(sql)),
    rows: async <Row>(sql: string) => (await pglite.query<Row>(sql)).rows,
    listen: (channel, onMessage) => pglite.listen(channel, onMessage),
    exclusively: (work) => work(driver), // one connection, one process: nobody else is there
  };

  // One after the other, and none still running when the database closes. What fails now is tried again next time.
  let chores: Promise<void> = Promise.resolve();
  const every = (ms: number, chore: () => Promise<void>) => setInterval(() => (chores = chores.then(chore).catch(() => {})), ms).unref();
  const tending = every(TEND_EVERY, async () => {
    for (const { name } of await driver.rows<{ name: string }>(NEGLECTED)) await pglite.exec(`vacuum (analyze) "${name}"`);
  });
  const syncing = folder === null ? undefined : every(SYNC_EVERY, () => syncFolder(folder));

  return makeDatabase({ engine: 'pglite', where: folder ?? 'memory' }, new PrismaPGlite(pglite), driver, async () => {
    clearInterval(tending);
    clearInterval(syncing);
    await chores;
    if (folder === null) return pglite.close();
    await pglite.exec('checkpoint');
    await pglite.close();
    await syncFolder(folder);
  });
};

/** Flushes every file below a folder to disk. Files that vanish meanwhile are none of our business. */
const syncFolder = async (folder: string): Promise<void> => {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try {
      const file = await open(join(entry.parentPath, entry.name), 'r+');
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
};
