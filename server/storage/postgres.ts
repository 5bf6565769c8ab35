import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { KtError } from '../../domain/errors.ts';
import { makeDatabase, type Database, type Driver } from './database.ts';
import { shownUrl } from './shown-url.ts';

/** The key of the advisory lock that `prisma migrate` takes; we take the same, so that the two never run at once. */
const MIGRATION_LOCK = 72707369;
/** Connections kept open. Writers of one account queue on its row anyway; PostgreSQL's own limit is 100 for everybody. */
const POOL_SIZE = 10;

const driverOver = (client: pg.Pool | pg.PoolClient, pool: pg.Pool): Driver => ({
  script: async (sql) => void (await client.query(sql)),
  rows: async <Row>(sql: string) => (await client.query(sql)).rows as Row[],
  listen: (channel, onMessage, onReconnect) => listen(pool, channel, onMessage, onReconnect),
  exclusively: async (work) => {
    const own = await pool.connect();
    try {
      await own.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
      try {
        return await work(driverOver(own, pool));
      } finally {
        await own.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`);
      }
    } finally {
      own.release();
    }
  },
});

/** How long to wait before listening again after the connection broke, in ms: a little more each time, at most this. */
const MAX_RELISTEN_MS = 30_000;

/** What `pg` has and its types leave out: whether a connection keeps the process alive. */
type Referable = pg.Client & { ref(): void; unref(): void };

/** A connection of its own that listens, and comes back when it breaks. */
const listen = async (pool: pg.Pool, channel: string, onMessage: (payload: string) => void, onReconnect: () => void): Promise<() => Promise<void>> => {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let tries = 0;
  const connect = async (): Promise<void> => {
    const next = new pg.Client(pool.options);
    let broken = false;
    const again = () => {
      if (broken || stopped) return;
      broken = true;
      client = undefined;
      void next.end().catch(() => {});
      timer = setTimeout(() => void connect().then(onReconnect, () => {}), Math.min(MAX_RELISTEN_MS, 100 * 2 ** tries++)).unref();
    };
    next.on('error', again);
    next.on('end', again);
    next.on('notification', ({ payload }) => onMessage(payload ?? ''));
    try {
      await next.connect();
      (next as Referable).unref(); // it waits for others, and is no reason to stay
      await next.query(`listen ${channel}`);
      tries = 0;
      client = next;
    } catch (error) {
      again();
      throw error;
    }
  };
  await connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    // Its end is a reason to stay: else a process that has nothing else to do ends before it, in the middle of its work (code 13).
    (client as Referable | undefined)?.ref();
    await client?.end();
  };
};

/** A PostgreSQL server (15 or newer is tested). Fails with `unavailable` when it does not answer, and says where it looked. */
export const openPostgres = async (url: string): Promise<Database> => {
  // Without bitmap scans, for the reason in pglite.ts; and without JIT, which spends 1.5 s on compiling what then takes 0.3.
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE, application_name: 'kt-server', allowExitOnIdle: true, options: '-c enable_bitmapscan=off -c jit=off' });
  // An idle connection that the server closes is not our failure: the next query opens another.
  pool.on('error', () => {});
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw new KtError('unavailable', `PostgreSQL at ${shownUrl(url)} does not let us in (${(error as Error).message}): check DATABASE_URL`, {}, { cause: error });
  }
  return makeDatabase({ engine: 'postgres', where: shownUrl(url) }, new PrismaPg(pool), driverOver(pool, pool), () => pool.end());
};
