import { isObjectType, Kind, TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLField } from 'graphql';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clientOperations } from '../../test/support/client-operations.ts';
import { bucketWith, newDevice, sent } from '../../test/support/pushing.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import type { Scope } from '../auth/scope.ts';
import { makeBuilder } from './builder.ts';
import { needOf } from './needs.ts';
import { makeSchema } from './schema.ts';

const schema = makeSchema();

type Coordinate = readonly [name: string, field: GraphQLField<unknown, unknown>];
const FIELDS: readonly Coordinate[] = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith('__'))
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field] satisfies Coordinate),
  );

const scopes = suite<{ server: TestServer; user: TestUser }>('what a key’s scope allows in GraphQL');
scopes.before(async (scene) => {
  scene.server = await openTestServer();
  scene.user = await scene.server.newUser();
});

scopes('is declared by every field', () => {
  assert.ok(FIELDS.length > 300, String(FIELDS.length));
  assert.equal(
    FIELDS.filter(([, field]) => needOf(field) === null).map(([name]) => name),
    [],
    'a field that declares no `needs`, nor does its type: nobody may ask for it',
  );
});

scopes('is of no key where neither a field nor its type declares it', () => {
  const builder = makeBuilder();
  builder.queryType({
    description: 'q',
    fields: (t) => ({ forgotten: t.string({ description: 'f', resolve: () => 'secret' }) }),
  });
  assert.is(needOf(builder.toSchema().getQueryType()!.getFields()['forgotten']!), null);
});

/** The fields that documents ask for, as `Type.field`. */
const askedBy = (documents: readonly DocumentNode[]): Set<string> => {
  const found = new Set<string>();
  for (const document of documents) {
    const types = new TypeInfo(schema);
    visit(
      document,
      visitWithTypeInfo(types, {
        Field: () => void found.add(`${types.getParentType()!.name}.${types.getFieldDef()!.name}`),
      }),
    );
  }
  return found;
};

const nameOf = (document: DocumentNode): string | undefined =>
  document.definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [one.name?.value] : []))[0];

scopes('of push is what kt-client’s operations ask for, and no more', () => {
  // What it asks of servers that are older than scopes.
  const operations = clientOperations().filter((document) => nameOf(document) !== 'Keys');
  const asked = askedBy(operations);
  const open = FIELDS.filter(([, field]) => ['sync', 'pass'].includes(needOf(field)!)).map(([name]) => name);
  assert.equal(open.toSorted(), [...asked].filter((name) => !isOpen(name)).toSorted());
});
const isOpen = (name: string): boolean => needOf(FIELDS.find(([known]) => known === name)![1]) === 'nobody';

scopes('of read is no change of anything', () => {
  for (const field of Object.values(schema.getMutationType()!.getFields()))
    assert.ok(['full', 'pass', 'admin'].includes(needOf(field)!), field.name);
});

/** A key of the user's account. */
const keyOf = async ({ server, user }: { server: TestServer; user: TestUser }, scope: Scope, deviceId?: string) =>
  (await server.resolvers.accounts.createKey({ email: user.email, name: scope, scope, deviceId })).key;

type Answer = { status: number; data: any; code: string | undefined; message: string };
const askWith = async ({ app }: TestServer, key: string, query: string): Promise<Answer> => {
  const response = await app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors = [] } = (await response.json()) as { data?: any; errors?: any[] };
  return { status: response.status, data, code: errors[0]?.extensions.code, message: errors[0]?.message ?? '' };
};

const BUCKET = '{ bucketId: "made", type: "t", client: "c", hostname: "h" }';

scopes('refuses the whole of a request, before any of it is done', async (scene) => {
  const key = await keyOf(scene, 'read');
  const both = `mutation { createBucket(input: ${BUCKET}) { wasCreated } }`;
  const answer = await askWith(scene.server, key, both);
  assert.equal([answer.status, answer.code, answer.data ?? null], [403, 'FORBIDDEN', null]);
  assert.match(answer.message, /Mutation\.createBucket.*scope "read".*reads, and changes nothing.*scope full/);
  assert.equal(await scene.user.graphql('{ bucket(id: "made") { id } }'), { bucket: null });
  const mixed = await askWith(
    scene.server,
    key,
    '{ buckets { id } viewer { ...f } } fragment f on User { sessions { id } }',
  );
  assert.equal([mixed.status, mixed.code, mixed.data ?? null], [403, 'FORBIDDEN', null]);
});

scopes('looks into fragments within fragments, aliases, directives and every spread', async (scene) => {
  const key = await keyOf(scene, 'push');
  for (const query of [
    '{ a: settings { key } }',
    '{ ...a } fragment a on Query { ...b } fragment b on Query { settings { key } }',
    '{ ... on Query { settings { key } } }',
    '{ settings @skip(if: true) { key } }',
    '{ settings @include(if: false) { key } }',
    '{ devices { buckets { id } } }',
    '{ buckets { device { buckets { id } } } }',
    '{ buckets { events { edges { node { data } } } } }',
    '{ viewer { apiKeys { prefix } } }',
    'query { buckets { ...f } } fragment f on Bucket { id ...g } fragment g on Bucket { trash { edges { cursor } } }',
  ]) {
    const { status, code } = await askWith(scene.server, key, query);
    assert.equal([status, code], [403, 'FORBIDDEN'], query);
  }
});

scopes('counts for the operation that runs alone', async (scene) => {
  const key = await keyOf(scene, 'read');
  const response = await scene.server.app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      query: `query Q { buckets { id } } mutation M { createBucket(input: ${BUCKET}) { wasCreated } }`,
      operationName: 'Q',
    }),
  });
  assert.is(response.status, 200);
});

scopes('lets introspection through, and the schema says nothing of anybody', async (scene) => {
  const { data } = await askWith(
    scene.server,
    await keyOf(scene, 'push'),
    '{ __schema { queryType { name } } __typename }',
  );
  assert.equal(data, { __schema: { queryType: { name: 'Query' } }, __typename: 'Query' });
});

scopes('is told to who asks', async (scene) => {
  const device = await newDevice(scene.user);
  const asked = '{ viewer { access { scope deviceId } } }';
  for (const [key, scope, deviceId] of [
    [scene.user.key, 'FULL', null],
    [await keyOf(scene, 'push', device.id), 'PUSH', device.id],
  ] as const) {
    const { data } = await askWith(scene.server, key, asked);
    assert.equal(data.viewer.access, { scope, deviceId });
  }
});

const register = (deviceId: string) =>
  `mutation { registerDevice(input: { deviceId: "${deviceId}", hostname: "h", pass: 1, nonce: "n" }) { accountId } }`;
const push = (deviceId: string) =>
  `mutation { pushEvents(input: { deviceId: "${deviceId}", pass: 1, buckets: [] }) { revision } }`;

scopes('of push, bound to a device, is for that device alone', async (scene) => {
  const mine = await newDevice(scene.user);
  await mine.push(bucketWith([sent(1, 0)]));
  const other = await newDevice(scene.user);
  const key = await keyOf(scene, 'push', mine.id);
  for (const query of [
    register(other.id),
    push(other.id),
    `mutation { reclaimDevice(input: { deviceId: "${other.id}" }) { device { deviceId } } }`,
  ]) {
    const { code, message } = await askWith(scene.server, key, query);
    assert.is(code, 'FORBIDDEN', query);
    assert.match(message, `this API key is the device ${mine.id}'s and can not act as ${other.id}`);
  }
  const before = await scene.user.graphql('{ devices { deviceId hostname pass } }');
  assert.is((await askWith(scene.server, key, register('brand-new'))).code, 'FORBIDDEN');
  assert.equal(await scene.user.graphql('{ devices { deviceId hostname pass } }'), before);
});

scopes('of push, bound to none, binds it to the first device that it registers', async (scene) => {
  const key = await keyOf(scene, 'push');
  const early = await askWith(scene.server, key, push('first'));
  assert.is(early.code, 'FORBIDDEN');
  assert.match(early.message, /register the device with it first/);
  assert.is((await askWith(scene.server, key, register('first'))).code, undefined);
  const { data } = await askWith(scene.server, key, '{ viewer { access { deviceId } } }');
  assert.is(data.viewer.access.deviceId, 'first');
  assert.is((await askWith(scene.server, key, push('first'))).code, undefined);
  assert.is((await askWith(scene.server, key, register('second'))).code, 'FORBIDDEN');
});

scopes('of push binds a key once, also where two devices register with it at the same time', async (scene) => {
  const key = await keyOf(scene, 'push');
  const answers = await Promise.all(['one', 'two', 'three'].map((name) => askWith(scene.server, key, register(name))));
  assert.equal(answers.map(({ code }) => code ?? 'done').toSorted(), ['FORBIDDEN', 'FORBIDDEN', 'done']);
  const { devices } = await scene.user.graphql<{ devices: { deviceId: string }[] }>('{ devices { deviceId } }');
  assert.is(devices.filter(({ deviceId }) => ['one', 'two', 'three'].includes(deviceId)).length, 1);
});

scopes.run();
