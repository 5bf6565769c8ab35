import { isKtError, KtError } from '../../domain/errors.ts';
import { PrismaClient } from '../../prisma/generated/client/client.ts';
import {
  driverErrorToKtError,
  isOfOneStatement,
  isWorthAnotherTry,
  reasonOf,
  sqlStateOf,
  stopsWritesAlone,
} from './errors.ts';
import type { Hearer } from './listening.ts';
import { makeOutage, type Outage } from './outage.ts';
import { makePort, type Port, type PortEngine } from './port.ts';
import { TAKES_LONG } from './session.ts';
import { CHANNEL, holdBack, makeTelling, noteAs, type Telling } from './telling.ts';
import { txOver, type Tx } from './tx.ts';

export { driverErrorToKtError };

/** An open database of either engine. Opaque: layers above storage pass it on and close it, nothing else. */
export type Database = {
  readonly engine: 'pglite' | 'postgres';
  /** Where the data is, safe to show: a folder, or a URL without its password. */
  readonly where: string;
  /** The connections of its pool, and how much waits for one; missing on the embedded engine, which has no pool. */
  readonly connections?: () => { readonly open: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
};

export type { Tx } from './tx.ts';

/** The engine below Prisma, for what Prisma can't do. */
export type Driver = {
  /** Runs a script of several statements, in one transaction if `atomic`. */
  script(sql: string): Promise<void>;
  rows<Row>(sql: string): Promise<Row[]>;
  /** Listens on a NOTIFY channel until the signal, across lost connections; resolves once everything is closed. */
  listen(channel: string, to: Hearer, signal: AbortSignal): Promise<void>;
  /** Sends a message to a channel; missing where there is no other process to hear it. */
  readonly send?: (channel: string, message: string) => Promise<void>;
  /** Runs `work` while holding the advisory lock that Prisma's own migration command takes. */
  exclusively<T>(work: (driver: Driver) => Promise<T>): Promise<T>;
};

type Inside = {
  readonly prisma: PrismaClient;
  readonly driver: Driver;
  readonly port: Port;
  readonly telling: Telling;
  readonly outage: Outage;
};
const insides = new WeakMap<Database, Inside>();

/** Sets Prisma and a port up over an engine. `close` closes the engine, after Prisma has disconnected. */
export const makeDatabase = (
  facts: Pick<Database, 'engine' | 'where' | 'connections'>,
  adapter: ConstructorParameters<typeof PrismaClient>[0]['adapter'],
  driver: Driver,
  port: PortEngine,
  close: () => Promise<void>,
  outage: Outage = makeOutage(() => {}),
): Database => {
  const prisma = new PrismaClient({ adapter: adapter! });
  let closing: Promise<void> | undefined;
  const database: Database = {
    ...facts,
    close: () =>
      (closing ??= telling
        .close()
        .then(() => prisma.$disconnect())
        .then(close)),
  };
  const { send } = driver;
  const telling = makeTelling(send ? (message) => send(CHANNEL, message) : null);
  insides.set(database, {
    prisma,
    driver,
    port: makePort(port, (wrote, work) => noted({ outage }, wrote, work), telling),
    telling,
    outage,
  });
  return database;
};

const inside = (database: Database) => {
  const found = insides.get(database);
  if (!found) throw new KtError('internal', 'not a database that openDatabase made');
  return found;
};

/** The Prisma client of a database. Only for storage, and for Pothos' plugin (resolvers/graph.ts). */
export const prismaOf = (database: Database): PrismaClient => inside(database).prisma;

/** The engine below Prisma. */
export const driverOf = (database: Database): Driver => inside(database).driver;

/** The way around Prisma for statements that run all the time (port.ts). */
export const portOf = (database: Database): Port => inside(database).port;

/** Who is told of an account's changes, and how. */
export const tellingOf = (database: Database): Telling => inside(database).telling;

/** Runs work of many transactions, an import say, and tells of all of them once, at its end. */
export const toldOnce = <T>(database: Database, work: () => Promise<T>): Promise<T> =>
  holdBack(tellingOf(database), work);

/** Does the work, and records the result for the detection of outages. */
const noted = async <T>({ outage }: { outage: Outage }, wrote: boolean, work: () => Promise<T>): Promise<T> => {
  try {
    const result = await work();
    outage.worked(wrote);
    return result;
  } catch (error) {
    const told = driverErrorToKtError(error);
    // Neither conflicts among writers nor one read that asks too much are a fault of the database.
    const isItsFault = !isWorthAnotherTry(error) && (wrote || !isOfOneStatement(error));
    if (told !== error && isKtError(told, 'unavailable') && isItsFault) {
      outage.failed(reasonOf(error), stopsWritesAlone(sqlStateOf(error)));
    }
    throw told;
  }
};

/** Runs storage calls outside of a transaction. Errors of the driver become KtErrors. */
export const run = <T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> => work(txOver(portOf(database)));

/**
 * The same for statements that each read a few small rows by a key: those of requests that are here at the same time
 * share a round trip (quick-statements.ts).
 */
export const runQuick = <T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> => {
  const port = portOf(database);
  return work(txOver({ ...port, statement: port.quick }));
};

/** Reads rows of the account graph by Prisma, in the shape of a GraphQL query. Errors become KtErrors. */
export const runGraph = <T>(database: Database, work: (prisma: PrismaClient) => Promise<T>): Promise<T> =>
  noted(inside(database), false, () => work(prismaOf(database)));

/**
 * Runs `work` in one transaction, which is committed when it returns and rolled back when it throws. All of its
 * statements must use `tx`: on the embedded engine, any other would wait for this transaction to end. After a conflict
 * (a deadlock, a serialization failure) `work` runs again, so it must change nothing but the database. `long` lets it
 * run for an hour, but only once, so it may read input that comes only once.
 *
 * Everybody takes locks in one order, or two writers would wait for each other: the accounts' rows (changes.ts,
 * `lockAccount`) in the order of their numbers, then devices, then buckets; several of a kind in the order of their
 * keys.
 */
export const transaction = <T>(database: Database, work: (tx: Tx) => Promise<T>, long = false): Promise<T> =>
  portOf(database).transactionally(
    async (on) => {
      const tx = txOver(on);
      noteAs(on, tx);
      if (long && database.engine === 'postgres') await tx.$executeRawUnsafe(TAKES_LONG);
      return work(tx);
    },
    long ? 1 : undefined,
  );

/**
 * Runs `work` in one transaction of PostgreSQL that sees the database as it was at its first statement, whatever others
 * write meanwhile, and writes nothing. It may take an hour.
 */
export const frozen = <T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> =>
  portOf(database).transactionally(async (on) => {
    const tx = txOver(on);
    await tx.$executeRawUnsafe(TAKES_LONG);
    await tx.$executeRawUnsafe('set transaction isolation level repeatable read, read only');
    return work(tx);
  }, 1);
