import pg from 'pg';
import { asServerError, lost } from './lost.ts';
import type { Liveness } from './liveness.ts';
import { LONG_STATEMENT_TIME, sessionStart, STATEMENT_TIME, TAKES_LONG, transactionStart } from './session.ts';

/** How much later than the server we give a statement up, in ms: an answer that was lost on the way never comes. */
const GRACE = 15_000;
/** How long the server may take to let a connection in, in ms. */
const CONNECTING = 5_000;
/** How long a connection's goodbye may take, in ms; a frozen server says none. */
const GOODBYE = 1_000;

/** What a connection is made of, besides what its URL says. */
export const connectionOptions = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'kt-server',
  connectionTimeoutMillis: CONNECTING,
  // A connection that a firewall forgot is found out, and one that is idle is not forgotten.
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
});

/** What `pg` has and its types leave out. */
type Insides = { readonly connection: { readonly stream: { destroy(): void } }; readonly processID: number | null };

/**
 * A connection to PostgreSQL. It makes its session ours (`begin`), fails with errors that all have a SQLSTATE, and
 * remembers when it is
 * fit for nothing any more.
 */
export class PgClient extends pg.Client {
  /**
   * Why this connection must not be used again: its server is read-only, say, and the next connection may reach
   * another.
   */
  spoiled: Error | undefined;
  /** Whether a pooler is between us and the server, and what a session sets may be gone with the next transaction. */
  pooled = false;
  #liveness: Liveness | undefined;
  #schema = 'public';
  #time = STATEMENT_TIME;
  #timeout = STATEMENT_TIME + GRACE;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // Whoever waits hears of it; without a listener the process would end.
    this.on('error', (error) => (this.spoiled ??= error));
  }

  /** After `connect`, once. `time`: how long a statement may take, in ms. */
  async settle(schema: string, time: number, liveness?: Liveness): Promise<void> {
    this.#liveness = liveness;
    this.#schema = schema;
    this.#time = time;
    this.#timeout = time + GRACE;
    // A pooler gives out numbers of its own for the server's processes.
    const { rows } = (await this.query('select pg_backend_pid() as pid')) as pg.QueryResult<{ pid: number }>;
    this.pooled = rows[0]?.pid !== (this as unknown as Insides).processID;
    if (!this.pooled) await this.query(sessionStart(schema, time));
  }

  /** One statement by itself, under our settings. */
  async alone<Row extends pg.QueryResultRow>(query: string | pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    if (!this.pooled) return (await this.query(query)) as pg.QueryResult<Row>;
    await this.query('BEGIN');
    try {
      const result = (await this.query(query)) as pg.QueryResult<Row>;
      await this.query('COMMIT');
      return result;
    } catch (error) {
      await this.query('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  /** Several statements, which may be a transaction: then they begin with `begin;`. */
  async script(sql: string): Promise<void> {
    if (!this.pooled) return void (await this.query(sql));
    const start = transactionStart(this.#schema, this.#time);
    await this.query(
      /^begin;/.test(sql) ? sql.replace(/^begin/, start) : sql === 'rollback' ? sql : `${start};\n${sql}\n;commit`,
    );
  }

  /** Cuts the connection, without a word to the server. What waits on it fails. */
  cut(): void {
    (this as unknown as Insides).connection.stream.destroy();
  }

  /** Ends the connection as it should be, and cuts it where the server does not answer. */
  async leave(): Promise<void> {
    const timer = setTimeout(() => this.cut(), GOODBYE);
    await this.end().catch(() => {});
    clearTimeout(timer);
  }

  // The one way in that we use: a text or a config, and a promise.
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg have no common type
  override query(config: any, values?: any): any {
    const text: string = typeof config === 'string' ? config : config.text;
    if (text === 'BEGIN') this.#timeout = this.#time + GRACE;
    if (text === TAKES_LONG) this.#timeout = LONG_STATEMENT_TIME + GRACE;
    const sent = text === 'BEGIN' && this.pooled ? transactionStart(this.#schema, this.#time) : config;
    return this.#asked(super.query(sent, values) as unknown as Promise<unknown>);
  }

  async #asked(answer: Promise<unknown>): Promise<unknown> {
    const timer = setTimeout(() => this.cut(), this.#timeout);
    try {
      return await (this.#liveness ? this.#liveness.watch(answer, () => this.cut()) : answer);
    } catch (error) {
      const told = asServerError(error);
      const { code = '' } = told as { code?: string };
      // After a failover the old server takes reads for ever; the next connection reaches the new one.
      if (/^(08...|57P0.|25006|25P03)$/.test(code)) this.spoiled = told;
      throw told;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A connection of its own, outside the pool, with our settings, for what may take long. `leave` it. */
export const connectAlone = async (url: string, schema: string): Promise<PgClient> => {
  const client = new PgClient(connectionOptions(url));
  try {
    await client.connect();
    await client.settle(schema, LONG_STATEMENT_TIME);
    return client;
  } catch (error) {
    await client.leave();
    throw asServerError(error);
  }
};

/** Asks whether anybody is there, by a fresh connection. */
export const pingServer = async (url: string, signal: AbortSignal): Promise<void> => {
  const client = new PgClient({ ...connectionOptions(url), connectionTimeoutMillis: 0 });
  const cut = () => client.cut();
  signal.addEventListener('abort', cut);
  try {
    await client.connect();
    await client.query('select 1');
  } catch (error) {
    throw signal.aborted ? lost('no answer in time', error) : asServerError(error);
  } finally {
    signal.removeEventListener('abort', cut);
    void client.leave();
  }
};
