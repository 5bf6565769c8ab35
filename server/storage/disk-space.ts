import { statfsSync } from 'node:fs';
import { messages, type PGlite, type Transaction } from '@electric-sql/pglite';
import { KtError } from '../../domain/errors.ts';

/**
 * Free space on a disk. `refuse` throws PostgreSQL's error for a full disk (53100) when there is less than the reserve.
 */
export type DiskSpace = { left(): number; isShort(): boolean; refuse(): void };

/** Called once when space runs low and once when there is enough again, with a line for the log. */
export type Tell = (line: string) => void;

const MB = 1024 * 1024;

/** A `DatabaseError` as the engine itself raises it, so that all code above treats it alike. */
const diskFull = (message: string): Error =>
  Object.assign(new messages.DatabaseError(message, 0, 'error'), { code: '53100', severity: 'ERROR' });

/** The free space of the disk that holds `folder`. With less than `reserve` bytes, nothing more is written there. */
export const makeDiskSpace = (folder: string, reserve: number, tell: Tell = () => {}): DiskSpace => {
  let short = false;
  const left = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  const isShort = (): boolean => {
    const free = left();
    if (short !== free < reserve) {
      short = !short;
      const reserved = `the ${Math.round(reserve / MB)} MB that are kept free`;
      tell(
        short
          ? `the disk of ${folder} has ${Math.floor(free / MB)} MB left, less than ${reserved}: ` +
              'writes are refused, reads go on'
          : `the disk of ${folder} has room again: writes go on`,
      );
    }
    return short;
  };
  return {
    left,
    isShort,
    refuse: () => {
      if (isShort()) throw diskFull('the disk has less room than is kept free');
    },
  };
};

/** Statements that write. A bare word is not enough: comments, columns and `for update` may contain it too. */
const WRITES = new RegExp(
  String.raw`\b(insert\s+into|merge\s+into|delete\s+from|update\s+(only\s+)?[\w".]+\s+(as\s+)?(\w+\s+)?set|` +
    String.raw`(truncate|create|alter|drop)\s|vacuum|reindex)`,
  'i',
);
const COMMENTS = /--[^\n]*|\/\*[\s\S]*?\*\//g;

/** Whether a statement may write. */
export const mayWrite = (sql: string): boolean => WRITES.test(sql.replace(COMMENTS, ''));

/**
 * The parts of the engine that Prisma's adapter and our code use. `under` is how the running transaction ends: there is
 * one at a time.
 */
export type Engine = Pick<PGlite, 'exec' | 'query' | 'transaction'> & { readonly under: Promise<unknown> };

/**
 * Wraps the engine such that statements that may write are refused while space is low. Checked before every statement,
 * and not only once per transaction, because an import is one transaction. PostgreSQL in WebAssembly ends for good when
 * its log finds no space (see `endWhole`), so it must not come to that.
 */
export const keepReserve = (pglite: PGlite, space: DiskSpace): Engine => {
  const asked =
    <Args extends [string, ...unknown[]], Result>(run: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      if (mayWrite(args[0])) space.refuse();
      return run(...args);
    };
  let under: Promise<unknown> = Promise.resolve();
  return {
    get under() {
      return under;
    },
    exec: asked(pglite.exec.bind(pglite)),
    // Looked up on every call instead of bound once, because the tests count statements there.
    query: asked((...args: Parameters<PGlite['query']>) => pglite.query(...args)) as PGlite['query'],
    transaction: (work) => {
      const done = pglite.transaction((tx) => {
        under = done;
        return work({
          exec: asked(tx.exec.bind(tx)),
          query: asked(tx.query.bind(tx)) as Transaction['query'],
          sql: tx.sql.bind(tx),
          listen: tx.listen.bind(tx),
          rollback: tx.rollback.bind(tx),
          get closed() {
            return tx.closed;
          },
        });
      });
      done.catch(() => undefined); // the caller gets this error from `done` itself
      return done;
    },
  };
};

/** The parts of the engine's module that its message loop calls around a statement. */
type Loop = Record<
  '_PostgresMainLoopOnce' | '_PostgresSendReadyForQueryIfNecessary' | '_pgl_pq_flush' | 'stackSave' | 'stackRestore',
  (...args: unknown[]) => unknown
>;
/** The exception by which PostgreSQL leaves a statement that failed; any other means that the engine has ended. */
const LONGJMP = 100;

/**
 * Makes an engine that ended (a PANIC aborts it) throw on every later call. PGlite does not notice by itself: it would
 * call the engine for ever, or wait for a lock that is never released, at 100 % CPU and deaf to signals. `ended` is
 * called once.
 */
export const endWhole = (pglite: PGlite, ended: (why: string) => void): void => {
  const module = pglite.Module as unknown as Loop & { readonly [key: string]: unknown };
  const once = module._PostgresMainLoopOnce;
  module._PostgresMainLoopOnce = () => {
    try {
      return once();
    } catch (error) {
      if ((error as { status?: number }).status === LONGJMP) throw error;
      const why = ((error as Error).message ?? String(error)).split('\n')[0]!;
      const over = () => {
        throw new KtError('unavailable', `the embedded database has ended (${why}): start kt-server again`);
      };
      module.stackSave = over;
      module.stackRestore = over;
      module._PostgresMainLoopOnce = over;
      module._PostgresSendReadyForQueryIfNecessary = () => undefined;
      module._pgl_pq_flush = () => undefined;
      ended(why);
      return over();
    }
  };
};
