import { PrismaPg } from '@prisma/adapter-pg';
import { KtError } from '../../domain/errors.ts';
import { makeChores, TEND_EVERY } from './chores.ts';
import { makeDatabase, type Database, type Driver } from './database.ts';
import { listenOn } from './listening.ts';
import { asServerError } from './lost.ts';
import { makeOutage } from './outage.ts';
import { makePgAnalyze } from './pg-analyze.ts';
import { connectAlone, type PgClient } from './pg-client.ts';
import { PgPool } from './pg-pool.ts';
import { makePgPort } from './pg-port.ts';
import { chooseSchema } from './pg-schema.ts';
import { shownUrl } from './shown-url.ts';

/** The key of the advisory lock that `prisma migrate` takes: we take the same, so that the two never run at once. */
const MIGRATION_LOCK = 72707369;
/** How often the lock is tried while another process has it, in ms. */
const LOCK_EVERY = 200;

/** Where the database is, and where it can be reached without a pooler. */
type Place = { readonly url: string; readonly directUrl: string; readonly schema: string; readonly pool: PgPool };

const send = async ({ pool }: Place, channel: string, message: string): Promise<void> =>
  void (await pool.query({ text: 'select pg_notify($1, $2)', values: [channel, message] }));

const driverOver = (place: Place, own?: PgClient): Driver => ({
  script: async (sql) => (own ? own.script(sql) : onOwn(place, (client) => client.script(sql))),
  rows: async <Row>(sql: string) => (own ? await own.alone(sql) : await place.pool.query(sql)).rows as Row[],
  listen: (channel, to, signal) =>
    listenOn(
      place.directUrl,
      channel,
      (message) => send(place, channel, message),
      { ...to, holds: (why) => to.holds(why && whyNot(place, why)) },
      signal,
    ),
  send: (channel, message) => send(place, channel, message),
  exclusively: (work) =>
    onOwn(place, (lock) =>
      onOwn(place, async (client) => {
        await takeLock(lock);
        try {
          return await work(driverOver(place, client));
        } finally {
          await lock.query('rollback').catch(() => {});
        }
      }),
    ),
});

/**
 * Takes the lock for migrations until the end of a transaction that this begins: a pooler would give a session's
 * connection, with the lock, to others. The lock is polled, because waiting for it would occupy one of the pooler's
 * connections, of which the holder needs two.
 */
const takeLock = async (client: PgClient): Promise<void> => {
  for (;;) {
    await client.query('begin; set local idle_in_transaction_session_timeout = 0');
    const { rows } = (await client.query(`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}) as taken`)) as {
      rows: { taken: boolean }[];
    };
    if (rows[0]!.taken) return;
    await client.query('rollback');
    await new Promise((resolve) => setTimeout(resolve, LOCK_EVERY));
  }
};

/** Runs work on a connection of its own, because it may take long and needs a session. */
const onOwn = async <T>({ directUrl, schema }: Place, work: (client: PgClient) => Promise<T>): Promise<T> => {
  const client = await connectAlone(directUrl, schema);
  try {
    return await work(client);
  } finally {
    await client.leave();
  }
};

const whyNot = ({ url, directUrl }: Place, why: string): string =>
  directUrl === url
    ? `LISTEN does not hold on the database URL (${why}): behind a pooler, ` +
      'set KT_DATABASE_DIRECT_URL to the address of PostgreSQL itself'
    : `LISTEN does not hold on KT_DATABASE_DIRECT_URL (${why}): it must be the same database as DATABASE_URL, ` +
      'without a pooler';

/** Options of an open database besides its URL. */
export type PostgresOptions = {
  /** The URL of PostgreSQL itself, if the first one is a pooler's. */
  readonly directUrl?: string | undefined;
  /** Gets a line for the log when the database stops answering, and when it answers again. */
  readonly tell?: ((line: string) => void) | undefined;
  /** Whether it is only looked at: then a schema that the URL names is not made. */
  readonly looksOnly?: boolean;
};

/**
 * A PostgreSQL server (15 or newer is tested). Fails with `unavailable` when it does not answer, and says where it was
 * expected; with `invalid` for a database that we can't use.
 */
export const openPostgres = async (
  url: string,
  { directUrl = url, tell = () => {}, looksOnly = false }: PostgresOptions = {},
): Promise<Database> => {
  let schema: string;
  try {
    schema = await chooseSchema(url, !looksOnly);
  } catch (error) {
    if (error instanceof KtError) throw error;
    throw new KtError(
      'unavailable',
      `PostgreSQL at ${shownUrl(url)} does not let us in (${asServerError(error).message}): check DATABASE_URL`,
      {},
      { cause: error },
    );
  }
  const pool = new PgPool(url, schema);
  const chores = makeChores(tell);
  if (!looksOnly) chores.every(TEND_EVERY, 'analyzing what has grown', makePgAnalyze(pool, schema, tell));
  const adapter = new PrismaPg(pool, { schema });
  return makeDatabase(
    {
      engine: 'postgres',
      where: shownUrl(url),
      connections: () => ({
        open: pool.totalCount,
        idle: pool.idleCount,
        waiting: pool.waitingCount + pool.writing.waiting,
      }),
    },
    adapter,
    driverOver({ url, directUrl, schema, pool }),
    makePgPort(pool),
    async () => {
      const done = chores.stop();
      await pool.end();
      await done;
    },
    makeOutage(tell),
  );
};
