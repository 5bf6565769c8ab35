/**
 * Our settings of a PostgreSQL session, independent of those of its server, database or role. None is in the startup
 * message, because poolers refuse one that contains settings.
 */

/** How long a statement by itself may take, in ms: the longest are a page of some MB, and a count. */
export const OWN_TIME = 30_000;
/** The same for one of a transaction, which may wait for others that write the same. */
export const STATEMENT_TIME = 120_000;
/** The same for a transaction that takes long by nature. */
export const LONG_STATEMENT_TIME = 3_600_000;
/** Follows BEGIN, in its packet, where the session's own time is that of a statement by itself. */
export const TAKES_ITS_TIME = { name: 'takes-its-time', text: `set local statement_timeout = ${STATEMENT_TIME}` };
/** The first statement of one that takes long. pg-client.ts recognizes it by its text, to wait longer for answers. */
export const TAKES_LONG = `set local statement_timeout = ${LONG_STATEMENT_TIME}`;

/** An identifier quoted for SQL, whatever it contains. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as a literal of SQL, for what takes no parameters; strings are standard ones, as PostgreSQL has them. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * `schema` is that of all our tables, for Prisma and for our own statements. `time` is how long a statement may take,
 * in ms.
 */
const settings = (schema: string, time: number): string[] => [
  `search_path = ${quoted(schema)}`,
  // The driver assumes UTC for times, UTF-8 for text, and what reads columns (port-values.ts) these forms.
  `timezone = 'UTC'`,
  `datestyle = 'ISO, MDY'`,
  `client_encoding = 'UTF8'`,
  `bytea_output = 'hex'`,
  'extra_float_digits = 1',
  `statement_timeout = ${time}`,
  // Pages are read in the order of an index, for the reason in pglite.ts; and JIT spends 1.5 s on compiling what then
  // takes 0.3.
  'enable_bitmapscan = off',
  'jit = off',
  // Planned once a session and statement: the engine would plan most of ours anew each time (0.7 ms for a page of one
  // event that takes 0.1), because a plan for given values looks cheaper to it than it is. Ours are such that the
  // values don't matter (plans.test.ts).
  'plan_cache_mode = force_generic_plan',
];

/** For a connection that keeps its session: sent once. */
export const sessionStart = (schema: string, time: number): string =>
  [...settings(schema, time), `default_transaction_isolation = 'read committed'`]
    .map((setting) => `set ${setting}`)
    .join('; ');

/** For one that a pooler may give to others between two transactions: sent at the beginning of each. */
export const transactionStart = (schema: string, time: number): string =>
  ['begin isolation level read committed', ...settings(schema, time).map((setting) => `set local ${setting}`)].join(
    '; ',
  );
