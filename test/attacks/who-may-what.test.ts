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
import { SIGN_IN_PATHS } from '../../server/sign-in/door.ts';
import { operationsOn, rootFields, type Names } from '../support/graphql-operations.ts';
import { at } from '../support/pushing.ts';
import { APP_URL, openTestServer, type TestServer } from '../support/test-server.ts';
import { contentsOf, CREDENTIALS, nothing, openTarget, SECRET, type Credential, type Target } from './credentials.ts';

const matrix = suite<{ server: TestServer; target: Target }>('who may do what');
matrix.before(async (scene) => {
  scene.server = await openTestServer();
  scene.target = await openTarget(scene.server);
});

/** What a request comes to: it was let in, or refused with this status before anything of it was done. */
type Outcome = 'in' | 401 | 403 | 404;

/** Who is let in by what declares a need, apart from what a device's key may do for that device alone. */
const ENOUGH: Record<Need, readonly Credential[]> = {
  nobody: ['none', 'full', 'read', 'push', 'bound', 'other'],
  sync: ['full', 'read', 'push', 'bound', 'other'],
  pass: ['full', 'push', 'bound', 'other'],
  read: ['full', 'read'],
  full: ['full'],
  admin: [],
};
const isKnown = (credential: Credential): boolean => !['none', 'wrong', 'expired', 'revoked'].includes(credential);
const outcomeOf = (need: Need, credential: Credential): Outcome =>
  ENOUGH[need].includes(credential) ? 'in' : isKnown(credential) ? 403 : 401;

type Trial = {
  readonly name: string;
  readonly expected: Outcome;
  /** Sends the request, which names these things. */
  send(names: Names): Promise<{ outcome: Outcome; text: string }>;
};

/**
 * Tries all that is to be refused, on what is there, and finds the database as before; then all that is to be let in,
 * on names of nothing. Returns how many were tried.
 */
const tryAll = async (server: TestServer, { names }: Target, trials: readonly Trial[]): Promise<number> => {
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
  for (const trial of trials)
    if (trial.expected === 'in') await attempt(trial, { ...nothing(), deviceId: names.deviceId });
  assert.equal(wrong, []);
  return trials.length;
};

const bearer = (key: string | null): Record<string, string> => (key === null ? {} : { authorization: `Bearer ${key}` });

type Reply = { readonly status: number; readonly text: string };

/** What a response says; of a stream without an end, its beginning. */
const read = async (response: Response): Promise<Reply> => {
  const { status, headers } = response;
  if (!headers.get('content-type')?.startsWith('text/event-stream')) return { status, text: await response.text() };
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { status, text: new TextDecoder().decode(value) };
};

const askGraphQL = async ({ app }: Target, key: string | null, field: string, names: Names): Promise<Reply> => {
  const query = operationsOn(names)[field];
  assert.ok(query, `${field}: add to test/support/graphql-operations.ts how it is asked`);
  const response = await app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: query.startsWith('subscription') ? 'text/event-stream' : 'application/json',
      ...bearer(key),
    },
    body: JSON.stringify({ query }),
  });
  return read(response);
};

/** What the rule of a device's key says: it acts for its own device, and pushes nothing while it has none. */
const ofDevice = (field: string, need: Need, credential: Credential): Outcome | null => {
  if (need !== 'pass') return null;
  if (credential === 'other') return 403;
  return credential === 'push' && field === 'pushEvents' ? 403 : null;
};

const graphqlOutcome = ({ status, text }: Reply): Outcome => {
  assert.ok(status < 500 && !text.includes('"INTERNAL"'), text);
  if (status === 401) return 401;
  // A field that a key's device is not for is refused by itself, in a response with the others.
  return status === 403 || /can not act as|register the device with it first/.test(text) ? 403 : 'in';
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
        send: async (names) => {
          const reply = await askGraphQL(target, target.keys[credential], field.name, names);
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
const account = (credential: Credential): Outcome => outcomeOf('sync', credential);
/** A person in a browser, and no key. */
const person = (credential: Credential): Outcome => (isKnown(credential) ? 403 : 401);
const refused = (): Outcome => 403;
/** None without its setting; server/sign-in/ tests them with theirs. */
const absent = (): Outcome => 404;
const SIGN_IN: Record<(typeof SIGN_IN_PATHS)[number], Record<string, Way['outcome']>> = {
  'auth/session': {
    GET: account,
    POST: anybody,
    DELETE: (credential) => (credential === 'metrics' ? 403 : 'in'),
  },
  'auth/claim': { POST: anybody },
  'auth/ways': { GET: anybody },
  'auth/proxy': { GET: absent },
  'auth/oidc/start': { GET: absent },
  'auth/oidc/callback': { GET: absent },
  'auth/oidc/backchannel': { POST: absent },
  'auth/device': { POST: anybody },
  'auth/device/token': { POST: anybody },
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
    outcome: (credential) => (credential === 'metrics' ? 'in' : isKnown(credential) ? 403 : 401),
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

const pathOf = (pattern: string, { bucket, event, setting }: Names): string =>
  pattern.replace(':bucket', bucket).replace(':event', event).replace(':key', setting);

const sendTo = async (
  { app }: Target,
  { method, pattern, body }: Way,
  key: string | null,
  names: Names,
  spell: (path: string) => string = (path) => path,
): Promise<Reply> => {
  const [path = '', query] = pathOf(pattern, names).split('?');
  const init = {
    method,
    headers: { ...bearer(key), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
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
      spellings.map(([spelling, { same, spell }]): Trial => {
        const expected = same ? way.outcome(credential) : nowhere(spell(way.pattern), credential);
        return {
          name: `${way.method} ${way.pattern} by ${credential}, ${spelling}`,
          expected,
          send: async (names) => {
            const reply = await sendTo(target, way, target.keys[credential], names, spell);
            return { outcome: httpOutcome(reply, expected), text: reply.text };
          },
        };
      }),
    ),
  );
  assert.is(await tryAll(server, target, trials), ways.length * CREDENTIALS.length * spellings.length);
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

matrix('answers another’s names as it does those of nothing, and leaves them alone', async ({ server, target }) => {
  const before = await contentsOf(server, target.user.account);
  const absentNames = nothing();
  // Two accounts alike, one that names what is another's, and one that names nothing.
  const [one, two] = [await server.newUser(), await server.newUser()];
  let tried = 0;
  const alike = async (what: string, ask: (key: string, names: Names) => Promise<Reply>): Promise<void> => {
    const told = await ask(one.key, target.names);
    assert.ok(told.status < 500, `${what}: ${told.text}`);
    assert.not.ok(told.text.includes(SECRET), what);
    assert.is(masked(told, target.names), masked(await ask(two.key, absentNames), absentNames), what);
    tried++;
  };
  const fields = rootFields();
  for (const { name } of fields) await alike(name, (key, names) => askGraphQL(target, key, name, names));
  const ways = restWays();
  for (const way of ways) await alike(`${way.method} ${way.pattern}`, (key, names) => sendTo(target, way, key, names));
  assert.is(tried, fields.length + ways.length);
  assert.equal(await contentsOf(server, target.user.account), before);
});

matrix.run();
