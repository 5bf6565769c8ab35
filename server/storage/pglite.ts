import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { isKtError, KtError } from '../../domain/errors.ts';
import { makeChores, TEND_EVERY } from './chores.ts';
import { makeDatabase, type Database, type Driver } from './database.ts';
import { makeDiskSpace, type DiskSpace, type Tell } from './disk-space.ts';
import { Engine } from './embedded/engine.ts';
import { EnginePool } from './embedded/pool.ts';
import { makeFolder, syncFolder } from './new-folder.ts';
import { makePgPort } from './pg-port.ts';

/** The environment of an embedded database. All of it is optional. */
export type Surroundings = {
  /** Bytes of the disk that must stay free: with less, writes are refused. */
  readonly reserve?: number;
  /** Gets lines for the log about disk space, and about work on the database that failed. */
  readonly tell?: Tell;
  /** Called when the engine ended in the middle of its work. It can't be used any more. */
  readonly ended?: (why: string) => void;
};

/** What a start needs, in bytes: a new database takes 40 MB, and recovery after a crash a few files of its log. */
const START = 48 * 1024 * 1024;
/** What a checkpoint may need, in bytes: two files of the log. Without one the next start takes a moment longer. */
const CHECKPOINT = 32 * 1024 * 1024;
/**
 * How far the log may grow beyond the last checkpoint, in bytes. PGlite itself makes no checkpoint until it is closed,
 * and keeps the whole log.
 */
const LOG = 48 * 1024 * 1024;

/**
 * How often the files are synced to disk, in ms. PGlite itself never does so; a power cut can cost the writes of this
 * time.
 */
const SYNC_EVERY = 30_000;

/**
 * After maintenance a table is left alone for this many times as long as it took, because everybody waits meanwhile.
 */
const REST = 20;
/** The same for one whose maintenance failed, in ms, so that the others get theirs. */
const AFTER_FAILURE = 600_000;

/**
 * Tables with more changes than autovacuum would tolerate. PGlite has no autovacuum, and without statistics the planner
 * sorts a whole bucket for one page of it: 220 ms against 64 for 5,000 of 120 k events, 148 ms against 4 for a
 * heartbeat.
 */
const NEGLECTED = `select coalesce(json_agg(relname), '[]') from pg_stat_user_tables
  where schemaname = current_schema()
    and (n_mod_since_analyze > 250 + n_live_tup / 10 or n_dead_tup > 1000 + n_live_tup / 5)`;

const LOG_LENGTH = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 from pg_control_checkpoint()`;

/**
 * One statement, not two: after a second one within a second, the engine defers writing its statistics to a timer of 10
 * s. The next check would find it still pending, and a process that is done would never end.
 */
const LOOK = `select (${LOG_LENGTH}) as bytes, (${NEGLECTED}) as neglected`;

/** In memory there is always enough space. */
const ENDLESS: DiskSpace = { left: () => Infinity, isShort: () => false, refuse: () => undefined };

/**
 * PostgreSQL in WebAssembly, on a thread of its own (embedded/engine.ts), in `folder` or (null) in memory. Only one
 * process may open a folder: the caller holds the folder's lock (server/owner.ts), because PGlite has none, and a
 * second process would corrupt the data. Acknowledged writes survive a crash of the process; those since the last sync
 * may not survive a crash of the machine. Fails with `unavailable` when the folder can't be opened, and says what to
 * do.
 */
export const openPglite = async (
  folder: string | null,
  { reserve = 0, tell, ended = () => undefined }: Surroundings = {},
): Promise<Database> => {
  const space = folder === null ? ENDLESS : makeDiskSpace(folder, reserve, tell);
  const needed = Math.min(reserve, START);
  if (space.left() < needed) throw new KtError('unavailable', fullDisk(folder!, space.left(), needed));
  const engine = await open(folder, ended).catch(async (error: Error) => {
    if (folder === null || isKtError(error)) throw error;
    throw new KtError('unavailable', await whyClosed(folder, error), {}, { cause: error });
  });
  const pool = new EnginePool(engine, space);
  const driver: Driver = {
    script: async (sql) => void (await pool.query(sql)),
    rows: async <Row>(sql: string) => (await pool.query(sql)).rows as Row[],
    listen: async (_channel, to, signal) => {
      to.holds(null); // there is no other process to hear
      await new Promise((resolve) =>
        signal.aborted ? resolve(null) : signal.addEventListener('abort', resolve, { once: true }),
      );
    },
    exclusively: (work) => work(driver), // one process with one connection is always exclusive
  };

  const chores = makeChores(tell ?? (() => {}));
  const restUntil = new Map<string, number>();
  chores.every(TEND_EVERY, 'tending the embedded database', async () => {
    if (space.isShort() || !engine.alive) return;
    const [found] = await driver.rows<{ bytes: number; neglected: string[] }>(LOOK);
    if (found!.bytes > LOG) await pool.query('checkpoint');
    for (const name of found!.neglected) {
      const began = performance.now();
      if (began < (restUntil.get(name) ?? 0)) continue;
      restUntil.set(name, began + AFTER_FAILURE);
      await pool.query(`vacuum (analyze) "${name}"`);
      restUntil.set(name, performance.now() + REST * (performance.now() - began));
    }
  });
  if (folder !== null) chores.every(SYNC_EVERY, 'syncing the embedded database to its disk', () => syncFolder(folder));

  return makeDatabase(
    { engine: 'pglite', where: folder ?? 'memory' },
    new PrismaPg(pool),
    driver,
    makePgPort(pool),
    async () => {
      await chores.stop();
      // Without space for a checkpoint the files stay as after a crash, from which the next start recovers.
      const closes = engine.alive && space.left() >= CHECKPOINT;
      if (closes && folder !== null) await pool.query('checkpoint');
      await engine.close(closes);
      if (folder !== null) await syncFolder(folder);
    },
  );
};

const open = async (folder: string | null, ended: (why: string) => void): Promise<Engine> => {
  if (folder !== null) await makeFolder(folder);
  return Engine.open(folder, ended);
};

const mb = (bytes: number): number => Math.floor(bytes / (1024 * 1024));

const fullDisk = (folder: string, left: number, needed: number): string =>
  `the disk of ${folder} is full (${mb(left)} MB left, a start needs ${mb(needed)} MB): make room on it, ` +
  'then start again; nothing is lost';

/** Why the folder of a database can't be opened, and what to do. */
const whyClosed = async (folder: string, error: Error): Promise<string> => {
  const code = (error as NodeJS.ErrnoException).code ?? /\b(EACCES|EPERM|EROFS|ENOSPC)\b/.exec(error.message)?.[0];
  if (code === 'ENOSPC' || makeDiskSpace(folder, 0).left() < START)
    return fullDisk(folder, makeDiskSpace(folder, 0).left(), START);
  const unread = await readFile(join(folder, 'PG_VERSION')).catch((fault: NodeJS.ErrnoException) => fault.code);
  const denied = typeof unread === 'string' && unread !== 'ENOENT' ? unread : code;
  if (denied === 'EACCES' || denied === 'EPERM' || denied === 'EROFS')
    return (
      `the database in ${folder} can not be read and written (${denied}): ` +
      'give its files to the user that runs kt-server, on a disk that can be written'
    );
  return (
    `the database in ${folder} does not open (${error.message.split('\n')[0]}): its files are damaged. ` +
    'Put a backup of that folder in its place, or move it away to begin anew; keep what you move'
  );
};
