/** Every golden vector again, through both APIs of a server and over its database. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { fillAccount } from './account.ts';
import { bucketsOf, difference, storedEvent, vectors, type Vector } from './vectors.ts';

type Account = { readonly user: TestUser; readonly ids: ReadonlyMap<number, number> };
type Answer = {
  readonly value?: unknown;
  readonly warnings?: number;
  readonly error?: {
    readonly status: number;
    readonly code?: string;
    readonly type?: string;
    readonly message: unknown;
  };
};

const golden = suite<{ server: TestServer; accounts: Map<string, Promise<Account>> }>('query vectors on the server');
golden.before(async (scene) => {
  scene.server = await openTestServer();
  scene.accounts = new Map();
});

/** One account for all vectors over the same buckets. */
const accountOf = (
  { server, accounts }: { server: TestServer; accounts: Map<string, Promise<Account>> },
  vector: Vector,
): Promise<Account> => {
  const name = JSON.stringify(vector.buckets);
  const made = async (): Promise<Account> => {
    const user = await server.newUser();
    const buckets = bucketsOf(vector).map((bucket) => ({ ...bucket, events: bucket.events.map(storedEvent) }));
    return { user, ids: await fillAccount(server.resolvers, user, buckets) };
  };
  const account = accounts.get(name) ?? made();
  accounts.set(name, account);
  return account;
};

/** What a vector expects, with the ids that its events have here. */
const withIds = (value: unknown, ids: ReadonlyMap<number, number>): unknown => {
  if (Array.isArray(value)) return value.map((item) => withIds(item, ids));
  if (typeof value !== 'object' || value === null) return value;
  const isEvent = 'timestamp' in value && 'duration' in value && 'id' in value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isEvent && key === 'id' && typeof item === 'number' ? ids.get(item) : withIds(item, ids),
    ]),
  );
};

const byRest = async ({ fetch }: TestUser, { query, timeperiods }: Vector): Promise<Answer> => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('/api/0/query/', {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, timeperiods }),
  });
  const json = (await response.json()) as { type?: string; message: unknown };
  // A list after RFC 8941: the number of warnings, and then their texts.
  const warnings = Number(response.headers.get('x-query-warnings')?.split(',', 1)[0] ?? 0);
  return response.status === 200 ? { value: json, warnings } : { error: { status: response.status, ...json } };
};

const byGraphQL = async ({ key }: TestUser, { query, timeperiods }: Vector, { app }: TestServer): Promise<Answer> => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const body = JSON.stringify({
    query: 'query ($query: [String!]!, $timeperiods: [String!]!) { awQuery(query: $query, timeperiods: $timeperiods) }',
    variables: { query, timeperiods },
  });
  const response = await app.fetch(`${APP_URL}/graphql`, { method: 'POST', headers, body });
  type Json = {
    data: { awQuery: unknown } | null;
    extensions?: { warnings: unknown[] };
    errors?: { message: string; extensions: { code: string; type?: string } }[];
  };
  const { data, errors, extensions: beside } = (await response.json()) as Json;
  if (!errors) return { value: data!.awQuery, warnings: beside?.warnings.length ?? 0 };
  const [{ message, extensions }] = errors as [NonNullable<typeof errors>[number]];
  return {
    error: {
      status: response.status,
      message,
      code: extensions.code,
      ...(extensions.type === undefined ? {} : { type: extensions.type }),
    },
  };
};

for (const vector of vectors) {
  golden(`${vector.name}: ${vector.about}`, async (scene) => {
    const { user, ids } = await accountOf(scene, vector);
    const [rest, graphql] = [await byRest(user, vector), await byGraphQL(user, vector, scene.server)];
    for (const answer of [rest, graphql]) {
      if (Array.isArray(vector.expect)) {
        assert.is(answer.error, undefined, JSON.stringify(answer.error));
        const fault = difference(answer.value, withIds(vector.expect, ids), 'answer', vector.unordered ?? false);
        assert.is(fault, null, fault ?? '');
        if (vector.warnings !== undefined) assert.is(answer.warnings, vector.warnings);
      } else {
        assert.type(answer.error?.message, 'string', JSON.stringify(answer.value));
        if (vector.expect.error !== 'any') assert.is(answer.error!.type, vector.expect.error);
      }
    }
    if (rest.error) {
      // An unreadable period is an error of the request, not of the program.
      assert.equal([rest.error.status, graphql.error!.status], [rest.error.type === undefined ? 422 : 400, 200]);
      assert.is(graphql.error!.code, rest.error.type === undefined ? 'MALFORMED' : 'INVALID');
    }
  });
}

golden.run();
