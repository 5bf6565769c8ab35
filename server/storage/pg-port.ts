import type { QueryConfig, QueryResult } from 'pg';
import type { PgClient } from './pg-client.ts';
import type { PgPool } from './pg-pool.ts';
import { mustBeCommitted, mustBeOpen, type Answer, type PortEngine, type Statement } from './port.ts';
import { parameter, readerOf, type Row } from './port-values.ts';
import { TAKES_ITS_TIME } from './session.ts';

const BEGIN = { text: 'BEGIN' };
const COMMIT = { text: 'COMMIT' };
/** How a transaction begins; a pooler's connection gets all of its settings with BEGIN (pg-client.ts). */
const startOf = ({ pooled }: PgClient): readonly QueryConfig[] => (pooled ? [BEGIN] : [BEGIN, TAKES_ITS_TIME]);

const types = { getTypeParser: readerOf } as unknown as NonNullable<QueryConfig['types']>;

/** A port over connections of the pool, which it shares with Prisma. */
export const makePgPort = (pool: PgPool): PortEngine => {
  /**
   * Whether names are left away. A pooler gives a session's connection to others between two transactions, and theirs
   * to us: only pgbouncer 1.21 and later keep track of what is prepared where. Where one was not noticed when the
   * connection was made (pg-client.ts), it shows here.
   */
  let nameless = false;
  const query = ({ name, text, values = [] }: Statement, client: PgClient, fresh: boolean): QueryConfig => ({
    ...(nameless || fresh || client.pooled ? {} : { name }),
    text,
    values: values.map(parameter),
    types,
  });

  const withClient = async <T>(writes: boolean, work: (client: PgClient) => Promise<T>): Promise<T> => {
    const leave = writes ? await pool.writing.take() : null;
    try {
      return await onClient(work);
    } finally {
      leave?.();
    }
  };

  const onClient = async <T>(work: (client: PgClient) => Promise<T>): Promise<T> => {
    const client = (await pool.connect()) as PgClient & { release(): void };
    try {
      return await work(client);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === '26000' || code === '42P05') nameless = true;
      // What it has prepared is no longer right: another one takes its place.
      if (code === '0A000') client.spoiled ??= error as Error;
      throw error;
    } finally {
      client.release();
    }
  };

  const answerOf = (result: unknown): Answer => {
    const { rows, rowCount } = result as QueryResult<Row>;
    return { rows, count: rowCount ?? 0 };
  };

  /** Answers in order: in one round trip, where there is no pooler, which hands over one answer at a time. */
  const ask = async (client: PgClient, queries: readonly QueryConfig[]): Promise<QueryResult[]> => {
    const answers: QueryResult[] = [];
    if (!client.pooled && queries.length > 1) {
      for (const one of await client.together(queries)) {
        if (one.status === 'rejected') throw one.reason;
        answers.push(one.value);
      }
    } else for (const next of queries) answers.push((await client.query(next)) as QueryResult);
    return answers;
  };

  /** Whatever happens, the connection is left outside of a transaction. */
  const rolledBack = async <T>(client: PgClient, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      await client.query('ROLLBACK').catch((fault: Error) => (client.spoiled ??= fault));
      throw error;
    }
  };

  return {
    each: (statements) =>
      withClient(false, async (client) => {
        const queries = statements.map((statement) => query(statement, client, false));
        const ended =
          client.pooled || queries.length === 1
            ? await Promise.allSettled(queries.map((one) => client.alone(one)))
            : await client.together(queries);
        return ended.map((one) => (one.status === 'fulfilled' ? { ...one, value: answerOf(one.value) } : one));
      }),

    pipeline: (statements, fresh) =>
      withClient(
        statements.some(({ writes }) => writes),
        (client) => {
          const [first, ...more] = statements;
          if (first && more.length === 0)
            return client.alone(query(first, client, fresh)).then((result) => [answerOf(result)]);
          return rolledBack(client, async () => {
            const queries = statements.map((statement) => query(statement, client, fresh));
            const start = startOf(client);
            const answers = (await ask(client, [...start, ...queries, COMMIT])).slice(start.length);
            mustBeCommitted(answers.pop()!);
            return answers.map(answerOf);
          });
        },
      ),

    transactionally: (work, fresh) =>
      withClient(true, (client) =>
        rolledBack(client, async () => {
          const start = startOf(client);
          let begun = false;
          let ended = false;
          const result = await work(async (statements, last) => {
            mustBeOpen(ended);
            ended = last;
            const queries = statements.map((statement) => query(statement, client, fresh));
            const answers = await ask(client, [...(begun ? [] : start), ...queries, ...(last ? [COMMIT] : [])]);
            if (last) mustBeCommitted(answers.pop()!);
            const own = answers.slice(begun ? 0 : start.length).map(answerOf);
            begun = true;
            return own;
          });
          if (begun && !ended) mustBeCommitted((await client.query(COMMIT)) as QueryResult);
          return result;
        }),
      ),
  };
};
