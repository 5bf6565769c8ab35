import { KtError } from '../../domain/errors.ts';
import { mayWrite } from './disk-space.ts';
import { isWorthAnotherTry, sqlStateOf } from './errors.ts';
import { parameter, type Row, type Value } from './port-values.ts';
import { makeQuickStatements } from './quick-statements.ts';
import { noteFor, tellNow, type Telling } from './telling.ts';

export type { Cell, Row, Value } from './port-values.ts';

/**
 * A narrow way to the engine beside Prisma, for statements that run all the time: parsed and planned once a session,
 * then known by `name`. One row by its key comes 1.6 times as often as by Prisma's `$queryRaw` on PostgreSQL, 6.6 times
 * on the embedded engine (interleaved, PostgreSQL 15, November 2026). Errors are KtErrors, as those of `run` and
 * `transaction` are (database.ts).
 */
export type Statements = {
  /**
   * The rows of one statement. `name` belongs to this text alone: letters, digits and dashes, at most 63, because
   * PostgreSQL cuts what is longer. bigint columns arrive as bigint, smaller numbers and floats as number, bytea as
   * Buffer, timestamptz as Date, arrays as arrays; everything else is PostgreSQL's own text, json and jsonb too
   * (`fromJsonb` reads them). Fails with `invalid` for a text that PostgreSQL can't hold.
   */
  statement<Found extends Row = Row>(name: string, text: string, values?: readonly Value[]): Promise<Found[]>;
  /** How many rows a statement wrote; otherwise as `statement`. */
  written(name: string, text: string, values?: readonly Value[]): Promise<number>;
  /**
   * Statements known beforehand, in one round trip and one transaction; the rows of each. If one fails, none has
   * happened, and its error is thrown. If they move an account's revision, `tellingOf(database).tell([account])` is
   * up to the caller.
   */
  pipeline<Found extends Row[][] = Row[][]>(statements: readonly Statement[]): Promise<Found>;
};

/** Statements of a transaction. */
export type Within = Statements & {
  /** A pipeline that ends the transaction: its commit goes in the same round trip, and nothing may follow. */
  commit<Found extends Row[][] = Row[][]>(statements: readonly Statement[]): Promise<Found>;
};

export type Port = Statements & {
  /**
   * As `statement`, for one that reads a few small rows by a key, and takes no lock: those that wait at the same time
   * share a round trip (quick-statements.ts), each by itself.
   */
  quick<Found extends Row = Row>(name: string, text: string, values?: readonly Value[]): Promise<Found[]>;
  /**
   * Runs `work` in one transaction, in which a statement may depend on the rows of the last: committed when it returns,
   * rolled back when it throws. As with `transaction`, all its statements must use what it is given, and after a
   * conflict it runs again, so it must change nothing but the database. It begins in the round trip of its first
   * statements.
   */
  transactionally<T>(work: (on: Within) => Promise<T>, tries?: number): Promise<T>;
};

export type Statement = { readonly name: string; readonly text: string; readonly values?: readonly Value[] };

/** A statement whose name was checked. */
export type KnownStatement = Statement & { readonly writes: boolean };

/** A statement's rows, and how many it read or wrote. */
export type Answer = { readonly rows: Row[]; readonly count: number };

/** `last`: the transaction is committed behind them. */
type Send = (statements: readonly KnownStatement[], last: boolean) => Promise<Answer[]>;

/** One try of what a port does, on one engine. `fresh`: nothing that was prepared before is used. */
export type PortEngine = {
  /** A single one needs no transaction of its own. */
  pipeline(statements: readonly KnownStatement[], fresh: boolean): Promise<Answer[]>;
  /** Each in a transaction of its own, in one round trip. Fails where none was answered. */
  each(statements: readonly KnownStatement[]): Promise<PromiseSettledResult<Answer>[]>;
  transactionally<T>(work: (send: Send) => Promise<T>, fresh: boolean): Promise<T>;
};

/** COMMIT answers ROLLBACK, and no error, where a statement failed whose error was caught. */
export const mustBeCommitted = ({ command }: { readonly command: string }): void => {
  if (command !== 'COMMIT')
    throw new Error('a statement of this transaction failed, and the work went on: nothing was written');
};

/** Nothing may follow the pipeline that commits a transaction. */
export const mustBeOpen = (ended: boolean): void => {
  if (ended) throw new Error('this transaction is committed: nothing more belongs to it');
};

/** How often something is tried that conflicts with others. */
const TRIES = 4;
const LONGEST_NAME = 63;

/**
 * The session no longer has, or has already, a statement of this name (`discard all`, a pooler); or its result changed
 * with a table. The same one, prepared anew, works.
 */
const isStale = (error: unknown): boolean => {
  const state = sqlStateOf(error);
  if (state === '26000' || state === '42P05') return true;
  return state === '0A000' && (error as { routine?: string }).routine === 'RevalidateCachedQuery';
};

/** The text that each name belongs to in this process. */
const texts = new Map<string, { readonly text: string; readonly writes: boolean }>();

/** Fails with `internal` for a name that is too long, or that was used with another text. */
const know = (statement: Statement): KnownStatement => {
  const { name, text } = statement;
  const found = texts.get(name);
  if (found?.text === text) return { name, text, values: statement.values, writes: found.writes };
  if (found) throw new KtError('internal', `two statements have the name ${name}`);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || name.length > LONGEST_NAME)
    throw new KtError('internal', `a statement's name is at most 63 letters, digits and dashes: ${name}`);
  const made = { text, writes: mayWrite(text) };
  texts.set(name, made);
  return { name, text, values: statement.values, writes: made.writes };
};

/** `noted` maps errors, and hears what works (database.ts); `telling` tells what a transaction noted (telling.ts). */
export const makePort = (
  engine: PortEngine,
  noted: <T>(wrote: boolean, work: () => Promise<T>) => Promise<T>,
  telling: Telling,
): Port => {
  const tried = async <T>(once: (fresh: boolean) => Promise<T>, most = TRIES): Promise<T> => {
    let fresh = false;
    for (let tries = 1; ; tries++) {
      try {
        return await once(fresh);
      } catch (error) {
        const stale = isStale(error);
        fresh ||= stale;
        if (tries >= most || !(stale || isWorthAnotherTry(error))) throw error;
      }
    }
  };
  const statementsBy = (send: Send): Within => ({
    statement: async <Found extends Row>(name: string, text: string, values: readonly Value[] = []) =>
      (await send([know({ name, text, values })], false))[0]!.rows as Found[],
    written: async (name, text, values = []) => (await send([know({ name, text, values })], false))[0]!.count,
    pipeline: async <Found extends Row[][]>(statements: readonly Statement[]) =>
      (statements.length === 0 ? [] : (await send(statements.map(know), false)).map(({ rows }) => rows)) as Found,
    commit: async <Found extends Row[][]>(statements: readonly Statement[]) =>
      (await send(statements.map(know), true)).map(({ rows }) => rows) as Found,
  });
  const together = makeQuickStatements((statements) => engine.each(statements));
  const { statement, written, pipeline } = statementsBy((all) =>
    noted(
      all.some(({ writes }) => writes),
      () => tried((fresh) => engine.pipeline(all, fresh)),
    ),
  );
  return {
    statement,
    written,
    pipeline,
    quick: async <Found extends Row>(name: string, text: string, values: readonly Value[] = []) => {
      // Here, so that one that can't be sent fails alone.
      const known = know({ name, text, values: values.map(parameter) });
      const once = async (fresh: boolean) => (fresh ? (await engine.pipeline([known], true))[0]! : together(known));
      return (await noted(false, () => tried(once))).rows as Found[];
    },
    transactionally: (work, tries) =>
      noted(true, () =>
        tried(async (fresh) => {
          let accounts: ReadonlySet<number> = new Set();
          const result = await engine.transactionally((send) => {
            const on = statementsBy(send);
            accounts = noteFor(on);
            return work(on);
          }, fresh);
          tellNow(telling, accounts);
          return result;
        }, tries),
      ),
  };
};
