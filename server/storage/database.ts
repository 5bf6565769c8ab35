import { KtError } from '../../domain/errors.ts';
import { Prisma, PrismaClient } from '../../prisma/generated/client/client.ts';
import { driverErrorToKtError } from './errors.ts';

/** An open database of either engine. Opaque: rooms above storage pass it on and close it, nothing else. */
export type Database = {
  readonly engine: 'pglite' | 'postgres';
  /** Where it lies, fit to be shown: a folder, or a URL without its password. */
  readonly where: string;
  close(): Promise<void>;
};

/** What runs statements: the database itself, or a transaction on it. */
export type Tx = Prisma.TransactionClient;

/** The engine below Prisma, for what Prisma can't do: scripts of several statements. */
export type Driver = {
  /** Runs a script; all of its statements in one transaction when `atomic`. */
  script(sql: string): Promise<void>;
  rows<Row>(sql: string): Promise<Row[]>;
  /**
   * Listens on a NOTIFY channel until the returned function is called. `onReconnect` is told when a lost connection is back:
   * what was said meanwhile is lost.
   */
  listen(channel: string, onMessage: (payload: string) => void, onReconnect: () => void): Promise<() => Promise<void>>;
  /** Runs `work` while holding the advisory lock that Prisma's own migration command takes. */
  exclusively<T>(work: (driver: Driver) => Promise<T>): Promise<T>;
};

const insides = new WeakMap<Database, { prisma: PrismaClient; driver: Driver }>();

/**
 * How long a transaction may wait for its turn and run, in ms. Prisma's own 2 s and 5 s are for pools: on the embedded
 * engine's one connection writers queue, and a batch of 5,000 events on a busy machine takes its time.
 */
const TRANSACTION = { maxWait: 60_000, timeout: 120_000 };
/** The same for what takes its time by nature, which is an import: an hour. */
const LONG = { maxWait: 3_600_000, timeout: 3_600_000 };

/** Wires Prisma over an engine's adapter. `close` closes the engine; Prisma is disconnected first. */
export const makeDatabase = (
  facts: Pick<Database, 'engine' | 'where'>,
  adapter: ConstructorParameters<typeof PrismaClient>[0]['adapter'],
  driver: Driver,
  close: () => Promise<void>,
): Database => {
  // While an import has the one connection of the embedded engine, the others wait for it, and are not refused.
  const transactionOptions = facts.engine === 'pglite' ? { ...TRANSACTION, maxWait: LONG.maxWait } : TRANSACTION;
  const prisma = new PrismaClient({ adapter: adapter!, transactionOptions });
  let closing: Promise<void> | undefined;
  const database: Database = {
    ...facts,
    close: () => (closing ??= prisma.$disconnect().then(close)),
  };
  insides.set(database, { prisma, driver });
  return database;
};

const inside = (database: Database) => {
  const found = insides.get(database);
  if (!found) throw new KtError('internal', 'not a database that openDatabase made');
  return found;
};

/** The Prisma client of a database. For storage, and for Pothos' plugin (graphql/builder.ts). */
export const prismaOf = (database: Database): PrismaClient => inside(database).prisma;

/** The engine below Prisma. */
export const driverOf = (database: Database): Driver => inside(database).driver;

/** Runs storage calls outside a transaction. Driver errors come out as KtErrors. */
export const run = async <T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> => {
  try {
    return await work(prismaOf(database));
  } catch (error) {
    throw driverErrorToKtError(error);
  }
};

/**
 * Runs `work` in one transaction, committed when it returns and rolled back when it throws. A statement outside `tx`
 * inside it would wait for itself on the embedded engine: everything goes through `tx`. Locks are taken in the order
 * device, bucket (one a transaction, or ascending), account. `long` lets it run for an hour.
 */
export const transaction = async <T>(database: Database, work: (tx: Tx) => Promise<T>, long = false): Promise<T> => {
  try {
    return await prismaOf(database).$transaction(work, long ? LONG : {});
  } catch (error) {
    throw driverErrorToKtError(error);
  }
};
