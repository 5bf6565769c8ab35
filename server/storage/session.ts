/**
 * What a session of PostgreSQL is to us, whatever its server, database or role say. Nothing of this goes into the
 * startup message:
 * poolers refuse one that names settings.
 */

/** How long a statement may take, in ms: as long as the transaction that it is in (database.ts). */
export const STATEMENT_TIME = 120_000;
/** The same for a transaction that takes its time by nature. */
export const LONG_STATEMENT_TIME = 3_600_000;
/**
 * The first statement of such a transaction. Known by its text where the driver waits for answers: see pg-client.ts.
 */
export const TAKES_LONG = `set local statement_timeout = ${LONG_STATEMENT_TIME}`;

/** An identifier as SQL takes it, whatever is in it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema` holds our tables: all of ours, by Prisma and by hand. `time` is what a statement may take, in ms. */
const settings = (schema: string, time: number): string[] => [
  `search_path = ${quoted(schema)}`,
  // The driver reads times as if they were UTC's, and text as UTF-8.
  `timezone = 'UTC'`,
  `datestyle = 'ISO, MDY'`,
  `client_encoding = 'UTF8'`,
  `statement_timeout = ${time}`,
  // Pages are read in the order of an index, for the reason in pglite.ts; and JIT spends 1.5 s on compiling what then
  // takes 0.3.
  'enable_bitmapscan = off',
  'jit = off',
];

/** For a connection that keeps its session: once. */
export const sessionStart = (schema: string, time: number): string =>
  [...settings(schema, time), `default_transaction_isolation = 'read committed'`]
    .map((setting) => `set ${setting}`)
    .join('; ');

/** For one that a pooler may hand to others between two transactions: the beginning of each. */
export const transactionStart = (schema: string, time: number): string =>
  ['begin isolation level read committed', ...settings(schema, time).map((setting) => `set local ${setting}`)].join(
    '; ',
  );
