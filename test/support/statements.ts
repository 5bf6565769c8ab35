import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

type Asks = { query: (...args: any[]) => unknown };

/** The statements that `work` sends to either engine, without PGlite's own housekeeping. */
export const statementsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const pglite = Object.getPrototypeOf(PGlite.prototype) as Asks;
  const patched = [pglite, pg.Client.prototype as Asks].map((target) => ({ target, query: target.query }));
  let statements = 0;
  for (const { target, query } of patched) {
    target.query = function (...args: any[]) {
      if (!String(args[0]?.text ?? args[0]).includes('pg_stat_user_tables')) statements += 1;
      return query.apply(this, args);
    };
  }
  try {
    await work();
  } finally {
    for (const { target, query } of patched) target.query = query;
  }
  return statements;
};
