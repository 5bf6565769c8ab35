import pg from 'pg';
import { Engine } from '../../server/storage/embedded/engine.ts';

type Asks = { query: (...args: any[]) => unknown };

/** The texts of what `query` of `pg` is given: a text, a query, or a batch of them (server/storage/pg-batch.ts). */
export const textsOf = (asked: unknown): string[] => {
  const { text, statements } = Object(asked) as { text?: string; statements?: readonly { text: string }[] };
  return statements?.map((one) => one.text) ?? [text ?? String(asked)];
};

/**
 * What goes on beside the work, as often as the time gives: messages to other processes, the begin of a connection,
 * of which there may be one more while upkeep has one, and the upkeep of tables itself every 5 s (chores.ts).
 */
const ASIDE = /pg_notify|pg_backend_pid|set search_path =|pg_stat_user_tables|vacuum \(|checkpoint|analyze \(skip/;
/** How upkeep begins on PostgreSQL, in a transaction of its own (`alone` in pg-client.ts), which ends like any. */
const TENDING = /^begin; set local statement_timeout = /;
const tending = new WeakSet<object>();

/** How many of the statements that a connection is asked for are the work's. */
const askedOf = (client: object, texts: readonly string[]): number => {
  const [first = ''] = texts;
  if (TENDING.test(first)) tending.add(client);
  if (!tending.has(client)) return texts.filter((text) => !ASIDE.test(text)).length;
  if (/^(commit|rollback)$/i.test(first)) tending.delete(client);
  return 0;
};

/** How many statements are in what the embedded engine is asked: executions, and queries of the simple kind. */
const executed = (asked: Uint8Array): number => {
  const bytes = Buffer.from(asked.buffer, asked.byteOffset, asked.byteLength);
  if (ASIDE.test(bytes.toString('latin1', 0, 1000))) return 0;
  let statements = 0;
  for (let at = 0; at < bytes.length; at += 1 + bytes.readUInt32BE(at + 1))
    if (bytes[at] === 'E'.charCodeAt(0) || bytes[at] === 'Q'.charCodeAt(0)) statements += 1;
  return statements;
};

/** The counts that go on. */
const counts = new Set<{ statements: number }>();
const note = (statements: number): void => {
  for (const count of counts) count.statements += statements;
};

// From the beginning, since upkeep may have begun when a count does; and once, since several may go on at a time.
const target = pg.Client.prototype as Asks;
const { query } = target;
target.query = function (...args: any[]) {
  note(askedOf(this, textsOf(args[0])));
  return query.apply(this, args);
};
const { ask } = Engine.prototype;
Engine.prototype.ask = function (bytes, take) {
  if (counts.size > 0) note(executed(bytes));
  return ask.call(this, bytes, take);
};

/** The statements that `work` sends to either engine, without what goes on aside. */
export const statementsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const count = { statements: 0 };
  counts.add(count);
  try {
    await work();
  } finally {
    counts.delete(count);
  }
  return count.statements;
};
