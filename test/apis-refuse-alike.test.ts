/** The same bad input at both APIs: one code, and where a rule of ours refuses it, one message. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ErrorCode } from '../domain/errors.ts';
import { at, bucketWith, newDevice, sent } from './support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from './support/test-server.ts';

type Scene = { server: TestServer; user: TestUser };
const apis = suite<Scene>('both APIs refuse alike');
apis.before(async (scene) => {
  scene.server = await openTestServer();
});
apis.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  for (const id of ['b', 'window'])
    if (id === 'b') await rest(scene.user, 'POST', '/buckets/b', { type: 't', client: 'c', hostname: 'h' });
    else await (await newDevice(scene.user)).push(bucketWith([sent(1, 0)]));
});

/** Statuses of REST by code, for those that input can be refused with. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid: 400,
  malformed: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
};

type Headers = Record<string, string>;
type Refusal = { status: number; code: string; message: string };

const rest = async (user: TestUser, method: string, path: string, body?: unknown, headers: Headers = {}) => {
  const sentBody = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await user.fetch(`/api/0${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...sentBody,
  });
  return { status: response.status, text: await response.text() };
};

const graphql = async (user: TestUser, query: string, variables: object, headers: Headers = {}): Promise<Refusal> => {
  const response = await user.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { errors } = (await response.json()) as { errors?: { message: string; extensions: { code: string } }[] };
  assert.ok(errors, `GraphQL takes what REST refuses: ${query}`);
  return { status: response.status, code: errors[0]!.extensions.code, message: errors[0]!.message };
};

const INSERT = 'mutation ($input: InsertEventsInput!) { insertEvents(input: $input) { events { id } } }';
const BEAT = 'mutation ($input: HeartbeatInput!) { heartbeat(input: $input) { event { id } } }';
const CREATE = 'mutation ($input: CreateBucketInput!) { createBucket(input: $input) { wasCreated } }';
const DELETE = 'mutation ($input: DeleteEventInput!) { deleteEvent(input: $input) { wasDeleted } }';
const DROP = 'mutation ($input: DeleteBucketInput!) { deleteBucket(input: $input) { id } }';
const REGISTER = 'mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) { accountId } }';
const SET = 'mutation ($input: SetSettingInput!) { setSetting(input: $input) { setting { key } } }';

const EVENT = { timestamp: at(0), duration: 1, data: {} };
const FACTS = { type: 't', client: 'c', hostname: 'h' };
const LARGE = { data: 'x'.repeat(1_100_000) };
const LONG = 'x'.repeat(1001);

type Case = {
  readonly code: ErrorCode;
  readonly rest: readonly [method: string, path: string, body?: unknown];
  readonly graphql: readonly [query: string, input: object];
  readonly headers?: Headers;
  /** GraphQL refuses the form of a value in its own words, before a rule of ours is asked. */
  readonly ownWords?: true;
};

const insert = (event: object, bucket = 'b'): Pick<Case, 'rest' | 'graphql'> => ({
  rest: ['POST', `/buckets/${bucket}/events`, [event]],
  graphql: [INSERT, { publicBucketId: bucket, events: [event] }],
});
const beat = (event: object, pulsetime: number, bucket = 'b'): Pick<Case, 'rest' | 'graphql'> => ({
  rest: ['POST', `/buckets/${bucket}/heartbeat?pulsetime=${pulsetime}`, event],
  graphql: [BEAT, { publicBucketId: bucket, pulsetime, event }],
});
const create = (facts: object, id = 'new'): Pick<Case, 'rest' | 'graphql'> => ({
  rest: ['POST', `/buckets/${encodeURIComponent(id)}`, { ...FACTS, ...facts }],
  graphql: [CREATE, { bucketId: id, ...FACTS, ...facts }],
});

const CASES: Record<string, Case> = {
  'events for an unknown bucket': { code: 'not_found', ...insert(EVENT, 'nobody') },
  'a heartbeat for an unknown bucket': { code: 'not_found', ...beat(EVENT, 1, 'nobody') },
  'the deletion of an unknown bucket': {
    code: 'not_found',
    rest: ['DELETE', '/buckets/nobody'],
    graphql: [DROP, { id: 'nobody' }],
  },
  'a bucket id that can not be stored': { code: 'invalid', ...create({}, 'a\u0000') },
  'a bucket id that is too long': { code: 'malformed', ...create({}, LONG) },
  'a type that is too long': { code: 'malformed', ...create({ type: LONG }) },
  'a hostname that can not be stored': { code: 'invalid', ...create({ hostname: '\ud800' }) },
  'data of a bucket that is too large': { code: 'invalid', ...create({ data: { a: 'x'.repeat(20_000) } }) },
  'data of a bucket that is no object': { code: 'malformed', ownWords: true, ...create({ data: [1] }) },
  'a time of creation that is none': { code: 'malformed', ownWords: true, ...create({ created: 'noon' }) },
  'a timestamp that is none': { code: 'malformed', ownWords: true, ...insert({ ...EVENT, timestamp: 'noon' }) },
  'a timestamp out of range': {
    code: 'malformed',
    ownWords: true,
    ...insert({ ...EVENT, timestamp: '2300-01-01T00:00:00Z' }),
  },
  'an event without a timestamp': { code: 'malformed', ownWords: true, ...insert({ duration: 1, data: {} }) },
  'a duration that is text': { code: 'malformed', ownWords: true, ...insert({ ...EVENT, duration: '1' }) },
  'a duration of more than 292 years': { code: 'malformed', ownWords: true, ...insert({ ...EVENT, duration: 1e300 }) },
  'an event that ends out of range': { code: 'malformed', ownWords: true, ...insert({ ...EVENT, duration: 9.2e9 }) },
  'data of an event that are no object': { code: 'malformed', ownWords: true, ...insert({ ...EVENT, data: 5 }) },
  'data of an event that are too large': { code: 'too_large', ...insert({ ...EVENT, data: LARGE }) },
  'data of a heartbeat that are too large': { code: 'too_large', ...beat({ ...EVENT, data: LARGE }, 1) },
  'a pulsetime of more than any': { code: 'invalid', ...beat(EVENT, 2e9) },
  'a heartbeat of another device’s bucket, by a device': {
    code: 'conflict',
    ...beat(EVENT, 1, 'window'),
    headers: { 'x-device-id': 'second' },
  },
  'an event id that is none': {
    code: 'invalid',
    rest: ['DELETE', '/buckets/b/events/one'],
    graphql: [DELETE, { publicBucketId: 'b', id: 'one' }],
  },
  'an event id beyond 64 bits': {
    code: 'malformed',
    rest: ['DELETE', '/buckets/b/events/99999999999999999999'],
    graphql: [DELETE, { publicBucketId: 'b', id: '99999999999999999999' }],
  },
  'a device id that can not be stored': {
    code: 'invalid',
    rest: ['POST', '/devices/register', { device_id: 'a\u0000', hostname: 'h' }],
    graphql: [REGISTER, { deviceId: 'a\u0000', hostname: 'h' }],
  },
  'a hostname without text': {
    code: 'invalid',
    rest: ['POST', '/devices/register', { device_id: 'd', hostname: '' }],
    graphql: [REGISTER, { deviceId: 'd', hostname: '' }],
  },
  'a key of a setting that is too long': {
    code: 'invalid',
    rest: ['POST', `/settings/${'k'.repeat(128)}`, 1],
    graphql: [SET, { key: 'k'.repeat(128), value: 1 }],
  },
  'a value of a setting that is too large': {
    code: 'too_large',
    rest: ['POST', '/settings/k', 'x'.repeat(1_000_001)],
    graphql: [SET, { key: 'k', value: 'x'.repeat(1_000_001) }],
  },
  'a device in X-Device-Id that nobody registered': {
    code: 'invalid',
    ...create({}),
    headers: { 'x-device-id': 'nobody' },
  },
  'the same for what is in a bucket': { code: 'invalid', ...insert(EVENT), headers: { 'x-device-id': 'nobody' } },
};

for (const [what, { code, headers, ownWords, ...asked }] of Object.entries(CASES)) {
  apis(what, async ({ user }) => {
    await graphqlOk(user, REGISTER, { deviceId: 'second', hostname: 'second' });
    const [method, path, body] = asked.rest;
    const onRest = await rest(user, method, path, body, headers);
    const [query, input] = asked.graphql;
    const onGraphql = await graphql(user, query, { input }, headers);
    assert.equal(
      [onRest.status, onGraphql.code],
      [STATUS[code], code.toUpperCase()],
      `${onRest.text} | ${onGraphql.message}`,
    );
    if (!ownWords) assert.is(onGraphql.message, (JSON.parse(onRest.text) as { message: string }).message);
  });
}

const graphqlOk = async (user: TestUser, query: string, input: object): Promise<void> =>
  void (await user.graphql(query, { input }));

apis('a period that ends before it begins holds nothing at either', async ({ user }) => {
  const period = { start: at(10), end: at(0) };
  const { text } = await rest(user, 'GET', `/buckets/window/events/count?start=${period.start}&end=${period.end}`);
  const { bucket } = await user.graphql<any>(
    'query ($start: DateTime, $end: DateTime) { bucket(id: "window") { eventCount(start: $start, end: $end) } }',
    period,
  );
  assert.equal([text, bucket.eventCount], ['0', 0]);
});

apis('a wrong key, a revoked one, and one of a scope that is not accepted', async ({ server, user }) => {
  const shown = (key: string): Headers => ({ authorization: `Bearer ${key}` });
  const metrics = await server.resolvers.accounts.createKey({ email: user.email, name: 'm', scope: 'metrics' });
  for (const [code, key] of [
    ['unauthenticated', `kt_${'x'.repeat(43)}`],
    ['forbidden', metrics.key],
  ] as const) {
    const onRest = await rest(user, 'GET', '/buckets/', undefined, shown(key));
    const onGraphql = await graphql(user, '{ buckets { id } }', {}, shown(key));
    assert.equal([onRest.status, onGraphql.code], [STATUS[code], code.toUpperCase()]);
    assert.is(onGraphql.message, (JSON.parse(onRest.text) as { message: string }).message);
  }
});

apis.run();
