import { isKtError, KtError } from '../../domain/errors.ts';
import { type Prisma, PrismaClient } from '../../prisma/generated/client/client.ts';
import { driverErrorToKtError, isWorthAnotherTry, reasonOf, sqlStateOf, stopsWritesAlone } from './errors.ts';
import type { Hearer } from './listening.ts';
import { makeOutage, type Outage } from './outage.ts';
import { LONG_STATEMENT_TIME, STATEMENT_TIME, TAKES_LONG } from './session.ts';

export { driverErrorToKtError };

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
  /** Listens on a NOTIFY channel until the signal, whatever happens, and resolves when nothing is left of it. */
  listen(channel: string, to: Hearer, signal: AbortSignal): Promise<void>;
  /** Runs `work` while holding the advisory lock that Prisma's own migration command takes. */
  exclusively<T>(work: (driver: Driver) => Promise<T>): Promise<T>;
};

const insides = new WeakMap<Database, { prisma: PrismaClient; driver: Driver; outage: Outage }>();

/**
 * How long a transaction may wait for its turn and run, in ms. Prisma's own 2 s and 5 s are for pools: on the embedded
 * engine's one connection writers queue, and a batch of 5,000 events on a busy machine takes its time.
 */
const TRANSACTION = { maxWait: 60_000, timeout: STATEMENT_TIME };
/** The same for what takes its time by nature, which is an import: an hour. */
const LONG = { maxWait: 3_600_000, timeout: LONG_STATEMENT_TIME };
/** How often a transaction is tried in all that others came between. */
const TRIES = 4;

/** Wires Prisma over an engine's adapter. `close` closes the engine; Prisma is disconnected first. */
export const makeDatabase = (
  facts: Pick<Database, 'engine' | 'where'>,
  adapter: ConstructorParameters<typeof PrismaClient>[0]['adapter'],
  driver: Driver,
  close: () => Promise<void>,
  outage: Outage = makeOutage(() => {}),
): Database => {
  // While an import has the one connection of the embedded engine, the others wait for it, and are not refused.
  const transactionOptions = facts.engine === 'pglite' ? { ...TRANSACTION, maxWait: LONG.maxWait } : TRANSACTION;
  const prisma = new PrismaClient({ adapter: adapter!, transactionOptions });
  let closing: Promise<void> | undefined;
  const database: Database = {
    ...facts,
    close: () => (closing ??= prisma.$disconnect().then(close)),
  };
  insides.set(database, { prisma, driver, outage });
  return database;
};

const inside = (database: Database) => {
  const found = insides.get(database);
  if (!found) throw new KtError('internal', 'not a database that openDatabase made');
  return found;
};

/** The Prisma client of a database. For storage, and for Pothos' plugin (resolvers/graph.ts). */
export const prismaOf = (database: Database): PrismaClient => inside(database).prisma;

/** The engine below Prisma. */
export const driverOf = (database: Database): Driver => inside(database).driver;

/** Does the work; notes on the outage, if there is one, how it went. */
const noted = async <T>({ outage }: { outage: Outage }, wrote: boolean, work: () => Promise<T>): Promise<T> => {
  try {
    const result = await work();
    outage.worked(wrote);
    return result;
  } catch (error) {
    const told = driverErrorToKtError(error);
    // Writers that are in each other's way are no fault of the database.
    if (told !== error && isKtError(told, 'unavailable') && !isWorthAnotherTry(error)) {
      outage.failed(reasonOf(error), stopsWritesAlone(sqlStateOf(error)));
    }
    throw told;
  }
};

/** Runs storage calls outside a transaction. Driver errors come out as KtErrors. */
export const run = <T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> =>
  noted(inside(database), false, () => work(prismaOf(database)));

/**
 * Runs `work` in one transaction, committed when it returns and rolled back when it throws. A statement outside `tx`
 * inside it would wait for itself on the embedded engine: everything goes through `tx`. Where others came between (a
 * deadlock, a serialization failure) it is run again, so it changes nothing but the database. `long` lets it run for
 * an hour, once: it may read what comes only once.
 *
 * Locks are taken in one order by everybody, or two writers wait for each other: the account's row (changes.ts,
 * `lockAccount`), then devices, then buckets, of several of a kind in the order of their UUIDs.
 */
export const transaction = <T>(database: Database, work: (tx: Tx) => Promise<T>, long = false): Promise<T> => {
  const { prisma } = inside(database);
  const begun = async (tx: Tx): Promise<T> => {
    if (long && database.engine === 'postgres') await tx.$executeRawUnsafe(TAKES_LONG);
    return work(tx);
  };
  return noted(inside(database), true, async () => {
    for (let tries = long ? TRIES : 1; ; tries++) {
      try {
        return await prisma.$transaction(begun, long ? LONG : {});
      } catch (error) {
        if (tries >= TRIES || !isWorthAnotherTry(error)) throw error;
      }
    }
  });
};
