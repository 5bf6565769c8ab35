/** Servers for a load: processes of our own over a PostgreSQL for the while, or what is there already. */
import { newDatabase } from '../support/new-database.ts';
import { makeProcesses } from '../support/processes.ts';
import { hasPgbouncer, startPgbouncer } from '../support/pgbouncer.ts';
import { startThrowawayPostgres } from '../support/throwaway-postgres.ts';
import { serverOf, type Program } from '../bench/world/ours.ts';

export type LoadWorld = {
  readonly urls: readonly string[];
  /** PostgreSQL itself, past any pooler. */
  readonly databaseUrl: string;
  /** What it is, in a line. */
  readonly about: string;
  close(): Promise<void>;
};

export type WorldOptions = {
  readonly servers: number;
  readonly pgbouncer: boolean;
  readonly program: Program;
  /** A PostgreSQL server that runs already, by URL; else one is started. */
  readonly postgres?: string | undefined;
  /** Settings of the servers' environment. */
  readonly env?: Readonly<Record<string, string>>;
};

/** As PostgreSQL has it by default: the throwaway one of tests goes without. */
const SETTINGS = { fsync: 'on' };
/** Connections that pgbouncer has to PostgreSQL, of all servers together. */
const POOLED = 20;

/** Starts them with an empty database. Fails where there is no PostgreSQL, or no pgbouncer that was asked for. */
export const startWorld = async (options: WorldOptions): Promise<LoadWorld> => {
  const { servers, pgbouncer, program } = options;
  if (pgbouncer && !hasPgbouncer) throw new Error('pgbouncer is not installed here');
  const processes = makeProcesses();
  const postgres = options.postgres === undefined ? await startThrowawayPostgres(SETTINGS) : null;
  const cluster = options.postgres ?? postgres?.url;
  if (cluster === undefined) throw new Error('PostgreSQL is not installed here: give --url and --database-url');
  let pooler: Awaited<ReturnType<typeof startPgbouncer>> | undefined;
  const close = async (): Promise<void> => {
    await processes.close();
    await pooler?.stop();
    await postgres?.stop();
  };
  try {
    const databaseUrl = await newDatabase(cluster, 'load');
    if (pgbouncer) pooler = await startPgbouncer(databaseUrl, POOLED);
    const env = {
      // Those of subscriptions, and of requests beside them.
      KT_SERVER_CONNECTIONS: '20000',
      ...(pooler && { KT_DATABASE_DIRECT_URL: databaseUrl }),
      ...options.env,
    };
    const urls: string[] = [];
    for (let n = 0; n < servers; n++) {
      const place = ['--data-dir', processes.folder(), '--port', '0', '--database-url'];
      const running = processes.start([serverOf(program), ...place, pooler?.through(databaseUrl) ?? databaseUrl], env);
      urls.push((await running.says(/ready at (\S+)\n/))[1]!.replace(/\/$/, ''));
    }
    const through = pooler ? ` through pgbouncer (${POOLED} connections)` : '';
    const about = `${servers} kt-server on PostgreSQL ${postgres?.version ?? ''}${through}`.replace(/ +/g, ' ');
    return { urls, databaseUrl, about, close };
  } catch (error) {
    await close();
    throw error;
  }
};
