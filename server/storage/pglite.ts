import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { KtError } from '../../domain/errors.ts';
import { makeDatabase, type Database, type Driver } from './database.ts';
import { endWhole, keepReserve, makeDiskSpace, type Engine, type DiskSpace, type Tell } from './disk-space.ts';

/** What is known of an embedded database's surroundings. All of it may be left out. */
export type Surroundings = {
  /** Bytes of the disk that stay free: below, writes are refused. */
  readonly reserve?: number;
  /** Lines for the log: what comes and goes with the disk. */
  readonly tell?: Tell;
  /** Told when the engine ended in the middle of its work. Nothing can be asked of it any more. */
  readonly ended?: (why: string) => void;
};

/** The version of PostgreSQL that PGlite is: folders of another one it can't open. */
export const ENGINE_VERSION = '18';
/**
 * What a start needs, in bytes: a new database takes 40 MB, and bringing one back after a crash a few files of its log.
 */
const START = 48 * 1024 * 1024;
/** What a checkpoint may need, in bytes: two files of the log. Without one the next start takes a moment longer. */
const CHECKPOINT = 32 * 1024 * 1024;
/**
 * How far the log may run ahead of the last checkpoint, in bytes. PGlite itself makes none until it
 * closes, and keeps all of it.
 */
const LOG = 48 * 1024 * 1024;

/**
 * How often the files are synced to disk, in ms. PGlite itself never asks for it, so a power cut can cost this much.
 */
const SYNC_EVERY = 30_000;
/** How often we look whether a table has changed enough to be vacuumed and analysed, in ms. */
const TEND_EVERY = 5_000;

/** How many times as long as it was tended a table is left alone: everybody waits meanwhile. */
const REST = 20;

/**
 * Tables with more changes than autovacuum would let pass. PGlite has no autovacuum, and without statistics
 * the planner sorts a whole bucket for one page of it: 220 ms against 64 for 5,000 of 120 k events, 148 ms
 * against 4 for a heartbeat.
 */
const NEGLECTED = `select coalesce(json_agg(relname), '[]') from pg_stat_user_tables
  where n_mod_since_analyze > 250 + n_live_tup / 10 or n_dead_tup > 1000 + n_live_tup / 5`;

const LOG_LENGTH = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 from pg_control_checkpoint()`;

/**
 * One statement, not two: of a second one within a second the engine keeps its statistics for a timer of 10 s, which
 * the next look finds still running, so that a process that is done would never end.
 */
const LOOK = `select (${LOG_LENGTH}) as bytes, (${NEGLECTED}) as neglected`;

/** In memory there is room as long as there is memory. */
const ENDLESS: DiskSpace = { left: () => Infinity, isShort: () => false, refuse: () => undefined };

/**
 * PostgreSQL in WebAssembly, on this process's own thread, in `folder` or (null) in memory. One process a folder: the
 * caller holds the folder's lock (server/owner.ts), because PGlite does not, and a second opener would corrupt it.
 * Every acknowledged write survives the end of the process, however sudden; one of the machine only from the last sync.
 * Fails with `unavailable` where the folder does not open, and says what to do.
 */
export const openPglite = async (
  folder: string | null,
  { reserve = 0, tell, ended = () => undefined }: Surroundings = {},
): Promise<Database> => {
  const space = folder === null ? ENDLESS : makeDiskSpace(folder, reserve, tell);
  const needed = Math.min(reserve, START);
  if (space.left() < needed) throw new KtError('unavailable', fullDisk(folder!, space.left(), needed));
  // 16 MB of shared buffers halve the memory (540 MB against 1 GB under batches of 5,000) at no measurable cost.
  const pglite = await PGlite.create({
    ...(folder === null ? {} : { dataDir: folder }),
    // Pages are read in the order of an index. Among many small buckets the planner takes the one large one for small
    // as well, and would collect and sort the whole of it by a bitmap, for every page.
    postgresqlconf: ['shared_buffers=16MB', 'enable_bitmapscan=off'],
  }).catch(async (error: Error) => {
    throw folder === null ? error : new KtError('unavailable', await whyClosed(folder, error), {}, { cause: error });
  });
  let alive = true;
  endWhole(pglite, (why) => {
    alive = false;
    ended(why);
  });
  const engine = keepReserve(pglite, space);
  const driver: Driver = {
    script: async (sql) => void (await engine.exec(sql)),
    rows: async <Row>(sql: string) => (await pglite.query<Row>(sql)).rows,
    listen: async (channel, to, signal) => {
      const stop = await pglite.listen(channel, (payload) => to.heard(payload));
      to.holds(null); // in one process nothing comes between
      await new Promise((resolve) =>
        signal.aborted ? resolve(null) : signal.addEventListener('abort', resolve, { once: true }),
      );
      await stop();
    },
    exclusively: (work) => work(driver), // one connection, one process: nobody else is there
  };

  // One after the other, and none still running when the database closes. What fails now is tried again next time.
  let chores: Promise<void> = Promise.resolve();
  // A tick that comes while its chore still waits or runs is dropped: added up, vacuums of 8 s every 5 s kept
  // everybody waiting for ever.
  const every = (ms: number, chore: () => Promise<void>) => {
    let pending = false;
    return setInterval(() => {
      if (pending) return;
      pending = true;
      chores = chores
        .then(chore)
        .catch(() => {})
        .finally(() => (pending = false));
    }, ms).unref();
  };
  const restUntil = new Map<string, number>();
  const tending = every(TEND_EVERY, async () => {
    if (space.isShort() || !alive) return;
    const [found] = await driver.rows<{ bytes: number; neglected: string[] }>(LOOK);
    if (found!.bytes > LOG) await pglite.exec('checkpoint');
    for (const name of found!.neglected) {
      const began = performance.now();
      if (began < (restUntil.get(name) ?? 0)) continue;
      await pglite.exec(`vacuum (analyze) "${name}"`);
      restUntil.set(name, performance.now() + REST * (performance.now() - began));
    }
  });
  const syncing = folder === null ? undefined : every(SYNC_EVERY, () => syncFolder(folder));

  return makeDatabase(
    { engine: 'pglite', where: folder ?? 'memory' },
    honest(new PrismaPGlite(engine as unknown as PGlite), engine),
    driver,
    async () => {
      clearInterval(tending);
      clearInterval(syncing);
      await chores;
      // Where there is no room for a checkpoint the files stay as after a crash, from which the next start comes back.
      if (alive && folder !== null && space.left() >= CHECKPOINT) await pglite.exec('checkpoint');
      if (alive && space.left() >= CHECKPOINT) await pglite.close();
      if (folder !== null) await syncFolder(folder);
    },
  );
};

/** The adapter says of every commit that it succeeded, of one that failed as well. This one says how it ended. */
const honest = (factory: PrismaPGlite, engine: Engine): PrismaPGlite => {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (level) => {
      const transaction = await start(level);
      const { under } = engine;
      const commit = transaction.commit.bind(transaction);
      transaction.commit = async () => {
        await commit();
        await under.catch((error: unknown) =>
          (transaction as unknown as { onError(error: unknown): never }).onError(error),
        );
      };
      return transaction;
    };
    return adapter;
  };
  return factory;
};

const mb = (bytes: number): number => Math.floor(bytes / (1024 * 1024));

const fullDisk = (folder: string, left: number, needed: number): string =>
  `the disk of ${folder} is full (${mb(left)} MB left, a start needs ${mb(needed)} MB): make room on it, ` +
  'then start again; nothing is lost';

/** Why the folder of a database does not open, and what to do. */
const whyClosed = async (folder: string, error: Error): Promise<string> => {
  const code = (error as NodeJS.ErrnoException).code ?? /\b(EACCES|EPERM|EROFS|ENOSPC)\b/.exec(error.message)?.[0];
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    (fault: NodeJS.ErrnoException) => fault,
  );
  if (code === 'ENOSPC' || makeDiskSpace(folder, 0).left() < START)
    return fullDisk(folder, makeDiskSpace(folder, 0).left(), START);
  const denied = typeof version === 'object' && version.code !== 'ENOENT' ? version.code : code;
  if (denied === 'EACCES' || denied === 'EPERM' || denied === 'EROFS')
    return (
      `the database in ${folder} can not be read and written (${denied}): ` +
      'give its files to the user that runs kt-server, on a disk that can be written'
    );
  if (typeof version === 'string' && version !== ENGINE_VERSION) {
    return (
      `the database in ${folder} is of PostgreSQL ${version.slice(0, 10) || '?'}, ` +
      `and this kt-server has ${ENGINE_VERSION}: start the kt-server it was made with, ` +
      'or give another --data-dir'
    );
  }
  return (
    `the database in ${folder} does not open (${error.message.split('\n')[0]}): its files are damaged. ` +
    'Put a backup of that folder in its place, or move it away to begin anew; keep what you move'
  );
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
