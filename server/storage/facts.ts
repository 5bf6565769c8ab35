import { connectAlone } from './pg-client.ts';
import { driverOf, type Database } from './database.ts';
import { migrationsOf, rowsToCarryAfter, type Applied } from './migrate.ts';

/** What a database says of itself, migrated or not. Plain JSON: a running server sends it over its socket. */
export type DatabaseFacts = {
  readonly engine: Database['engine'];
  /** PostgreSQL's. */
  readonly version: string;
  readonly encoding: string;
  readonly collation: string;
  /** How far its clock is ahead of this process's, in ms, and by how much that can be wrong: half the round trip. */
  readonly aheadMs: number;
  readonly unsureMs: number;
  readonly migrations: readonly Applied[];
  /** How many rows the migrations that are missing carry over; a running server of an earlier version does not say. */
  readonly rowsToCarry?: number;
  /** How many passkeys there are for each host, most first; a running server of an earlier version does not say. */
  readonly passkeys?: readonly PasskeyHost[];
  /** The server's own device id; null before the first start. */
  readonly deviceId: string | null;
  /** Why LISTEN does not work, so that changes are noticed late; null if it does. */
  readonly deaf: string | null;
};

export type PasskeyHost = { readonly host: string; readonly count: number };

type Row = {
  version: string;
  encoding: string;
  collation: string;
  now_ms: number;
  has_instance: boolean;
  has_passkeys: boolean;
};

const FACTS = `select split_part(current_setting('server_version'), ' ', 1) as version,
    current_setting('server_encoding') as encoding,
    (select datcollate from pg_database where datname = current_database()) as collation,
    (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms,
    to_regclass('instance') is not null as has_instance, to_regclass('passkeys') is not null as has_passkeys`;

/** A server has as many hosts as its public URL has had: what is beyond the limit is nobody's. */
const PASSKEYS = `select rp_id as host, count(*)::int as count from passkeys
  group by rp_id order by count(*) desc, rp_id limit 100`;

/** How long a notification may take to come back, in ms. */
const PATIENCE = 10_000;

/** Asks an open database about itself. Changes nothing. `now` is in ms. */
export const factsOf = async (database: Database, now = Date.now): Promise<DatabaseFacts> => {
  const driver = driverOf(database);
  await driver.rows('select 1'); // connects, so that the next round trip is a short one
  const before = now();
  const [row] = await driver.rows<Row>(FACTS);
  const after = now();
  const { version, encoding, collation, now_ms, has_instance, has_passkeys } = row!;
  const [instance] = has_instance
    ? await driver.rows<{ id: string }>('select device_id::text as id from instance')
    : [undefined];
  const migrations = await migrationsOf(database);
  return {
    engine: database.engine,
    version,
    encoding,
    collation,
    aheadMs: Math.round(now_ms - (before + after) / 2),
    unsureMs: Math.ceil((after - before) / 2),
    migrations,
    rowsToCarry: await rowsToCarryAfter(database, migrations),
    passkeys: has_passkeys ? await driver.rows<PasskeyHost>(PASSKEYS) : [],
    deviceId: instance?.id ?? null,
    deaf: database.engine === 'pglite' ? null : await whyDeaf(database),
  };
};

/** Tries LISTEN as the feed does it: null if it works, else why not and what to do. */
const whyDeaf = async (database: Database): Promise<string | null> => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    let told: string | null = `a notification did not arrive within ${PATIENCE / 1000} s`;
    const holds = (why: string | null) => {
      told = why;
      stop.abort();
    };
    await driverOf(database).listen('kt_doctor', { holds, heard: () => {} }, stop.signal);
    return told;
  } finally {
    clearTimeout(timer);
  }
};

/** Whether a pooler (pgbouncer, say) answers at a PostgreSQL URL in transaction or statement mode. */
export const isPooled = async (url: string): Promise<boolean> => {
  const client = await connectAlone(url, 'public');
  try {
    return client.pooled;
  } finally {
    await client.leave();
  }
};
