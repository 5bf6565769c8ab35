import type { PgClient } from './pg-client.ts';
import type { PgPool } from './pg-pool.ts';
import { LONG_STATEMENT_TIME, quoted } from './session.ts';

/** The key of the advisory lock under which one process at a time analyzes. */
const LOCK = 72707370;
/** How long a table is left alone when it could not be analyzed, in ms; and how many times as long as it took. */
const AFTER_FAILURE = 600_000;
const REST = 20;

/**
 * Tables with ten times the rows of their last ANALYZE, from 1,000 on. Plans of named statements live as long as the
 * session, and one made on an empty table was 6 to 20 times slower on the full one: autovacuum's minute is too late,
 * and ANALYZE makes sessions plan anew.
 */
const GROWN = `select tables.relname::text as name from pg_stat_user_tables tables join pg_class on pg_class.oid = relid
  where schemaname = $1 and n_live_tup >= 1000
    and (coalesce(last_analyze, last_autoanalyze) is null or n_live_tup >= 10 * greatest(reltuples, 1))`;

/** A statement, since a pooler gives the connection to others after it. Reads and writes go on meanwhile. */
const analysisOf = (schema: string, table: string): string => `do $$ begin
  if pg_try_advisory_xact_lock(${LOCK}) then
    execute 'analyze (skip_locked) ' || ${literal(`${quoted(schema)}.${quoted(table)}`)};
  end if;
end $$`;

const literal = (text: string): string => `'${text.replaceAll("'", "''").replaceAll('$', "' || chr(36) || '")}'`;

/** No connection: requests find that out as well, and it is told of there (outage.ts). */
const isLost = (error: unknown): boolean => /^(08|28|53|57P)/.test((error as { code?: string }).code ?? '');

/**
 * Analyzes what has grown, when called now and then; `tell` gets a line, once, if the role may not analyze its tables.
 * Fails with the database's errors, unless it can't be reached.
 */
export const makePgAnalyze = (
  pool: PgPool,
  schema: string,
  tell: (line: string) => void,
  now: () => number = () => performance.now(),
): (() => Promise<void>) => {
  const restUntil = new Map<string, number>();
  let refused = false;
  /** False if the role may not. */
  const analyze = async (client: PgClient, name: string): Promise<boolean> => {
    const warnings: string[] = [];
    const hear = ({ severity, code, message = '' }: { severity?: string; code?: string; message?: string }) => {
      // 55P03: somebody else has the table locked, autovacuum most likely.
      if (severity === 'WARNING' && code !== '55P03') warnings.push(message);
    };
    client.on('notice', hear);
    try {
      await client.alone(analysisOf(schema, name), LONG_STATEMENT_TIME);
    } finally {
      client.removeListener('notice', hear);
    }
    if (warnings.length > 0 && !refused) {
      refused = true;
      tell(
        `the database does not let us analyze its tables (${warnings[0]}): until autovacuum does, ` +
          'statements may be slow. Let the role of DATABASE_URL own them',
      );
    }
    return warnings.length === 0;
  };
  const analyzeAll = async (): Promise<void> => {
    const { rows } = (await pool.query({ text: GROWN, values: [schema] })) as { rows: { name: string }[] };
    for (const { name } of rows) {
      const began = now();
      if (began < (restUntil.get(name) ?? 0)) continue;
      restUntil.set(name, began + AFTER_FAILURE);
      const client = (await pool.connect()) as PgClient & { release(): void };
      try {
        if (await analyze(client, name)) restUntil.set(name, now() + REST * (now() - began));
      } finally {
        client.release();
      }
    }
  };
  return () =>
    analyzeAll().catch((error) => {
      if (!isLost(error)) throw error;
    });
};
