import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** How many statements a piece of PostgreSQL's protocol executes. PGlite's own `query` sends each message by itself. */
const executed = (piece: Uint8Array): number => {
  let messages = 0;
  let executes = 0;
  for (
    let at = 0;
    at < piece.length;
    at += 1 + Buffer.from(piece.buffer, piece.byteOffset + at + 1, 4).readUInt32BE()
  ) {
    messages += 1;
    if (piece[at] === 'E'.charCodeAt(0)) executes += 1;
  }
  return messages > 1 ? executes : 0;
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
  const pglite = Object.getPrototypeOf(PGlite.prototype) as Asks;
  const patched = [pglite, pg.Client.prototype as Asks].map((target) => ({ target, query: target.query }));
  let statements = 0;
  for (const { target, query } of patched) {
    target.query = function (...args: any[]) {
      statements += textsOf(args[0]).filter((text) => !ASIDE.test(text)).length;
      return query.apply(this, args);
    };
  }
  const { execProtocolRawSync } = PGlite.prototype;
  PGlite.prototype.execProtocolRawSync = function (piece) {
    statements += executed(piece);
    return execProtocolRawSync.call(this, piece);
  };
  try {
    await work();
  } finally {
    for (const { target, query } of patched) target.query = query;
    PGlite.prototype.execProtocolRawSync = execProtocolRawSync;
  }
  return statements;
};
