import type { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import type { BackendMessage } from 'pg-protocol/dist/messages.js';
import { Parser } from 'pg-protocol/dist/parser.js';
import { makeRoundRobin } from '../../../domain/round-robin.ts';
import { mayWrite, type DiskSpace } from '../disk-space.ts';
import { PgBatch, type BatchEnd, type Prepared } from '../pg-batch.ts';
import type { PortClient } from '../pg-port.ts';
import type { KnownStatement, Statement } from '../port.ts';
import type { Engine } from './engine.ts';
import { joined } from './joined.ts';

/** A query in the sense of `pg`, which writes messages to a connection and is given those of the reply. */
type Query = {
  submit(connection: pg.Connection): unknown;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: pg.Connection): void;
  handleEmptyQuery(connection: pg.Connection): void;
  handleError(error: unknown, connection: pg.Connection): void;
  handleReadyForQuery(connection: pg.Connection): void;
};

/** Takes what a query writes, to send it as one piece. */
class Frames {
  readonly writable = true;
  #frames: Buffer[] = [];
  #bytes = 0;

  write(frame: Buffer): boolean {
    this.#frames.push(frame);
    this.#bytes += frame.byteLength;
    return true;
  }

  cork(): void {}

  uncork(): void {}

  /** All of it, to be given away. */
  take(): Uint8Array<ArrayBuffer> {
    const whole = joined(this.#frames, this.#bytes);
    this.#frames = [];
    this.#bytes = 0;
    return whole;
  }
}

/** The one session of the embedded engine, as `pg` has connections: what its queries write, the engine is asked. */
class EngineClient extends EventEmitter implements PortClient {
  readonly embedded = true;
  readonly pooled = false;
  /** Why what is prepared must not be used any more. */
  spoiled: Error | undefined;
  readonly #engine: Engine;
  readonly #space: DiskSpace;
  readonly #prepared: Prepared = new Map();
  readonly #frames = new Frames();
  readonly #connection = new pg.Connection({ stream: this.#frames } as unknown as pg.ConnectionConfig);
  readonly #leave: () => void;

  constructor(engine: Engine, space: DiskSpace, leave: () => void) {
    super();
    this.#leave = leave;
    this.#engine = engine;
    this.#space = space;
  }

  async batch(statements: readonly KnownStatement[], fresh: boolean): Promise<BatchEnd> {
    if (fresh) this.#prepared.clear();
    if (statements.some(({ writes }) => writes)) this.#space.refuse();
    const batch = new PgBatch(statements, this.#prepared);
    await this.#ask(batch as unknown as Query);
    return batch.ended;
  }

  // The one overload that is used: a text or a config, and a promise.
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg have no common type
  async query(config: any): Promise<any> {
    const text: string = typeof config === 'string' ? config : config.text;
    if (mayWrite(text)) this.#space.refuse();
    let settled: { error: Error | null; result?: unknown } | undefined;
    const query = new pg.Query(config, (error, result) => (settled ??= { error: error ?? null, result }));
    await this.#ask(query as unknown as Query);
    if (!settled) throw new Error('the embedded database has not answered');
    if (settled.error) throw settled.error;
    return settled.result;
  }

  alone<Row extends pg.QueryResultRow>(config: string | pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    return this.query(config);
  }

  release(): void {
    if (this.spoiled) this.#prepared.clear();
    this.spoiled = undefined;
    this.#leave();
  }

  /** One round trip. Fails where the engine did; a statement's error is its query's. */
  async #ask(query: Query): Promise<void> {
    const connection = this.#connection;
    const unsent = query.submit(connection);
    const bytes = this.#frames.take();
    if (unsent instanceof Error) throw unsent;
    const parser = new Parser();
    let failed = false;
    const hear = (message: BackendMessage): void => {
      if (failed) return;
      if (message.name === 'dataRow') query.handleDataRow(message);
      else if (message.name === 'rowDescription') query.handleRowDescription(message);
      else if (message.name === 'commandComplete') query.handleCommandComplete(message, connection);
      else if (message.name === 'emptyQuery') query.handleEmptyQuery(connection);
      else if (message.name === 'readyForQuery') query.handleReadyForQuery(connection);
      else if (message.name === 'error') {
        failed = true;
        query.handleError(message, connection);
      }
    };
    await this.#engine.ask(bytes, (piece) => parser.parse(piece, hear));
  }
}

/**
 * Whose work it is that begins with these statements: the first number among the values of nearly all that are about an
 * account is the account's. It decides nothing but whose turn is next.
 */
const whoseIs = (first: readonly Statement[]): number | null => {
  for (const { values = [] } of first) for (const value of values) if (typeof value === 'number') return value;
  return null;
};

/**
 * The embedded engine as a pool of the one connection that it is: for Prisma's adapter and our port, each of which has
 * it to itself until it releases it, however long that takes. Accounts have their turns one after the other, and what
 * is of no single account every second one: a heartbeat waited for all the pages and sums of an account that had ten of
 * them under way.
 */
export class EnginePool extends pg.Pool {
  /** Who has the connection writes alone anyway. */
  readonly writing = { take: async () => () => {} };
  readonly #client: EngineClient;
  /** Who waits with work of one account. */
  readonly #accounts = makeRoundRobin<() => void>();
  /** Who waits with what concerns many, and is short: keys, and heartbeats of all accounts together. */
  readonly #shared: (() => void)[] = [];
  #isShared = false;
  #isHeld = false;

  /** While `space` is short, statements that may write are refused. */
  constructor(engine: Engine, space: DiskSpace) {
    super();
    this.#client = new EngineClient(engine, space, () => this.#leave());
  }

  // The overload with a promise, which Prisma's adapter calls.
  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg have no common type
  override async connect(first?: any): Promise<any> {
    if (this.#isHeld) {
      const whose = Array.isArray(first) ? whoseIs(first) : null;
      await new Promise<void>((resolve) => {
        if (whose === null) this.#shared.push(resolve);
        else this.#accounts.add(whose, resolve);
      });
    }
    this.#isHeld = true;
    return this.#client;
  }

  #leave(): void {
    this.#isShared = !this.#isShared;
    const next = this.#isShared
      ? (this.#shared.shift() ?? this.#accounts.next())
      : (this.#accounts.next() ?? this.#shared.shift());
    if (next) next();
    else this.#isHeld = false;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg have no common type
  override async query(config: any): Promise<any> {
    const client: EngineClient = await this.connect();
    try {
      return await client.query(config);
    } finally {
      client.release();
    }
  }
}
