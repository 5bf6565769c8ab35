/** An account with something to lose, and every kind of key that can be shown to the server that has it. */
import { randomUUID } from 'node:crypto';
import * as assert from 'uvu/assert';
import { makeApp, type App } from '../../server/app.ts';
import { makeApiKey } from '../../server/auth/api-key.ts';
import { makeAuthenticate } from '../../server/auth/authenticate.ts';
import { makePlaces } from '../../server/auth/place.ts';
import { OF_ACCOUNTS, type Scope } from '../../server/auth/scope.ts';
import { makeSessionCheck } from '../../server/auth/session.ts';
import { makeLog } from '../../server/log.ts';
import { makeMetrics } from '../../server/metrics.ts';
import { driverOf } from '../../server/storage/database.ts';
import { openBrowser } from '../support/browser.ts';
import type { Names } from '../support/graphql-operations.ts';
import { at, bucketWith, newDevice, sent } from '../support/pushing.ts';
import { APP_URL, type TestServer, type TestUser } from '../support/test-server.ts';

/**
 * `push` is bound to no device yet, `bound` to the account's device, `other` to another device of the account.
 * `session`: what the account's browser sends from our own page, and `forged` what it sends from a page of another
 * site. `admin` is the key of another account, of somebody who administers the server.
 */
export const CREDENTIALS = [
  'none',
  'wrong',
  'expired',
  'revoked',
  'full',
  'read',
  'push',
  'bound',
  'other',
  'metrics',
  'session',
  'forged',
  'admin',
] as const;
export type Credential = (typeof CREDENTIALS)[number];
type ByKey = Exclude<Credential, 'session' | 'forged'>;

export type Target = {
  readonly app: App;
  readonly user: TestUser;
  /** What the account has, each by its name. */
  readonly names: Names;
  readonly keys: Record<ByKey, string | null>;
  /** The headers by which somebody asks. */
  headers(credential: Credential): Record<string, string>;
  /** Signs the account's browser in anew, once it was signed out. */
  renew(): Promise<void>;
};

/** The headers of a key; of none for null. */
export const bearer = (key: string | null): Record<string, string> =>
  key === null ? {} : { authorization: `Bearer ${key}` };

/** A browser of an account, on our own page. */
export const openPage = async (app: App, key: string) => {
  const browser = openBrowser(app, APP_URL);
  const renew = async (): Promise<void> => {
    const { status, body } = await browser.ask('POST', '/auth/session', { key });
    assert.is(status, 200, JSON.stringify(body));
  };
  await renew();
  const cookie = () => [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { cookie, renew, headers: () => ({ cookie: cookie(), origin: APP_URL }) };
};

/** A word that is in the account's data and nowhere else. */
export const SECRET = 'what-nobody-else-may-read';

/** Names of nothing that is there. Events are numbered by account: these are far above any. */
export const nothing = (): Names => ({
  bucket: `absent-${randomUUID()}`,
  event: String(2 ** 41 + 1),
  value: String(2 ** 41 + 1),
  deviceId: randomUUID(),
  setting: `absent-${randomUUID()}`,
  email: `absent-${randomUUID()}@example.org`,
  apiKey: randomUUID(),
  session: randomUUID(),
  passkey: randomUUID(),
  identity: randomUUID(),
  person: randomUUID(),
});

/** An account with its devices, events, a setting, a browser, and keys of every kind; and a server with /metrics. */
export const openTarget = async ({ database, resolvers, deps, newUser }: TestServer): Promise<Target> => {
  const { now } = deps;
  const { rows, script } = driverOf(database);
  const user = await newUser();
  const { account, email } = user;
  await script(`update users set last_event = ${2 ** 40} where account = ${account}`);
  const [device, other] = [await newDevice(user, 'laptop'), await newDevice(user, 'desktop')];
  // One without a bucket could give way: its key would become that of the first (spec/sign-in 7).
  for (const one of [device, other]) await one.push(bucketWith([sent(1, 0, 5, { title: SECRET })]));
  const [bucket, setting] = [`bucket-${randomUUID()}`, `setting-${randomUUID()}`];
  const { insertEvents } = await user.graphql<{ insertEvents: { events: { id: string }[] } }>(`mutation {
    createBucket(input: { bucketId: "${bucket}", type: "t", client: "c", hostname: "h" }) { wasCreated }
    insertEvents(input: { publicBucketId: "${bucket}", events: [
      { timestamp: "${at(0)}", data: { title: "${SECRET}" } }, { timestamp: "${at(9)}", data: {} }] }) { events { id } }
    setSetting(input: { key: "${setting}", value: "${SECRET}" }) { setting { key } } }`);
  const [value] = await rows<{ id: string }>(`select value::text as id from event_values where account = ${account}`);

  const places = makePlaces({ publicUrl: '', trustProxy: false });
  const app = makeApp({
    database,
    resolvers,
    places,
    authenticate: makeAuthenticate(database, now, OF_ACCOUNTS, makeSessionCheck(database, now, places)),
    log: makeLog('silent'),
    metrics: {
      metrics: makeMetrics({ database, version: '1', runningQueries: () => 0, now }),
      authenticate: makeAuthenticate(database, now, ['metrics']),
    },
  });
  const browser = openBrowser(app, APP_URL);
  assert.is((await browser.ask('POST', '/auth/session', { key: user.key })).status, 200);
  const { viewer } = await user.graphql<{ viewer: { sessions: { id: string }[] } }>('{ viewer { sessions { id } } }');

  await resolvers.identities.connectUser({ email, issuer: 'https://id.example.org', subject: randomUUID() });
  const [identity] = await rows<{ id: string }>(`select id::text as id from identities where account = ${account}`);
  const [passkey] = await rows<{ id: string }>(
    `insert into passkeys (account, name, rp_id, credential_id, public_key, counter, transports)
     values (${account}, '${SECRET}', 'kt.test', '\\x${randomUUID().replaceAll('-', '')}', '\\x00', 0, '')
     returning id::text as id`,
  );

  const made = (name: string, scope: Scope, deviceId?: string) =>
    resolvers.accounts.createKey({ email, name, scope, deviceId });
  const [expired, revoked, read] = [await made('x', 'full'), await made('y', 'full'), await made('read', 'read')];
  await script(`update api_keys set expires_at = '2020-01-01T00:00:00Z' where id = '${expired.id}'`);
  await resolvers.accounts.revokeKey(revoked.id);
  const admin = await newUser();
  await resolvers.people.markUser({ email: admin.email, on: true });
  const page = await openPage(app, user.key);
  const keys: Record<ByKey, string | null> = {
    none: null,
    wrong: makeApiKey().key,
    expired: expired.key,
    revoked: revoked.key,
    full: user.key,
    read: read.key,
    push: (await made('push', 'push')).key,
    bound: (await made('bound', 'push', device.id)).key,
    other: (await made('other', 'push', other.id)).key,
    metrics: (await made('metrics', 'metrics')).key,
    admin: admin.key,
  };
  return {
    app,
    user,
    keys,
    renew: page.renew,
    headers: (credential) => {
      if (credential === 'session') return page.headers();
      if (credential !== 'forged') return bearer(keys[credential]);
      return { cookie: page.cookie(), origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    },
    names: {
      ...{ bucket, setting, email },
      event: insertEvents.events[0]!.id,
      value: value!.id,
      deviceId: device.id,
      apiKey: read.id,
      session: viewer.sessions[0]!.id,
      passkey: passkey!.id,
      identity: identity!.id,
      person: user.userId,
    },
  };
};

/** Columns that say when and from where something was last seen: those of a request that is refused, too. */
const SEEN = ['last_used_at', 'last_used_address', 'last_seen_at', 'last_seen_address'];

/**
 * Rows and digest of every table but the account's log, which has refusals; of one account's rows if one is given, and
 * then of the tables that have such.
 */
export const contentsOf = async ({ database }: TestServer, account?: number): Promise<Record<string, string>> => {
  const { rows } = driverOf(database);
  const tables = await rows<{ name: string }>(
    `select t.table_name as name from information_schema.tables t where table_schema = current_schema()
      and table_type = 'BASE TABLE' and table_name <> 'account_log' ${
        account === undefined
          ? ''
          : `and exists (select from information_schema.columns c where c.table_schema = t.table_schema
              and c.table_name = t.table_name and c.column_name = 'account')`
      } order by 1`,
  );
  const contents: Record<string, string> = {};
  for (const { name } of tables) {
    // A session that is seen lasts longer from then on.
    const seen = [...SEEN, ...(name === 'sessions' ? ['expires_at'] : [])];
    const row = `md5((to_jsonb(t) - '{${seen.join(',')}}'::text[])::text)`;
    const [found] = await rows<{ digest: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(${row}, '' order by ${row})), '') as digest
        from "${name}" t ${account === undefined ? '' : `where account = ${account}`}`,
    );
    contents[name] = found!.digest;
  }
  return contents;
};
