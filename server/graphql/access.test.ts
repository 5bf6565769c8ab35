import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  at,
  bucketWith,
  failing,
  newDevice,
  push,
  register,
  sent,
  type TestDevice,
} from '../../test/support/pushing.ts';
import { operationsOn, rootFields } from '../../test/support/graphql-operations.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { driverOf } from '../storage/database.ts';

const access = suite<{ server: TestServer }>('GraphQL access');
access.before(async (scene) => {
  scene.server = await openTestServer();
});

type Answer = { status: number; data: Record<string, any> | null; codes: unknown[] };

const ask = async ({ app }: TestServer, query: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const response = await app.fetch(`${APP_URL}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  const { data = null, errors = [] } = (await response.json()) as {
    data?: Record<string, any>;
    errors?: { extensions: { code: string } }[];
  };
  return { status: response.status, data, codes: errors.map((error) => error.extensions.code) };
};

const OPERATIONS = operationsOn();

access('is asked for by everything but info', async ({ server }) => {
  const fields = rootFields().map(({ name }) => name);
  assert.equal(
    fields.filter((field) => !OPERATIONS[field]),
    [],
    'a field that no test knows: add to test/support/graphql-operations.ts how it is asked',
  );
  for (const field of fields) {
    const answer = await ask(server, OPERATIONS[field]!);
    if (field === 'info') assert.equal(answer, { status: 200, data: { info: { hostname: 'kt.test' } }, codes: [] });
    else {
      assert.equal([answer.status, answer.codes], [401, ['UNAUTHENTICATED']], field);
      assert.ok(
        Object.values(answer.data ?? {}).every((value) => value === null),
        field,
      );
    }
  }
});

access('lets nobody in with a wrong key, to info neither', async ({ server }) => {
  const { key } = await server.newUser();
  const wrong: Record<string, string>[] = [
    { authorization: 'Bearer no' },
    { authorization: `Bearer ${key}x` },
    { 'x-api-key': `kt_${'A'.repeat(43)}` },
    { authorization: `Digest ${key}` },
  ];
  for (const headers of wrong) {
    for (const query of [OPERATIONS['info']!, OPERATIONS['buckets']!]) {
      assert.equal(
        await ask(server, query, headers),
        { status: 401, data: null, codes: ['UNAUTHENTICATED'] },
        JSON.stringify(headers),
      );
    }
  }
});

access('takes the key as Bearer, as X-API-Key and by Basic, but not in the URL', async ({ server }) => {
  const { key, userId } = await server.newUser();
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  for (const headers of [
    { authorization: `Bearer ${key}` },
    { 'x-api-key': key },
    basic(`me:${key}`),
    basic(`${key}:`),
  ] as Record<string, string>[]) {
    assert.equal((await ask(server, '{ viewer { id } }', headers)).data, { viewer: { id: userId } });
  }
  const query = encodeURIComponent('{ viewer { id } }');
  for (const parameter of ['key', 'api_key', 'apiKey', 'token']) {
    assert.is((await server.app.fetch(`${APP_URL}/graphql?query=${query}&${parameter}=${key}`)).status, 401);
  }
});

access('publishes the schema to whoever asks', async ({ server }) => {
  assert.equal(await ask(server, '{ __schema { queryType { name } } }'), {
    status: 200,
    data: { __schema: { queryType: { name: 'Query' } } },
    codes: [],
  });
});

/** Everything that a user has, as text. */
const everything = async (user: TestUser): Promise<string> =>
  JSON.stringify(
    await user.graphql(`{ viewer { email revision devices { deviceId hostname pass buckets { id } }
      apiKeys { name prefix } sessions { id } }
      buckets { id bucketId eventCount data events { edges { node { id timestamp duration data } } } }
        changes { revision changedBuckets { bucket { id } instants { starts data gone } } } }`),
  );

type Two = { a: TestUser; b: TestUser; device: TestDevice; event: string };
/** User A with a device and two buckets, and user B with nothing. */
const twoUsers = async (server: TestServer): Promise<Two> => {
  const [a, b] = [await server.newUser(), await server.newUser()];
  const device = await newDevice(a, 'laptop-of-a');
  // Each account counts its own events: those of A get numbers that none of B's has.
  await driverOf(server.database).script(`update users set last_event = ${2 ** 40} where account = ${a.account}`);
  await device.push(bucketWith([sent(1, 0, 5, { title: 'secret' })]));
  await a.graphql(OPERATIONS['createBucket']!);
  const { insertEvents } = await a.graphql<{ insertEvents: { events: { id: string }[] } }>(
    `mutation { insertEvents(input: {
      publicBucketId: "b", events: [{ timestamp: "${at(0)}", data: { title: "secret" } }] }) { events { id } } }`,
  );
  return { a, b, device, event: insertEvents.events[0]!.id };
};

access('shows a user nothing of another', async ({ server }) => {
  const { a, b, device } = await twoUsers(server);
  const seen = JSON.parse(await everything(b));
  assert.is(seen.viewer.email, b.email);
  assert.equal(seen.viewer.devices, []);
  assert.is(seen.viewer.apiKeys.length, 1);
  assert.equal(seen.buckets, []);
  assert.equal(seen.changes.changedBuckets, []);
  assert.equal(
    await b.graphql(`{ bucket(id: "window") { id } buckets(deviceId: "${device.id}") { id } devices { hostname } }`),
    {
      bucket: null,
      buckets: [],
      devices: [],
    },
  );
  const { changes } = await a.graphql<{ changes: { revision: string } }>('{ changes { revision } }');
  await failing('RESYNC_REQUIRED', b.graphql(`{ changes(after: "${changes.revision}") { revision } }`));
});

access('lets a user change nothing of another', async ({ server }) => {
  const { a, b, device, event } = await twoUsers(server);
  const before = await everything(a);
  for (const field of ['deleteBucket', 'insertEvents', 'deleteEvent', 'restoreEvents', 'heartbeat'])
    await failing('NOT_FOUND', b.graphql(OPERATIONS[field]!));
  await failing('NOT_FOUND', push(b, device.id, 1, [bucketWith([sent(1, 0)])]));

  // B creates things with the same names; A's rows stay out of reach by id as well.
  assert.is((await register(b, { deviceId: device.id, hostname: 'b', pass: 9, nonce: 'n' })).device.hostname, 'b');
  assert.is((await push(b, device.id, 9, [bucketWith([sent(1, 50, 9)])])).results[0]!.inserted, 1);
  assert.equal(await b.graphql(OPERATIONS['createBucket']!), { createBucket: { wasCreated: true } });
  assert.equal(
    await b.graphql(`mutation { deleteEvent(input: { publicBucketId: "b", id: "${event}" }) { wasDeleted } }`),
    {
      deleteEvent: { wasDeleted: false },
    },
  );
  const written = `{ id: "${event}", timestamp: "${at(0)}", data: { title: "b" } }`;
  const { insertEvents } = await b.graphql<{ insertEvents: { events: { id: string }[] } }>(
    `mutation { insertEvents(input: { publicBucketId: "b", events: [${written}] }) { events { id } } }`,
  );
  const { heartbeat } = await b.graphql<{ heartbeat: { event: { id: string } } }>(
    `mutation { heartbeat(input: { publicBucketId: "b", pulsetime: -1, event: ${written} }) { event { id } } }`,
  );
  for (const made of [insertEvents.events[0]!, heartbeat.event]) assert.is.not(made.id, event);
  await b.graphql(OPERATIONS['deleteBucket']!);
  assert.is(await everything(a), before);
});

access.run();
