import pg from 'pg';
import { asServerError, lost, unconfirmed } from './lost.ts';
import { PgBatch, type BatchEnd, type Prepared } from './pg-batch.ts';
import type { Statement } from './port.ts';
import type { Liveness } from './liveness.ts';
import { LONG_STATEMENT_TIME, sessionStart, STATEMENT_TIME, TAKES_LONG, transactionStart } from './session.ts';

/** How much longer than the server's own limit we wait for a statement, in ms: its answer may have been lost. */
const GRACE = 15_000;
/** How long the server may take to accept a connection, in ms. */
const CONNECTING = 5_000;
/** How long closing a connection may take, in ms; a frozen server never answers. */
const GOODBYE = 1_000;

/** The options of a connection besides its URL. */
export const connectionOptions = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'kt-server',
  connectionTimeoutMillis: CONNECTING,
  // Keep-alives detect a connection that a firewall dropped, and prevent it from dropping an idle one.
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
});

/** Parts of `pg` that its types leave out. */
type Insides = {
  readonly connection: { readonly stream: { destroy(): void } };
  readonly processID: number | null;
};

/**
 * A connection to PostgreSQL. Applies our session settings (`begin`), fails with errors that all have a SQLSTATE, and
 * remembers when it must not be used any more.
 */
export class PgClient extends pg.Client {
  /**
   * Why this connection must not be used again: its server is read-only, say, and a new connection may reach another.
   */
  spoiled: Error | undefined;
  /** Whether a pooler is between us and the server, so that session settings may be lost with the next transaction. */
  pooled = false;
  readonly embedded = false;
  readonly #prepared: Prepared = new Map();
  #liveness: Liveness | undefined;
  #schema = 'public';
  /** How long a statement may take, in ms: of a transaction, and by itself. */
  #time = STATEMENT_TIME;
  #ownTime = STATEMENT_TIME;
  #timeout = STATEMENT_TIME + GRACE;
  /** Whether a commit ended before the standby had it. */
  #unconfirmed = false;

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // A commit that waits for a synchronous standby, and is cancelled by an administrator, succeeds with a warning: a
    // failover may still lose it. The warning has no code and is in the server's language, but names where it is from.
    this.on('notice', ({ routine }) => (this.#unconfirmed ||= routine === 'SyncRepWaitForLSN'));
    // Pending statements get the error; without a listener it would end the process.
    this.on('error', (error) => (this.spoiled ??= error));
  }

  /** Once, after `connect`. `time`: how long a statement may take, in ms; `ownTime`: one by itself. */
  async settle(schema: string, time: number, liveness?: Liveness, ownTime = time): Promise<void> {
    this.#liveness = liveness;
    this.#schema = schema;
    this.#time = time;
    this.#ownTime = ownTime;
    this.#timeout = time + GRACE;
    // A pooler makes up its own numbers for the server's processes.
    const { rows } = (await this.query('select pg_backend_pid() as pid')) as pg.QueryResult<{ pid: number }>;
    this.pooled = rows[0]?.pid !== (this as unknown as Insides).processID;
    if (!this.pooled) await this.query(sessionStart(schema, ownTime));
  }

  /** One statement by itself, under our settings. `time` is how long it may take, in ms, if not as all others. */
  async alone<Row extends pg.QueryResultRow>(
    query: string | pg.QueryConfig,
    time = this.#ownTime,
  ): Promise<pg.QueryResult<Row>> {
    this.#timeout = time + GRACE;
    if (!this.pooled && time === this.#ownTime) return (await this.query(query)) as pg.QueryResult<Row>;
    await this.query(
      this.pooled ? transactionStart(this.#schema, time) : `begin; set local statement_timeout = ${time}`,
    );
    try {
      const result = (await this.query(query)) as pg.QueryResult<Row>;
      await this.query('COMMIT');
      return result;
    } catch (error) {
      await this.query('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  /** Several statements, or a transaction, which begins with `begin;`. */
  async script(sql: string): Promise<void> {
    if (!this.pooled) return void (await this.query(sql));
    const start = transactionStart(this.#schema, this.#time);
    await this.query(
      /^begin;/.test(sql) ? sql.replace(/^begin/, start) : sql === 'rollback' ? sql : `${start};\n${sql}\n;commit`,
    );
  }

  /**
   * Statements in one packet, prepared under their names; the answers up to the first error, and that. Fails where the
   * connection did. Not through a pooler. `fresh`: nothing that was prepared before is used.
   */
  async batch(statements: readonly Statement[], fresh: boolean): Promise<BatchEnd> {
    if (fresh) this.#prepared.clear();
    if (this.getTransactionStatus() === 'I') this.#timeout = this.#ownTime + GRACE;
    for (const { text } of statements) this.#mayTakeAsLongAs(text);
    const batch = new PgBatch(statements, this.#prepared);
    super.query(batch as unknown as pg.Submittable);
    const end = await this.#asked(batch.ended);
    return end.error ? { ...end, error: this.#told(end.error) } : end;
  }

  /** Drops the connection without notifying the server. Pending statements fail. */
  cut(): void {
    (this as unknown as Insides).connection.stream.destroy();
  }

  /** Closes the connection properly, or drops it when the server does not answer. */
  async leave(): Promise<void> {
    const timer = setTimeout(() => this.cut(), GOODBYE);
    await this.end().catch(() => {});
    clearTimeout(timer);
  }

  // The one overload that we use: a text or a config, and a promise.
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg have no common type
  override query(config: any, values?: any): any {
    const text: string = typeof config === 'string' ? config : config.text;
    this.#mayTakeAsLongAs(text);
    const sent = text === 'BEGIN' && this.pooled ? transactionStart(this.#schema, this.#time) : config;
    return this.#asked(super.query(sent, values) as unknown as Promise<unknown>);
  }

  /** From this statement on. */
  #mayTakeAsLongAs(text: string): void {
    if (text === 'BEGIN') this.#timeout = this.#time + GRACE;
    if (text === TAKES_LONG) this.#timeout = LONG_STATEMENT_TIME + GRACE;
  }

  async #asked<T>(answer: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.cut(), this.#timeout);
    try {
      const answered = await (this.#liveness ? this.#liveness.watch(answer, () => this.cut()) : answer);
      if (this.#unconfirmed) throw unconfirmed();
      return answered;
    } catch (error) {
      throw this.#told(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #told(error: unknown): Error {
    const told = asServerError(error);
    const { code = '' } = told as { code?: string };
    // After a failover the old server may answer reads for ever; a new connection reaches the new one.
    if (/^(08...|57P0.|25006|25P03)$/.test(code)) this.spoiled = told;
    return told;
  }
}

/** A connection outside of the pool, with our settings, for work that may take long. `leave` it. */
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

/** Checks whether the server answers, on a fresh connection. */
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
