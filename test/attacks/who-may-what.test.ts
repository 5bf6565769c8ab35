/**
 * Every field and every route, by every key, in every spelling of its path: refused or let in exactly as it declares
 * (spec/sign-in 7). What there is to try comes from the schema and from the tables of routes, so nothing new is
 * forgotten. What this file says itself is which credential is enough for which need.
 */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Need } from '../../server/auth/scope.ts';
import { needOf } from '../../server/graphql/needs.ts';
import { CLIENT_PATH } from '../../server/http/client-package.ts';
import { openRoutes, routes, uploadRoutes } from '../../server/rest/routes.ts';
import { OWN } from '../../server/route-template.ts';
import { SIGN_IN_PATHS } from '../../server/sign-in/routes.ts';
import { operationsOn, rootFields, type Names } from '../support/graphql-operations.ts';
import { at } from '../support/pushing.ts';
import { APP_URL, openTestServer, type TestServer } from '../support/test-server.ts';
import {
  bearer,
  contentsOf,
  CREDENTIALS,
  nothing,
  openPage,
  openTarget,
  SECRET,
  type Credential,
  type Target,
} from './credentials.ts';
import {
  askText,
  ENOUGH,
  graphqlOutcome,
  isCookie,
  isKnown,
  outcomeOf,
  read,
  type Headed,
  type Outcome,
  type Reply,
} from './outcomes.ts';

const matrix = suite<{ server: TestServer; target: Target }>('who may do what');
matrix.before(async (scene) => {
  scene.server = await openTestServer();
  scene.target = await openTarget(scene.server);
});

type Trial = {
  readonly name: string;
  readonly expected: Outcome;
  /** Whether it signs the account's browsers out, if it is let in. */
  readonly ends?: boolean;
  /** Sends the request, which names these things. */
  send(names: Names): Promise<{ outcome: Outcome; text: string }>;
};

/**
 * Tries all that is to be refused, on what is there, and finds the database as before; then all that is to be let in,
 * on names of nothing. Returns how many were tried.
 */
const tryAll = async (server: TestServer, { names, renew }: Target, trials: readonly Trial[]): Promise<number> => {
  const wrong: string[] = [];
  const attempt = async ({ name, expected, send }: Trial, on: Names): Promise<void> => {
    const { outcome, text } = await send(on);
    if (outcome !== expected || (expected !== 'in' && text.includes(SECRET)))
      wrong.push(`${name}: ${outcome} instead of ${expected}: ${text.slice(0, 200)}`);
  };
  const before = await contentsOf(server);
  for (const trial of trials) if (trial.expected !== 'in') await attempt(trial, names);
  assert.equal(wrong, []);
  assert.equal(await contentsOf(server), before, 'what was refused has changed something');
  for (const trial of trials) {
    if (trial.expected !== 'in') continue;
    await attempt(trial, { ...nothing(), deviceId: names.deviceId });
    if (trial.ends) await renew();
  }
  assert.equal(wrong, []);
  return trials.length;
};

const askGraphQL = (target: Target, headers: Headed, field: string, names: Names): Promise<Reply> => {
  const query = operationsOn(names)[field];
  assert.ok(query, `${field}: add to test/support/graphql-operations.ts how it is asked`);
  return askText(target, headers, query);
};

/** What the rule of a device's key says: it acts for its own device, and pushes nothing while it has none. */
const ofDevice = (field: string, need: Need, credential: Credential): Outcome | null => {
  if (need !== 'pass') return null;
  if (credential === 'other') return 403;
  return credential === 'push' && field === 'pushEvents' ? 403 : null;
};

matrix('is what each field of GraphQL declares', async ({ server, target }) => {
  const fields = rootFields();
  const trials = fields.flatMap((field) =>
    CREDENTIALS.map((credential): Trial => {
      const need = needOf(field);
      assert.ok(need, `${field.name} declares no \`needs\``);
      return {
        name: `${field.name} by ${credential}`,
        expected: ofDevice(field.name, need, credential) ?? outcomeOf(need, credential),
        ends: field.name === 'revokeAllSessions',
        send: async (names) => {
          const reply = await askGraphQL(target, target.headers(credential), field.name, names);
          return { outcome: graphqlOutcome(reply), text: reply.text };
        },
      };
    }),
  );
  assert.is(await tryAll(server, target, trials), fields.length * CREDENTIALS.length);
});

/** A route, who is let in, and what is sent to it. */
type Way = {
  readonly method: string;
  readonly pattern: string;
  readonly body?: unknown;
  outcome(credential: Credential): Outcome;
};

const EVENT = { timestamp: at(0), duration: 1, data: {} };
const BUCKET = { client: 'c', type: 't', hostname: 'h' };
matrix('is a question or a change, by what each route of REST declares', () => {
  for (const [method, pattern, need] of [...routes, ...uploadRoutes]) {
    const asks = method === 'GET' || pattern === '/api/0/query';
    assert.is(need, asks ? 'read' : 'full', `${method} ${pattern}`);
  }
  for (const [method, pattern, need] of openRoutes) assert.equal([method, need], ['GET', 'nobody'], pattern);
});

/** What is sent to each route of REST that takes a body. */
const BODIES: Record<string, unknown> = {
  '/api/0/buckets/:bucket': BUCKET,
  '/api/0/buckets/:bucket/events': [EVENT],
  '/api/0/buckets/:bucket/heartbeat?pulsetime=1': EVENT,
  '/api/0/query': { query: ['RETURN = 1;'], timeperiods: ['2024-05-31T00:00:00Z/2024-06-01T00:00:00Z'] },
  '/api/0/settings/:key': 1,
  '/api/0/devices/register': { device_id: randomUUID(), hostname: 'h' },
  '/api/0/import': { buckets: { imported: { id: 'imported', ...BUCKET, events: [EVENT] } } },
};

const withHead = (ways: readonly Way[]): Way[] =>
  ways.flatMap((way) => (way.method === 'GET' ? [way, { ...way, method: 'HEAD' }] : [way]));

const restWays = (): Way[] =>
  withHead(
    [...openRoutes, ...routes, ...uploadRoutes].map(([method, pattern, need]): Way => {
      const asked = Object.keys(BODIES).find((known) => known.replace(/\?.*/, '') === pattern);
      assert.ok(method !== 'POST' || asked, `POST ${pattern}: add to BODIES what is sent to it`);
      const isOpen = openRoutes.some(([, open]) => open === pattern);
      return {
        method,
        pattern: method === 'POST' ? asked! : pattern,
        ...(method === 'POST' ? { body: BODIES[asked!] } : {}),
        outcome: (credential) => (isOpen ? 'in' : outcomeOf(need, credential)),
      };
    }),
  );

const anybody = (): Outcome => 'in';
/** Who signs in or out, but no page of another site. */
const ownPage = (credential: Credential): Outcome => (credential === 'forged' ? 403 : 'in');
const account = (credential: Credential): Outcome => outcomeOf('sync', credential);
/** A person in a browser, and no key. */
const person = (credential: Credential): Outcome => (credential === 'session' ? 'in' : isKnown(credential) ? 403 : 401);
const refused = (): Outcome => 403;
/** None without its setting; server/sign-in/ tests them with theirs. */
const absent = (): Outcome => 404;
const SIGN_IN: Record<(typeof SIGN_IN_PATHS)[number], Record<string, Way['outcome']>> = {
  'auth/session': {
    GET: account,
    POST: ownPage,
    DELETE: ownPage,
  },
  'auth/claim': { POST: ownPage },
  'auth/ways': { GET: anybody },
  'auth/proxy': { GET: absent },
  'auth/oidc/start': { GET: absent },
  'auth/oidc/callback': { GET: absent },
  'auth/oidc/backchannel': { POST: absent },
  'auth/device': { POST: ownPage },
  'auth/device/token': { POST: ownPage },
  'auth/device/code': { POST: person },
  'auth/device/decision': { POST: person },
  // Where no passkey can be, because no address is set that browsers take one for.
  'auth/passkey/options': { POST: refused },
  'auth/passkey/session': { POST: refused },
  'auth/passkey/registration/options': { POST: refused },
  'auth/passkey/registration': { POST: refused },
};
const signInWays = (): Way[] =>
  withHead(
    SIGN_IN_PATHS.flatMap((path) =>
      Object.entries(SIGN_IN[path]).map(([method, outcome]): Way => {
        const body = method === 'POST' ? { body: { code: 'BCDF-GHJK', approve: true } } : {};
        return { method, pattern: `/${path}`, ...body, outcome };
      }),
    ),
  );

/** The other paths that are no pages. */
const OTHERS: Record<string, Pick<Way, 'outcome' | 'method' | 'body'>> = {
  graphql: { method: 'POST', body: { query: '{ buckets { id } }' }, outcome: account },
  health: { method: 'GET', outcome: anybody },
  ready: { method: 'GET', outcome: anybody },
  metrics: {
    method: 'GET',
    // A cookie is nothing there.
    outcome: (credential) =>
      credential === 'metrics' ? 'in' : isKnown(credential) && !isCookie(credential) ? 403 : 401,
  },
  [CLIENT_PATH]: { method: 'GET', outcome: anybody },
};
const otherWays = (): Way[] =>
  withHead(
    [...OWN, CLIENT_PATH].map((path): Way => {
      const known = OTHERS[path];
      assert.ok(known, `/${path}: add to OTHERS who is let in`);
      return { ...known, pattern: `/${path}` };
    }),
  );

const escaped = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => `%${byte.toString(16)}`).join('');
const eachSegment = (path: string, spell: (segment: string) => string): string =>
  path
    .split('/')
    .map((segment) => segment && spell(segment))
    .join('/');
const afterFirst = (path: string, more: string): string => path.replace(/^\/[^/]+/, (first) => `${first}${more}`);

/** Spellings of a path: those of the same path, and those of another, which is nowhere. */
const SPELLINGS: Record<string, { readonly same: boolean; spell(path: string): string }> = {
  'as it is': { same: true, spell: (path) => path },
  'slashes twice': { same: true, spell: (path) => path.replaceAll('/', '//') },
  'a slash at the end': { same: true, spell: (path) => `${path}/` },
  'all escaped': { same: true, spell: (path) => eachSegment(path, escaped) },
  'all escaped, in capitals': {
    same: true,
    spell: (path) => eachSegment(path, (segment) => escaped(segment).toUpperCase()),
  },
  'another host before it': { same: true, spell: (path) => `http://evil.example${path}` },
  'a dot within': { same: false, spell: (path) => afterFirst(path, '/.') },
  'an escaped dot within': { same: false, spell: (path) => afterFirst(path, '/%2e') },
  'a dot before': { same: false, spell: (path) => `/.${path}` },
  'two dots, from an open route': { same: false, spell: (path) => `/api/0/info/..${path}` },
  'two escaped dots, from health': { same: false, spell: (path) => `/health/%2E%2E${path}` },
  'escaped twice': { same: false, spell: (path) => eachSegment(path, (one) => escaped(one).replaceAll('%', '%25')) },
  'slashes escaped': { same: false, spell: (path) => `/${path.slice(1).replaceAll('/', '%2f')}%2f` },
  capitals: { same: false, spell: (path) => path.toUpperCase() },
};

/** Those that are tried in each spelling, and the spellings for the others: who asks is found after what is asked. */
const KEYS: readonly Credential[] = CREDENTIALS.filter((one) => !['session', 'forged', 'admin'].includes(one));
const FEW = ['as it is', 'all escaped', 'a dot within', 'capitals'];

const pathOf = (pattern: string, { bucket, event, setting }: Names): string =>
  pattern.replace(':bucket', bucket).replace(':event', event).replace(':key', setting);

const sendTo = async (
  { app }: Target,
  { method, pattern, body }: Way,
  headed: Headed,
  names: Names,
  spell: (path: string) => string = (path) => path,
): Promise<Reply> => {
  const [path = '', query] = pathOf(pattern, names).split('?');
  const init = {
    method,
    headers: { ...headed, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const target = `${spell(path)}${query === undefined ? '' : `?${query}`}`;
  return read(await app.fetch(`${APP_URL}${path}`, init, { target }));
};

/** What is nowhere: below /api that is told to who may come in, and to nobody else. */
const nowhere = (path: string, credential: Credential): Outcome =>
  !path.startsWith('/api/') || ENOUGH.sync.includes(credential) ? 404 : isKnown(credential) ? 403 : 401;

const httpOutcome = ({ status, text }: Reply, expected: Outcome): Outcome => {
  assert.ok(status < 500, text);
  // A bucket that is not there was looked for: the request was let in.
  return status === 401 || status === 403 || (status === 404 && expected === 404) ? status : 'in';
};

matrix('is what each route declares, in every spelling of its path', async ({ server, target }) => {
  const ways = [...restWays(), ...signInWays(), ...otherWays()];
  const spellings = Object.entries(SPELLINGS);
  const trials = ways.flatMap((way) =>
    CREDENTIALS.flatMap((credential) =>
      (KEYS.includes(credential) ? spellings : spellings.filter(([spelling]) => FEW.includes(spelling))).map(
        ([spelling, { same, spell }]): Trial => {
          const expected = same ? way.outcome(credential) : nowhere(spell(way.pattern), credential);
          return {
            name: `${way.method} ${way.pattern} by ${credential}, ${spelling}`,
            expected,
            ends: way.method === 'DELETE' && way.pattern === '/auth/session' && credential === 'session',
            send: async (names) => {
              const reply = await sendTo(target, way, target.headers(credential), names, spell);
              return { outcome: httpOutcome(reply, expected), text: reply.text };
            },
          };
        },
      ),
    ),
  );
  const counted = KEYS.length * spellings.length + (CREDENTIALS.length - KEYS.length) * FEW.length;
  assert.is(await tryAll(server, target, trials), ways.length * counted);
});

matrix('has every method of the paths that sign in', async ({ target: { app } }) => {
  for (const path of SIGN_IN_PATHS) {
    const response = await app.fetch(`${APP_URL}/${path}`, { method: 'PUT' });
    const allowed = (response.headers.get('allow') ?? '')
      .split(', ')
      .filter((method) => !['', 'HEAD'].includes(method));
    const known = Object.entries(SIGN_IN[path]).flatMap(([method, outcome]) => (outcome === absent ? [] : [method]));
    assert.equal(known.toSorted(), allowed.toSorted(), `${path}: add to SIGN_IN who is let in by each method`);
  }
});

/** A reply without what differs between two accounts that are told the same. */
const masked = ({ status, text }: Reply, names: Names): string =>
  Object.entries(names)
    .filter(([name]) => name !== 'value')
    .reduce((masking, [name, value]) => masking.replaceAll(value, `<${name}>`), `${status} ${text}`)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/kt_[\w-]{43}/g, '<key>')
    .replace(/\b1\d{15}\b/g, '<revision>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+/g, '<time>');

/** By whom another's things are asked for: two accounts alike of each kind. */
const STRANGERS = ['somebody’s key', 'an administrator’s key', 'an administrator’s browser'] as const;

/** Those fields that an administrator asks about others, which own tests have: they would be done here. */
const OF_ADMINS = rootFields()
  .filter((field) => needOf(field) === 'admin')
  .map(({ name }) => name);

for (const kind of STRANGERS)
  matrix(`answers another’s names as it does those of nothing, and leaves them alone: ${kind}`, async (scene) => {
    const { server, target } = scene;
    const before = await contentsOf(server, target.user.account);
    const absentNames = nothing();
    const stranger = async () => {
      const user = await server.newUser();
      const isAdmin = kind !== 'somebody’s key';
      if (isAdmin) await server.resolvers.people.markUser({ email: user.email, on: true });
      const page = kind === 'an administrator’s browser' ? await openPage(target.app, user.key) : null;
      const { data } = JSON.parse((await askText(target, bearer(user.key), '{ viewer { isAdmin } }')).text);
      assert.is(data.viewer.isAdmin, isAdmin);
      return { headers: page?.headers ?? (() => bearer(user.key)), renew: page?.renew ?? (async () => {}) };
    };
    // One that names what is another's, and one that names nothing.
    const [one, two] = [await stranger(), await stranger()];
    let tried = 0;
    const alike = async (what: string, ask: (headed: Headed, names: Names) => Promise<Reply>): Promise<void> => {
      const told = await ask(one.headers(), target.names);
      assert.ok(told.status < 500, `${what}: ${told.text}`);
      assert.not.ok(told.text.includes(SECRET), what);
      assert.is(masked(told, target.names), masked(await ask(two.headers(), absentNames), absentNames), what);
      tried++;
    };
    const fields = rootFields().filter(({ name }) => kind === 'somebody’s key' || !OF_ADMINS.includes(name));
    for (const { name } of fields) {
      await alike(name, (headed, names) => askGraphQL(target, headed, name, names));
      if (name === 'revokeAllSessions') for (const each of [one, two]) await each.renew();
    }
    const ways = restWays();
    for (const way of ways)
      await alike(`${way.method} ${way.pattern}`, (headed, names) => sendTo(target, way, headed, names));
    assert.is(tried, fields.length + ways.length);
    assert.equal(await contentsOf(server, target.user.account), before);
  });

matrix.run();
