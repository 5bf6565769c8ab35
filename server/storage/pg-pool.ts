import pg from 'pg';
import { asServerError } from './lost.ts';
import { connectionOptions, PgClient, pingServer } from './pg-client.ts';
import { makeLiveness, type Liveness } from './liveness.ts';
import { OWN_TIME, STATEMENT_TIME } from './session.ts';
import { makeSlots } from './slots.ts';

/**
 * Connections kept open. Writers of one account queue on its row anyway, and PostgreSQL's default limit is 100 for all
 * clients.
 */
const POOL_SIZE = 10;
/**
 * The most of them that writers hold: a commit may wait for a synchronous standby that is gone, a writer for another's
 * locks, and reads go on meanwhile.
 */
const WRITERS = 7;
/** How long to wait for a free connection of the pool, in ms. */
const WAITING = 60_000;
/** How long closing the connections may take, in ms; the rest is dropped. */
const GOODBYE = 1_500;

type Acquired = PgClient & { release(error?: Error | boolean): void };

/**
 * Connections to PostgreSQL for Prisma's adapter and our own code, all with our settings. Unusable ones are replaced.
 */
export class PgPool extends pg.Pool {
  /** For who writes: to be held as long as its connection. */
  readonly writing = makeSlots(WRITERS, WAITING);
  readonly #liveness: Liveness;
  readonly #clients = new Set<PgClient>();

  constructor(url: string, schema: string) {
    const liveness = makeLiveness((signal) => pingServer(url, signal));
    const clients = new Set<PgClient>();
    // The pool's timeout is for waiting in its queue; a connection's own is in its options.
    class Client extends PgClient {
      constructor() {
        super(connectionOptions(url));
        clients.add(this);
        this.once('end', () => clients.delete(this));
      }
    }
    super({
      max: POOL_SIZE,
      allowExitOnIdle: true,
      connectionTimeoutMillis: WAITING,
      Client: Client as unknown as new () => pg.Client,
      onConnect: (client) =>
        // biome-ignore lint/suspicious/noConfusingVoidType: pg awaits what it returns, and its types say void
        (client as unknown as PgClient).settle(schema, STATEMENT_TIME, liveness, OWN_TIME) as unknown as void,
    });
    this.#liveness = liveness;
    this.#clients = clients;
    // An idle connection that the server closes is not a failure: the next query opens another.
    this.on('error', () => {});
  }

  // The overload with a promise, which Prisma's adapter calls.
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg have no common type
  override async connect(): Promise<any> {
    this.#liveness.check();
    const coming = super.connect() as unknown as Promise<Acquired>;
    let client: Acquired;
    try {
      client = await this.#liveness.watch(
        coming,
        () =>
          void coming.then(
            (late) => late.release(true),
            () => {},
          ),
      );
    } catch (error) {
      throw asServerError(error);
    }
    const release = client.release;
    let released = false;
    // Released only once, by whoever comes first: a connection that ended while in use goes back at once, and makes
    // room for another.
    client.release = (error) => {
      if (released) return;
      released = true;
      client.removeListener('end', gone);
      release.call(client, error ?? client.spoiled);
    };
    const gone = () => client.release(true);
    client.once('end', gone);
    return client;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg have no common type
  override async query(config: any): Promise<any> {
    const client = (await this.connect()) as Acquired;
    try {
      return await client.alone(config);
    } finally {
      client.release();
    }
  }

  /** Closes all connections, properly if the server answers. */
  override async end(): Promise<void> {
    this.#liveness.stop();
    const timer = setTimeout(() => {
      for (const client of this.#clients) client.cut();
    }, GOODBYE);
    // It resolves when it has begun to close them.
    await super.end();
    await Promise.all([...this.#clients].map((client) => new Promise<void>((resolve) => client.once('end', resolve))));
    clearTimeout(timer);
  }
}
