import pg from 'pg';
import { Engine } from '../../server/storage/embedded/engine.ts';

/** How many statements are in what the embedded engine is asked: executions, and queries of the simple kind. */
const executed = (asked: Uint8Array): number => {
  const bytes = Buffer.from(asked.buffer, asked.byteOffset, asked.byteLength);
  if (ASIDE.test(bytes.toString('latin1', 0, 1000))) return 0;
  let statements = 0;
  for (let at = 0; at < bytes.length; at += 1 + bytes.readUInt32BE(at + 1))
    if (bytes[at] === 'E'.charCodeAt(0) || bytes[at] === 'Q'.charCodeAt(0)) statements += 1;
  return statements;
};

type Asks = { query: (...args: any[]) => unknown };

/** The texts of what `query` of `pg` is given: a text, a query, or a batch of them (server/storage/pg-batch.ts). */
export const textsOf = (asked: unknown): string[] => {
  const { text, statements } = Object(asked) as { text?: string; statements?: readonly { text: string }[] };
  return statements?.map((one) => one.text) ?? [text ?? String(asked)];
};

/** Housekeeping, and messages to other processes, of which there are as many as the time gives. */
const ASIDE = /pg_stat_user_tables|pg_notify/;

/** The statements that `work` sends to either engine, without what goes on aside. */
export const statementsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const target = pg.Client.prototype as Asks;
  const { query } = target;
  const { ask } = Engine.prototype;
  let statements = 0;
  target.query = function (...args: any[]) {
    statements += textsOf(args[0]).filter((text) => !ASIDE.test(text)).length;
    return query.apply(this, args);
  };
  Engine.prototype.ask = function (bytes, take) {
    statements += executed(bytes);
    return ask.call(this, bytes, take);
  };
  try {
    await work();
  } finally {
    target.query = query;
    Engine.prototype.ask = ask;
  }
  return statements;
};
