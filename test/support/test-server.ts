import { randomUUID } from 'node:crypto';
import { makeApp, type App } from '../../server/app.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { makeLog } from '../../server/log.ts';
import { makeResolvers, type Resolvers } from '../../server/resolvers/resolvers.ts';
import type { Database } from '../../server/storage/database.ts';
import { migrate } from '../../server/storage/migrate.ts';
import { openTestDatabase } from './test-database.ts';

export type TestUser = {
  readonly key: string;
  readonly userId: string;
  readonly email: string;
  /** Asks the app with this user's key: no port, no socket. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Asks GraphQL and returns its `data`; throws the first error's message with its code. */
  graphql<T = Record<string, unknown>>(query: string, variables?: Record<string, unknown>): Promise<T>;
};

export type TestServer = { readonly database: Database; readonly resolvers: Resolvers; readonly app: App; newUser(): Promise<TestUser> };

/** Where the app believes it is. Nothing listens there. */
export const APP_URL = 'http://kt.test';

let shared: Promise<Database> | undefined;

/** The server in this process, over the engine under test. One database a process; a fresh user a test keeps tests apart. */
export const openTestServer = async (now: () => Date = () => new Date()): Promise<TestServer> => {
  const database = await (shared ??= openTestDatabase().then(async (opened) => {
    await migrate(opened);
    return opened;
  }));
  const resolvers = makeResolvers({ database, now, hostname: 'kt.test', testing: false });
  const app = makeApp({ database, resolvers, authenticate: makeAuthenticate(database, now), log: makeLog('error') });
  return { database, resolvers, app, newUser: () => newUser(app, resolvers) };
};

const newUser = async (app: App, resolvers: Resolvers): Promise<TestUser> => {
  const email = `${randomUUID()}@example.org`;
  const { key } = await resolvers.accounts.generateKey({ email, name: 'test' });
  const ask = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${key}`);
    return Promise.resolve(app.fetch(`${APP_URL}${path}`, { ...init, headers }));
  };
  const graphql = async <T>(query: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const response = await ask('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) });
    const { data, errors } = (await response.json()) as { data: T; errors?: { message: string; extensions?: { code?: string } }[] };
    const [error] = errors ?? [];
    if (error) throw Object.assign(new Error(error.message), { code: error.extensions?.code, status: response.status });
    return data;
  };
  const { viewer } = await graphql<{ viewer: { id: string } }>('{ viewer { id } }');
  return { key, email, userId: viewer.id, fetch: ask, graphql };
};
