import { hostname } from 'node:os';
import { VERSION } from '../cli/version.ts';
import { KtError } from '../domain/errors.ts';
import type { Config } from './config.ts';
import type { OtherOwner, Owner } from '../cli/folder-owner.ts';
import { makeBackups, type Backups } from './backup/backup.ts';
import { claimFolder } from './owner.ts';
import { poolLimits } from './pool-limits.ts';
import { makeQueryPool } from './query/pool.ts';
import type { Deps } from './resolvers/deps.ts';
import { makeResolvers, type Resolvers } from './resolvers/resolvers.ts';
import type { ValueKeeping } from './resolvers/value-keeping.ts';
import { dropShadows } from './storage/backup/shadows.ts';
import type { Database } from './storage/database.ts';
import { makeFeed, type Feed } from './storage/feed.ts';
import { migrate } from './storage/migrate.ts';
import { embeddedFolder, openDatabase } from './storage/open.ts';

/**
 * An open, migrated database and the rules over it. `owner` is our lock on the data folder where the database is
 * embedded.
 */
export type Backend = {
  readonly database: Database;
  readonly resolvers: Resolvers;
  readonly owner: Owner | null;
  readonly feed: Feed;
  readonly backups: Backups;
  /** How many queries run now. */
  readonly runningQueries: () => number;
  close(): Promise<void>;
};

/** The calls that one kt-server process carries out for another on the same data folder. */
const CALLS = [
  'createKey',
  'listKeys',
  'revokeKey',
  'rotateKey',
  'loginLink',
  'pageOfUsers',
  'inviteUser',
  'withdrawUser',
  'markUser',
  'connectUser',
  'disconnectUser',
  'identitiesOf',
  'listTrash',
  'restoreTrash',
  'emptyTrash',
  'databaseFacts',
  'accountContents',
  'deleteAccount',
  'exportHead',
  'exportEvents',
  'admitRole',
  'dismissRole',
] as const;
export type AccountCall = (typeof CALLS)[number];
type Accounts = Resolvers['accounts'] &
  Resolvers['accountExport'] &
  Resolvers['accountRemoval'] &
  Resolvers['identities'] &
  Resolvers['keyRotation'] &
  Resolvers['loginLinks'] &
  Resolvers['operating'] &
  Resolvers['people'] &
  Resolvers['sqlRoles'] &
  Resolvers['trashKeeping'];
export type AccountInput<Call extends AccountCall> = Parameters<Accounts[Call]>[0];
/** A result as it arrives over the socket: dates are text. */
type Sent<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: Sent<T[Key]> } : T;
export type AccountResult<Call extends AccountCall> = Sent<Awaited<ReturnType<Accounts[Call]>>>;

const callAccounts = (
  {
    accounts,
    accountExport,
    accountRemoval,
    identities,
    keyRotation,
    loginLinks,
    operating,
    people,
    sqlRoles,
    trashKeeping,
  }: Resolvers,
  call: AccountCall,
  input: unknown,
): Promise<unknown> =>
  ({
    ...accounts,
    ...accountExport,
    ...accountRemoval,
    ...identities,
    ...keyRotation,
    ...loginLinks,
    ...operating,
    ...people,
    ...sqlRoles,
    ...trashKeeping,
  })[call](input as never);

/**
 * What the caller provides for opening. `tell` gets lines for the log, if there is one; `stop` cancels the opening
 * between two steps.
 */
type Facts = Pick<Deps, 'hostname' | 'now' | 'onFault'> & {
  readonly tell?: (line: string) => void;
  readonly stop?: AbortSignal | undefined;
};

/**
 * The embedded engine stopped in the middle of its work. Every acknowledged write is in its files, and the next start
 * recovers it; this process can do nothing more.
 */
const endWithEngine = (why: string): never => {
  process.stderr.write(
    `kt-server: the embedded database ended in the middle of its work (${why}). ` +
      'Is its disk full? Nothing that was acknowledged is lost: start again\n',
  );
  process.exit(1);
};

/** Opens the backend, or says which other process has the data folder. A failure leaves nothing open. */
export const openBackend = async (
  config: Config,
  { tell = () => {}, stop, ...facts }: Facts,
): Promise<Backend | { other: OtherOwner }> => {
  let owner: Owner | null = null;
  if (embeddedFolder(config.databaseUrl) !== undefined) {
    const claimed = await claimFolder(config.dataDir);
    if ('other' in claimed) return claimed;
    owner = claimed.owner;
  }
  let database: Database | undefined;
  let feed: Feed | undefined;
  let backups: Backups | undefined;
  let values: ValueKeeping | undefined;
  const queries = makeQueryPool(poolLimits(config));
  const close = async () => {
    // The lock is released last, and whatever goes wrong before that.
    try {
      await queries.close();
      await values?.stop();
      await backups?.close();
      await feed?.close();
      await database?.close();
    } finally {
      await owner?.release();
    }
  };
  try {
    database = await openDatabase(config.databaseUrl, {
      directUrl: config.databaseDirectUrl || undefined,
      reserve: config.diskReserveMegabytes * 1024 * 1024,
      ended: endWithEngine,
      tell,
    });
    stop?.throwIfAborted();
    // What a backup left whose process ended: where it can't go now, for want of room, it goes with the next start.
    if (database.engine === 'pglite') await dropShadows(database).catch(() => {});
    await migrate(database, undefined, { stop, version: VERSION, tell });
    stop?.throwIfAborted();
    feed = makeFeed(database, { tell, now: facts.now });
    const resolvers = makeResolvers({
      database,
      feed,
      version: VERSION,
      testing: config.testing,
      runQuery: queries.runQuery,
      queriesPerAccount: config.queriesPerAccount,
      eventBytes: config.eventBytes,
      ...facts,
    });
    values = resolvers.values;
    const made = makeBackups(database, facts);
    backups = made;
    owner?.serve(async (name, input) => {
      if (name === 'backup') return made.begin();
      const call = CALLS.find((known) => known === name);
      if (!call)
        throw new KtError(
          'invalid',
          `the running kt-server knows no command ${name}: it is of another version; restart it`,
        );
      return callAccounts(resolvers, call, input);
    });
    return { database, resolvers, owner, feed, backups, runningQueries: queries.running, close };
  } catch (error) {
    await close().catch(() => {}); // the first failure is the one to report
    throw error;
  }
};

/** Asks for one piece of work on accounts. */
export type Ask = <Call extends AccountCall>(call: Call, input?: AccountInput<Call>) => Promise<AccountResult<Call>>;

/**
 * Opens the accounts for several pieces of work, in this process or in the one that owns the data folder, so that it
 * works while the server runs. On PostgreSQL every process can do it. `work` gets the address of the process that does
 * it too, where that is a server: null for this one, and for one that does not listen yet.
 */
export const withAsk = async <T>(
  config: Config,
  facts: Facts,
  work: (ask: Ask, url: string | null) => Promise<T>,
): Promise<T> => {
  const backend = await openBackend(config, facts);
  if ('other' in backend) {
    const { other } = backend;
    return work(async (call, input) => (await other.call(call, input)) as never, other.url ?? null);
  }
  try {
    return await work(async (call, input) => {
      const result = await callAccounts(backend.resolvers, call, input);
      return JSON.parse(JSON.stringify(result ?? null)) as never;
    }, null);
  } finally {
    await backend.close();
  }
};

const ofCommand: Facts = { hostname: hostname(), now: () => new Date() };

/** The backend of a command that needs no server to be stopped; where one runs on the data folder, that one. */
export const openForCommand = (config: Config): Promise<Backend | { other: OtherOwner }> =>
  openBackend(config, ofCommand);

/** The backend of one that does. Fails with `conflict` where a server has the data folder. */
export const openStopped = async (config: Config): Promise<Backend> => {
  const backend = await openForCommand(config);
  if (!('other' in backend)) return backend;
  const { pid, url } = backend.other;
  throw new KtError(
    'conflict',
    `kt-server (process ${pid}${url ? `, ${url}` : ''}) runs on the data folder ${config.dataDir}: stop it first; ` +
      'nothing was changed',
  );
};

/** Does one such piece of work. */
export const withAccounts = <Call extends AccountCall>(
  config: Config,
  facts: Facts,
  call: Call,
  input?: AccountInput<Call>,
): Promise<AccountResult<Call>> => withAsk(config, facts, (ask) => ask(call, input));
