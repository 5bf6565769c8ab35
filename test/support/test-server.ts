import { randomUUID } from 'node:crypto';
import { VERSION } from '../../cli/version.ts';
import { makeApp, type App } from '../../server/app.ts';
import { makeAuthenticate, type Authenticate } from '../../server/auth/authenticate.ts';
import { makePlaces } from '../../server/auth/place.ts';
import { OF_ACCOUNTS } from '../../server/auth/scope.ts';
import { makeSessionCheck } from '../../server/auth/session.ts';
import { makeLog } from '../../server/log.ts';
import { EVENT_BYTES } from '../../domain/data.ts';
import { DEFAULT_LIMITS } from '../../domain/query/limits.ts';
import { makeQueryPool } from '../../server/query/pool.ts';
import type { RunQuery } from '../../domain/query/query-runner.ts';
import type { Deps } from '../../server/resolvers/deps.ts';
import { makeResolvers, type Resolvers } from '../../server/resolvers/resolvers.ts';
import type { Database } from '../../server/storage/database.ts';
import { makeFeed } from '../../server/storage/feed.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { partition } from './partitioned.ts';
import { openTestDatabase } from './test-database.ts';

export type TestUser = {
  readonly key: string;
  readonly userId: string;
  /** The account's number, which statements name. */
  readonly account: number;
  readonly email: string;
  /** Sends the app a request with this user's key: no port, no socket. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a GraphQL request and returns its `data`; throws the first error's message with its code. */
  graphql<T = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<T>;
};

export type TestServer = {
  readonly database: Database;
  readonly deps: Deps;
  readonly resolvers: Resolvers;
  readonly app: App;
  newUser(): Promise<TestUser>;
};

/** The app's own address. Nothing listens there. */
export const APP_URL = 'http://kt.test';

let shared: Promise<Database> | undefined;

/** The query threads of this process; none is started before there is a query, and idle ones don't keep it alive. */
const queries = makeQueryPool({ query: DEFAULT_LIMITS, megabytes: 512, threads: 2, spareThreads: 2 });

/**
 * The server in this process, over the engine under test. One database per process; a fresh user per test keeps tests
 * apart.
 */
export const openTestServer = async (
  now: () => Date = () => new Date(),
  runQuery: RunQuery = queries.runQuery,
  log = makeLog('error'),
): Promise<TestServer> => {
  const database = await (shared ??= openTestDatabase().then(async (opened) => {
    await migrate(opened);
    if (process.env['KT_TEST_PARTITIONED']) await partition(opened); // test/postgres/partitions.test.ts
    return opened;
  }));
  return serverOn(database, now, runQuery, log);
};

/** The same over any migrated database, which the caller closes. */
export const serverOn = (
  database: Database,
  now: () => Date = () => new Date(),
  runQuery: RunQuery = queries.runQuery,
  log = makeLog('error'),
): TestServer => {
  const deps: Deps = {
    database,
    feed: makeFeed(database, { now }),
    now,
    hostname: 'kt.test',
    version: VERSION,
    testing: false,
    runQuery,
    queriesPerAccount: 2,
    eventBytes: EVENT_BYTES,
    onFault: (error) => log.error({ err: error }, 'internal error'),
  };
  const resolvers = makeResolvers(deps);
  const places = makePlaces({ publicUrl: '', trustProxy: false });
  const authenticate = makeAuthenticate(
    database,
    now,
    OF_ACCOUNTS,
    makeSessionCheck(database, now, places, deps.onFault, resolvers.accountLog.refused),
    resolvers.accountLog.refused,
  );
  const app = makeApp({ database, resolvers, authenticate, places, log });
  return { database, deps, resolvers, app, newUser: () => newUser(app, resolvers, authenticate) };
};

const newUser = async (app: App, resolvers: Resolvers, authenticate: Authenticate): Promise<TestUser> => {
  const email = `${randomUUID()}@example.org`;
  const { key } = await resolvers.accounts.createKey({ email, name: 'test' });
  const ask = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${key}`);
    return Promise.resolve(app.fetch(`${APP_URL}${path}`, { ...init, headers }));
  };
  const graphql = async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const response = await ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data: T;
      errors?: { message: string; extensions?: { code?: string } }[];
    };
    const [error] = errors ?? [];
    if (error) throw Object.assign(new Error(error.message), { code: error.extensions?.code, status: response.status });
    return data;
  };
  const { viewer } = await graphql<{ viewer: { id: string } }>('{ viewer { id } }');
  const { account } = (await authenticate(new Request(APP_URL, { headers: { 'x-api-key': key } })))!;
  return { key, email, userId: viewer.id, account, fetch: ask, graphql };
};
