/**
 * Several statements in one packet, and their answers in one pass over the reply, as `pg` sends nothing by itself: its
 * queries ask for the columns of each result again, and make a map of them each time, which was a sixth of what a small
 * read took this process.
 */
import { Buffer } from 'node:buffer';
import { serialize } from 'pg-protocol';
import { isAnswer } from './lost.ts';
import type { Answer, Statement } from './port.ts';
import { columnsOf, countIn, rowOf, type Columns } from './port-rows.ts';
import { parameter, type Row } from './port-values.ts';

/** What a session has prepared: the columns of each statement's rows, by its name. */
export type Prepared = Map<string, Columns>;

/** The answers up to the first error, and that. */
export type BatchEnd = { readonly answers: readonly Answer[]; readonly tag: string; readonly error: Error | null };

/** The parts of a connection of `pg` that a query of one's own is given. */
type Connection = {
  readonly stream: { write(bytes: Buffer): unknown; cork(): void; uncork(): void };
  sendCopyFail(why: string): void;
};

/** What is copied into one piece at most, in bytes: a large parameter leaves as it is. */
const ONE_PIECE = 64 * 1024;

const NO_COLUMNS: Columns = [];
const EXECUTE = serialize.execute();
const SYNC = serialize.sync();

/**
 * A query in the sense of `pg`'s client, which calls what is here with the messages of the reply. There is one sync at
 * its end: outside of a transaction the statements are one, and behind an error none of them runs. Making one fails for
 * a parameter that PostgreSQL can't hold.
 */
export class PgBatch {
  readonly statements: readonly Statement[];
  readonly #prepared: Prepared;
  readonly #frames: Buffer[] = [];
  readonly #answers: Answer[] = [];
  /** Settles when the reply is here. Fails with an error that is no answer of the server's. */
  readonly ended: Promise<BatchEnd>;
  #settle!: { readonly resolve: (end: BatchEnd) => void; readonly reject: (error: Error) => void };
  #rows: Row[] = [];
  #columns: Columns | undefined;
  #tag = '';
  #error: Error | null = null;

  /** `prepared` is that of the connection. */
  constructor(statements: readonly Statement[], prepared: Prepared) {
    this.statements = statements;
    this.#prepared = prepared;
    this.ended = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    const here = new Set<string>();
    for (const { name, text, values = [] } of statements) {
      if (!prepared.has(name) && !here.has(name)) {
        // The session may know the name all the same; closing one that it doesn't know is no error.
        this.#frames.push(serialize.close({ type: 'S', name }), serialize.parse({ name, text }));
        this.#frames.push(serialize.describe({ type: 'S', name }));
        here.add(name);
      }
      this.#frames.push(serialize.bind({ statement: name, values: values.map(parameter) }), EXECUTE);
    }
    this.#frames.push(SYNC);
  }

  submit({ stream }: Connection): void {
    let bytes = 0;
    for (const { byteLength } of this.#frames) bytes += byteLength;
    if (bytes <= ONE_PIECE) return void stream.write(Buffer.concat(this.#frames, bytes));
    stream.cork();
    for (const frame of this.#frames) stream.write(frame);
    stream.uncork();
  }

  handleRowDescription({ fields }: { readonly fields: Parameters<typeof columnsOf>[0] }): void {
    this.#prepared.set(this.#current, columnsOf(fields));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#error) return;
    try {
      this.#columns ??= this.#prepared.get(this.#current)!;
      this.#rows.push(rowOf(this.#columns, fields));
    } catch (error) {
      this.#error = error as Error;
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    // Of a statement without rows `pg` passes no description on.
    if (!this.#prepared.has(this.#current)) this.#prepared.set(this.#current, NO_COLUMNS);
    this.#answers.push({ rows: this.#rows, count: countIn(text) });
    this.#rows = [];
    this.#columns = undefined;
    this.#tag = text;
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  handleError(error: Error): void {
    this.#error ??= error;
    this.#end();
  }

  handleReadyForQuery(): void {
    this.#end();
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: Connection): void {
    connection.sendCopyFail('nothing is copied here');
  }

  handleCopyData(): void {}

  get #current(): string {
    return this.statements[this.#answers.length]!.name;
  }

  #end(): void {
    const error = this.#error;
    if (error && !isAnswer(error)) this.#settle.reject(error);
    else this.#settle.resolve({ answers: this.#answers, tag: this.#tag, error });
  }
}
