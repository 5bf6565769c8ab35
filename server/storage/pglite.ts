import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { makeDatabase, type Database, type Driver } from './database.ts';

/** How often the files are synced to disk, in ms. PGlite itself never asks for it, so a power cut can cost this much. */
const SYNC_EVERY = 30_000;

/**
 * PostgreSQL in WebAssembly, on this process's own thread, in `folder` or (null) in memory. One process a folder: the
 * caller holds the folder's lock (server/owner.ts), because PGlite does not, and a second opener would corrupt it.
 * Every acknowledged write survives the end of the process, however sudden; one of the machine only from the last sync.
 */
export const openPglite = async (folder: string | null): Promise<Database> => {
  // 16 MB of shared buffers halve the memory (540 MB against 1 GB under batches of 5,000) at no measurable cost.
  const pglite = await PGlite.create({
    ...(folder === null ? {} : { dataDir: folder }),
    postgresqlconf: ['shared_buffers=16MB'],
  });
  const driver: Driver = {
    script: async (sql) => void (await pglite.exec(sql)),
    rows: async <Row>(sql: string) => (await pglite.query<Row>(sql)).rows,
    exclusively: (work) => work(driver), // one connection, one process: nobody else is there
  };

  let syncing: Promise<void> = Promise.resolve();
  const timer =
    folder === null ? undefined : setInterval(() => (syncing = syncing.then(() => syncFolder(folder)).catch(() => {})), SYNC_EVERY);
  timer?.unref();

  return makeDatabase({ engine: 'pglite', where: folder ?? 'memory' }, new PrismaPGlite(pglite), driver, async () => {
    clearInterval(timer);
    await syncing;
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
