import type { QueryConfig, QueryResult } from 'pg';
import type { PgClient } from './pg-client.ts';
import { mustBeCommitted, mustBeOpen, type Answer, type PortEngine, type Statement } from './port.ts';
import { parameter, readerOf, type Row } from './port-values.ts';
import { TAKES_ITS_TIME } from './session.ts';
import type { Slots } from './slots.ts';

/** A connection, held by whoever has it until `release`. */
export type PortClient = Pick<PgClient, 'pooled' | 'batch' | 'alone' | 'query' | 'spoiled'> & {
  /** Whether the engine is in this process: no pooler is in between, and no statement ends for its time. */
  readonly embedded: boolean;
  release(): void;
};

/** Connections of which each has our settings. */
export type PortPool = {
  /** For who writes: to be held as long as the connection. */
  readonly writing: Pick<Slots, 'take'>;
  /** `first` is what it is asked first, where that is known: a pool may let its accounts take turns by it. */
  connect(first: readonly Statement[]): Promise<PortClient>;
};

const BEGIN: Statement = { name: 'begin', text: 'BEGIN' };
const COMMIT: Statement = { name: 'commit', text: 'COMMIT' };
/** How a transaction begins; a pooler's connection gets all of its settings with BEGIN (pg-client.ts). */
const startOf = ({ pooled, embedded }: PortClient): readonly Statement[] =>
  pooled || embedded ? [BEGIN] : [BEGIN, TAKES_ITS_TIME];

const types = { getTypeParser: readerOf } as unknown as NonNullable<QueryConfig['types']>;

/** A connection, and how to give it back. */
type Taken = { readonly client: PortClient; readonly leave: () => void };

/** Answers, and the tag of the last command. */
type Asked = { readonly answers: readonly Answer[]; readonly tag: string };

/** A port over connections of a pool, which it shares with Prisma. */
export const makePgPort = (pool: PortPool): PortEngine => {
  /**
   * Whether names are left away. A pooler gives a session's connection to others between two transactions, and theirs
   * to us: only pgbouncer 1.21 and later keep track of what is prepared where. Where one was not noticed when the
   * connection was made (pg-client.ts), it shows here.
   */
  let nameless = false;
  const isOneByOne = (client: PortClient): boolean => nameless || client.pooled;

  /** What an error says of the session. */
  const learnFrom = (error: unknown, client: PortClient): void => {
    const { code } = error as { code?: string };
    if (!client.embedded && (code === '26000' || code === '42P05')) nameless = true;
    // What it has prepared is no longer right: another one takes its place.
    if (code === '0A000') client.spoiled ??= error as Error;
  };

  const take = async (writes: boolean, first: readonly Statement[]): Promise<Taken> => {
    const leave = writes ? await pool.writing.take() : null;
    try {
      const client = await pool.connect(first);
      return {
        client,
        leave: () => {
          client.release();
          leave?.();
        },
      };
    } catch (error) {
      leave?.();
      throw error;
    }
  };

  const withClient = async <T>(
    writes: boolean,
    first: readonly Statement[],
    work: (client: PortClient) => Promise<T>,
  ): Promise<T> => {
    const { client, leave } = await take(writes, first);
    try {
      return await work(client);
    } catch (error) {
      learnFrom(error, client);
      throw error;
    } finally {
      leave();
    }
  };

  const query = ({ text, values = [] }: Statement): QueryConfig => ({ text, values: values.map(parameter), types });
  const answerOf = ({ rows, rowCount }: QueryResult<Row>): Answer => ({ rows, count: rowCount ?? 0 });

  /** Answers in order: in one round trip, where there is no pooler, which hands over one answer at a time. */
  const ask = async (client: PortClient, statements: readonly Statement[], fresh: boolean): Promise<Asked> => {
    if (!isOneByOne(client)) {
      const { error, ...asked } = await client.batch(statements, fresh);
      if (error) throw error;
      return asked;
    }
    const answers: Answer[] = [];
    let tag = '';
    for (const next of statements) {
      const result = (await client.query(query(next))) as QueryResult<Row>;
      answers.push(answerOf(result));
      tag = result.command;
    }
    return { answers, tag };
  };

  /** Whatever happened, the connection is left outside of a transaction. */
  const rollBack = async (client: PortClient): Promise<void> =>
    void (await client.query('ROLLBACK').catch((fault: Error) => (client.spoiled ??= fault)));

  return {
    each: (statements) =>
      withClient(false, statements, async (client) => {
        const ended: PromiseSettledResult<Answer>[] = [];
        while (ended.length < statements.length) {
          const left = statements.slice(ended.length);
          if (isOneByOne(client)) {
            const [one] = await Promise.allSettled([client.alone<Row>(query(left[0]!))]);
            ended.push(one.status === 'fulfilled' ? { ...one, value: answerOf(one.value) } : one);
            continue;
          }
          const { answers, error } = await client.batch(left, false);
          for (const value of answers) ended.push({ status: 'fulfilled', value });
          if (!error) continue;
          learnFrom(error, client);
          // Not of a statement: the end of all of them failed.
          if (answers.length === left.length) throw error;
          ended.push({ status: 'rejected', reason: error });
        }
        return ended;
      }),

    pipeline: (statements, fresh) =>
      withClient(
        statements.some(({ writes }) => writes),
        statements,
        async (client) => {
          const [first, ...more] = statements;
          if (first && more.length === 0) {
            if (isOneByOne(client)) return [answerOf(await client.alone<Row>(query(first)))];
            return [...(await ask(client, statements, fresh)).answers];
          }
          const start = startOf(client);
          try {
            const { answers, tag } = await ask(client, [...start, ...statements, COMMIT], fresh);
            mustBeCommitted({ command: tag });
            return answers.slice(start.length, -1);
          } catch (error) {
            await rollBack(client);
            throw error;
          }
        },
      ),

    transactionally: async (work, fresh) => {
      // Taken with the first statements, which say whose transaction it is.
      let taken: Promise<Taken> | undefined;
      try {
        let begun = false;
        let ended = false;
        const result = await work(async (statements, last) => {
          mustBeOpen(ended);
          ended = last;
          const { client } = await (taken ??= take(true, statements));
          const before = begun ? [] : startOf(client);
          const { answers, tag } = await ask(
            client,
            [...before, ...statements, ...(last ? [COMMIT] : [])],
            fresh && !begun,
          );
          if (last) mustBeCommitted({ command: tag });
          begun = true;
          return answers.slice(before.length, before.length + statements.length);
        });
        if (begun && !ended) mustBeCommitted((await (await taken!).client.query('COMMIT')) as QueryResult);
        return result;
      } catch (error) {
        const client = (await taken?.catch(() => null))?.client;
        if (client) {
          learnFrom(error, client);
          await rollBack(client);
        }
        throw error;
      } finally {
        (await taken?.catch(() => null))?.leave();
      }
    },
  };
};
