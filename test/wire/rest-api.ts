import { randomUUID } from 'node:crypto';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import type { Resolvers } from '../../server/resolvers/resolvers.ts';
import { makeRest, type Rest, type RestDeps } from '../../server/rest/router.ts';
import type { Database } from '../../server/storage/database.ts';
import { APP_URL, openTestServer } from '../support/test-server.ts';
import { askerOf, type Asker } from './asker.ts';

/** The REST API over a real database. */
export type RestApi = {
  readonly database: Database;
  readonly resolvers: Resolvers;
  readonly rest: Rest;
  /** A client without a key, except for the given headers. */
  asker(headers?: Record<string, string>): Asker;
  newUser(): Promise<User>;
};

/** `account` is its number, which statements name. */
export type User = Asker & { readonly key: string; readonly account: number };

/** `more` replaces some of the deps. */
export const openRestApi = async (more: Partial<RestDeps> = {}): Promise<RestApi> => {
  const { database, resolvers } = await openTestServer();
  const authenticate = makeAuthenticate(database, () => new Date());
  const rest = makeRest({ resolvers, authenticate, onError: (error) => console.error(error), ...more });
  return {
    database,
    resolvers,
    rest,
    asker: (headers = {}) => askerOf(rest, headers),
    newUser: async () => {
      const { key } = await resolvers.accounts.createKey({ email: `${randomUUID()}@example.org`, name: 'wire' });
      const headers = { authorization: `Bearer ${key}` };
      const { account } = (await authenticate(new Request(APP_URL, { headers })))!;
      return { ...askerOf(rest, headers), key, account };
    },
  };
};
