import type { QueryConfig, QueryResult } from 'pg';
import type { PgClient } from './pg-client.ts';
import type { PgPool } from './pg-pool.ts';
import { mustBeCommitted, type PortEngine, type Statement } from './port.ts';
import { parameter, readerOf, type Row } from './port-values.ts';

const types = { getTypeParser: readerOf } as unknown as NonNullable<QueryConfig['types']>;

/** A port over connections of the pool, which it shares with Prisma. */
export const makePgPort = (pool: PgPool): PortEngine => {
  /**
   * Whether names are left away. A pooler gives a session's connection to others between two transactions, and theirs to
   * us: only pgbouncer 1.21 and later keep track of what is prepared where. Where one was not noticed when the connection
   * was made (pg-client.ts), it shows here.
   */
  let nameless = false;
  const query = ({ name, text, values = [] }: Statement, client: PgClient, fresh: boolean): QueryConfig => ({
    ...(nameless || fresh || client.pooled ? {} : { name }),
    text,
    values: values.map(parameter),
    types,
  });

  const withClient = async <T>(work: (client: PgClient) => Promise<T>): Promise<T> => {
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

  /** Begins and commits around `work`; whatever happens, the connection is left outside of a transaction. */
  const inTransaction = async <T>(client: PgClient, work: () => Promise<T>): Promise<T> => {
    await client.query('BEGIN');
    try {
      const result = await work();
      mustBeCommitted((await client.query('COMMIT')) as QueryResult);
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((fault: Error) => (client.spoiled ??= fault));
      throw error;
    }
  };

  const rowsOf = (result: unknown): Row[] => (result as QueryResult<Row>).rows;

  return {
    one: (statement, fresh) =>
      withClient(async (client) => rowsOf(await client.alone(query(statement, client, fresh)))),

    pipeline: (statements, fresh) =>
      withClient(async (client) => {
        const queries = statements.map((statement) => query(statement, client, fresh));
        // A pooler hands over one answer at a time.
        if (client.pooled)
          return inTransaction(client, async () => {
            const all: Row[][] = [];
            for (const next of queries) all.push(rowsOf(await client.query(next)));
            return all;
          });
        const [, ...ended] = await client.together([{ text: 'BEGIN' }, ...queries, { text: 'COMMIT' }]);
        mustBeCommitted(ended.pop()!);
        return ended.map(rowsOf);
      }),

    transactionally: (work, fresh) =>
      withClient((client) =>
        inTransaction(client, () =>
          work(async (statement) => rowsOf(await client.query(query(statement, client, fresh)))),
        ),
      ),
  };
};
