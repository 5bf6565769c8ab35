/**
 * A flat id means the same bucket for reading and for writing, and what is written by hand never gets into a bucket
 * that a device pushes (spec/sync 2.8).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bucketWith, failing, newDevice, sent, type TestDevice } from '../support/pushing.ts';
import { APP_URL, openTestServer, type TestServer, type TestUser } from '../support/test-server.ts';
import { inTheNameOf } from '../../server/auth/viewer.ts';
import { prismaOf } from '../../server/storage/database.ts';
import { askerOf, type Asker } from './asker.ts';

type Scene = { server: TestServer; user: TestUser; asker: Asker; device: TestDevice };
const ID = 'aw-stopwatch';
const STOPWATCH = { client: 'aw-webui', type: 'general.stopwatch', hostname: 'unknown' };

const flat = suite<Scene>('a flat id');
flat.before(async (scene) => {
  scene.server = await openTestServer();
});
flat.before.each(async (scene) => {
  scene.user = await scene.server.newUser();
  scene.asker = as(scene);
  scene.device = await newDevice(scene.user, 'laptop');
});

const as = ({ server, user }: Pick<Scene, 'server' | 'user'>, headers: Record<string, string> = {}): Asker =>
  askerOf((request, target) => Promise.resolve(server.app.fetch(new Request(`${APP_URL}${target}`, request))), {
    authorization: `Bearer ${user.key}`,
    ...headers,
  });

/** What the device's own web UI recorded, as pushed. */
const pushStopwatch = async ({ device }: Scene, ...events: ReturnType<typeof sent>[]): Promise<void> => {
  const [result] = await device.push(
    bucketWith(events.length > 0 ? events : [sent(1, 0, 60, { label: 'on the laptop', running: false })], {
      bucketId: ID,
      ...STOPWATCH,
    }),
  );
  assert.is(result!.error, null);
};
type Row = { id: number; timestamp: string; duration: number; data: { label: string; running: boolean } };
const labels = (rows: readonly Row[]) => rows.map(({ data }) => data.label);
const listed = async (asker: Asker, id = ID, query = ''): Promise<Row[]> =>
  (await asker.get(`/buckets/${id}/events${query}`)).json;
/** Every bucket of the account: its name, whether it is pushed, and its labels. */
const all = async ({ user, asker }: Scene): Promise<Record<string, string[]>> => {
  const { buckets } = await user.graphql<{ buckets: { id: string; device: { hostname: string } }[] }>(
    '{ buckets { id device { hostname } } }',
  );
  return Object.fromEntries(
    await Promise.all(
      buckets.map(
        async ({ id, device }) => [`${id} of ${device.hostname}`, labels(await listed(asker, id)).sort()] as const,
      ),
    ),
  );
};

/**
 * What aw-webui's page does, request by request (src/views/Stopwatch.vue, StopwatchEntry.vue and EventEditor.vue, over
 * aw-client 0.3.7): it creates the bucket, even if it exists, and reads it; starts with a heartbeat and reads again;
 * the editor reads the event; stopping replaces it.
 */
const openPage = async (asker: Asker) => {
  const made = await asker.post(`/buckets/${ID}`, STOPWATCH);
  assert.ok([200, 304].includes(made.status), made.text);
  const read = () => listed(asker, ID, '?limit=100');
  await read();
  return {
    read,
    start: async (label: string): Promise<Row> => {
      const beat = await asker.post(`/buckets/${ID}/heartbeat?pulsetime=1`, {
        timestamp: new Date().toISOString(),
        data: { running: true, label },
      });
      assert.is(beat.status, 200, beat.text);
      const mine = (await read()).find(({ data }) => data.running && data.label === label);
      assert.ok(mine, `the page does not find its own stopwatch again: ${label}`);
      assert.equal((await asker.get(`/buckets/${ID}/events/${mine.id}`)).json, mine);
      return mine;
    },
    stop: async (event: Row): Promise<void> => {
      const reply = await asker.post(`/buckets/${ID}/events`, [
        { ...event, duration: 90.5, data: { ...event.data, running: false } },
      ]);
      assert.is(reply.status, 200, reply.text);
      const stopped = (await read()).filter(({ id }) => id === event.id);
      assert.equal(
        stopped.map(({ duration, data }) => [duration, data]),
        [[90.5, { ...event.data, running: false }]],
      );
    },
    remove: async (event: Row): Promise<void> => {
      assert.is((await asker.delete(`/buckets/${ID}/events/${event.id}`)).status, 200);
      assert.not.ok((await read()).some(({ id }) => id === event.id));
    },
  };
};

const session = async (asker: Asker, name: string): Promise<void> => {
  const page = await openPage(asker);
  const first = await page.start(`${name} 1`);
  await page.stop(first);
  await page.remove(await page.start(`${name} 2`));
};

flat('of the stopwatch is the page’s own, though a device had pushed one before', async (scene) => {
  await pushStopwatch(scene);
  assert.equal(await all(scene), { 'aw-stopwatch of laptop': ['on the laptop'] });
  await session(scene.asker, 'page');
  assert.equal(await all(scene), {
    'aw-stopwatch of kt.test': ['page 1'],
    'aw-stopwatch-unknown of laptop': ['on the laptop'],
  });
  await pushStopwatch(
    scene,
    sent(1, 0, 60, { label: 'on the laptop', running: false }),
    sent(2, 300, 1, { label: 'later', running: false }),
  );
  await session(scene.asker, 'again');
  assert.equal(await all(scene), {
    'aw-stopwatch of kt.test': ['again 1', 'page 1'],
    'aw-stopwatch-unknown of laptop': ['later', 'on the laptop'],
  });
});

flat('of the stopwatch stays the page’s own when a device pushes one later', async (scene) => {
  await session(scene.asker, 'page');
  await pushStopwatch(scene);
  await session(scene.asker, 'again');
  assert.equal(await all(scene), {
    'aw-stopwatch of kt.test': ['again 1', 'page 1'],
    'aw-stopwatch-unknown of laptop': ['on the laptop'],
  });
});

flat('means the same bucket on every road', async (scene) => {
  const { asker, user } = scene;
  await pushStopwatch(scene);
  await session(asker, 'page');
  const [id, other] = [ID, 'aw-stopwatch-unknown'];
  const list = (await asker.get('/buckets')).json;
  assert.equal(
    Object.entries(list)
      .map(([name, bucket]: [string, any]) => [name, bucket.id, bucket.hostname])
      .sort(),
    [
      [id, id, 'kt.test'],
      [other, other, 'laptop'],
    ],
  );
  for (const [name, label] of [
    [id, 'page 1'],
    [other, 'on the laptop'],
  ] as const) {
    assert.is((await asker.get(`/buckets/${name}`)).json.id, name);
    assert.is((await asker.get(`/buckets/${name}/events/count`)).json, 1);
    assert.equal(labels(await listed(asker, name)), [label]);
    assert.equal(labels((await asker.get(`/buckets/${name}/export`)).json.buckets[name].events), [label]);
    assert.equal(labels((await asker.get('/export')).json.buckets[name].events), [label]);
    const query = [`RETURN = query_bucket("${name}");`];
    const body = { query, timeperiods: ['2000-01-01T00:00:00Z/2100-01-01T00:00:00Z'] };
    assert.equal(labels((await asker.post('/query', body)).json[0]), [label]);
    const found = await user.graphql<{
      bucket: { id: string; events: { edges: { node: { data: { label: string } } }[] } };
    }>(`{ bucket(id: "${name}") { id events { edges { node { data } } } } }`);
    assert.equal([found.bucket.id, found.bucket.events.edges[0]!.node.data.label], [name, label]);
  }
  const first = async (host: string) =>
    (
      await asker.post('/query', {
        query: [`b = find_bucket("aw-stopwatch", "${host}");`, 'RETURN = query_bucket(b);'],
        timeperiods: ['2000-01-01T00:00:00Z/2100-01-01T00:00:00Z'],
      })
    ).json[0];
  assert.equal([labels(await first('kt.test')), labels(await first('laptop'))], [['page 1'], ['on the laptop']]);
  // The device's own names are not affected: there the bucket keeps its name.
  assert.equal(labels(await listed(as(scene, { 'x-device-id': scene.device.id }))), ['on the laptop']);
});

const AT = { timestamp: '2024-05-31T12:00:00Z', duration: 1, data: { label: 'by hand' } };
const INPUT = `timestamp: "${AT.timestamp}", duration: 1, data: { label: "by hand" }`;
/** What a request without a device writes, and the resulting bucket of the own device. */
const WRITES: Record<string, { write(scene: Scene): Promise<unknown>; holds: string[]; type: string }> = {
  'a bucket made over REST': {
    write: ({ asker }) => asker.post(`/buckets/${ID}`, { ...STOPWATCH, type: 'mine' }),
    holds: [],
    type: 'mine',
  },
  'a bucket made with events': {
    write: ({ asker }) => asker.post(`/buckets/${ID}`, { ...STOPWATCH, type: 'mine', events: [AT] }),
    holds: ['by hand'],
    type: 'mine',
  },
  'an event': {
    write: ({ asker }) => asker.post(`/buckets/${ID}/events`, [AT]),
    holds: ['by hand'],
    type: 'general.stopwatch',
  },
  'an event under an id that nobody has': {
    write: ({ asker }) => asker.post(`/buckets/${ID}/events`, [{ ...AT, id: 2 ** 50 }]),
    holds: ['by hand'],
    type: 'general.stopwatch',
  },
  'a beat': {
    write: ({ asker }) => asker.post(`/buckets/${ID}/heartbeat?pulsetime=5`, AT),
    holds: ['by hand'],
    type: 'general.stopwatch',
  },
  'a bucket made over GraphQL': {
    write: ({ user }) =>
      user.graphql(
        `mutation { createBucket(input: { bucketId: "${ID}", type: "mine", client: "c", hostname: "h" }) { wasCreated
          bucket { id } } }`,
      ),
    holds: [],
    type: 'mine',
  },
};
for (const [what, { write, holds, type }] of Object.entries(WRITES)) {
  flat(
    `that a device pushes takes no ${what.replace(/^an? /, '')} by hand: the account’s own bucket does, and has the id`,
    async (scene) => {
      await pushStopwatch(scene);
      for (let twice = 0; twice < 2; twice++) await write(scene);
      const found = await all(scene);
      assert.equal(Object.keys(found).sort(), ['aw-stopwatch of kt.test', 'aw-stopwatch-unknown of laptop']);
      assert.equal([...new Set(found['aw-stopwatch of kt.test'])], holds);
      assert.equal(found['aw-stopwatch-unknown of laptop'], ['on the laptop']);
      assert.is((await scene.asker.get(`/buckets/${ID}`)).json.type, type);
      await pushStopwatch(scene);
      assert.equal(await all(scene), found);
    },
  );
}

flat('that a device pushes takes nothing by GraphQL’s id, nor from a request that names a device', async (scene) => {
  const { user, device } = scene;
  await pushStopwatch(scene);
  const error = await failing(
    'CONFLICT',
    user.graphql(
      `mutation { insertEvents(input: { publicBucketId: "${ID}", events: [{ ${INPUT} }] }) { events { id } } }`,
    ),
  );
  assert.match(
    error.message,
    /"aw-stopwatch" is what the device "laptop" \(.*\) pushes: record it there, or create a bucket of another id/,
  );
  await failing(
    'CONFLICT',
    user.graphql(
      `mutation { heartbeat(input: { publicBucketId: "${ID}", pulsetime: 5, event: { ${INPUT} } }) { event { id } } }`,
    ),
  );
  await newDevice(user, 'other');
  const { devices } = await user.graphql<{ devices: { deviceId: string }[] }>('{ devices { deviceId } }');
  for (const { deviceId } of devices) {
    const named = as(scene, { 'x-device-id': deviceId });
    for (const reply of [
      await named.post(`/buckets/${ID}/events`, [AT]),
      await named.post(`/buckets/${ID}/heartbeat?pulsetime=5`, AT),
    ])
      assert.is(reply.status, 409, reply.text);
  }
  assert.equal([devices.length, await all(scene)], [2, { 'aw-stopwatch of laptop': ['on the laptop'] }]);
  assert.is((await as(scene, { 'x-device-id': device.id }).post(`/buckets/${ID}`, STOPWATCH)).status, 304);
});

flat('has edits and deletions by event id act on what reading finds', async (scene) => {
  const { server, asker } = scene;
  await pushStopwatch(
    scene,
    sent(1, 0, 1, { label: 'pushed', running: false }),
    sent(2, 60, 1, { label: 'kept', running: false }),
  );
  await prismaOf(server.database).$executeRaw`update events set source_id = null where source_id = 2
      and account = ${scene.user.account}::int`;
  const [kept, pushed] = (await listed(asker)) as [Row, Row];
  assert.is((await asker.post(`/buckets/${ID}/events`, [{ ...pushed, data: { label: 'edited' } }])).status, 409);
  assert.is((await asker.delete(`/buckets/${ID}/events/${pushed.id}`)).status, 409);
  assert.equal((await asker.post(`/buckets/${ID}/events`, [])).json, []);
  assert.is((await asker.post(`/buckets/${ID}/events`, [{ ...kept, data: { label: 'edited' } }])).status, 200);
  assert.equal(await all(scene), { 'aw-stopwatch of laptop': ['edited', 'pushed'] }, 'no bucket is made for an edit');

  const [first, second] = (
    await asker.post(`/buckets/${ID}/events`, [AT, { ...kept, data: { label: 'edited again' } }])
  ).json;
  assert.equal([first.data.label, second.id, second.data.label], ['by hand', kept.id, 'edited again']);
  assert.equal(await all(scene), {
    'aw-stopwatch of kt.test': ['by hand'],
    'aw-stopwatch-unknown of laptop': ['edited again', 'pushed'],
  });
  await asker.delete(`/buckets/${ID}/events/${kept.id}`);
  assert.is(
    (await all(scene))['aw-stopwatch-unknown of laptop']!.length,
    2,
    'it is no event of the bucket that has the id now',
  );
  assert.is((await asker.delete(`/buckets/${ID}`)).status, 200);
  assert.equal(await all(scene), { 'aw-stopwatch-unknown of laptop': ['edited again', 'pushed'] });
  assert.is((await asker.get(`/buckets/${ID}`)).status, 404);
});

flat('that goes to another while its events are read in pages leaves the reader where it was', async (scene) => {
  const { server, user, asker } = scene;
  await pushStopwatch(scene, ...[0, 1, 2].map((n) => sent(n, n, 1, { label: `${n}`, running: false })));
  const viewer = inTheNameOf(user);
  const everything = { startUs: null, endUs: null };
  let text = '';
  for await (const { json } of server.resolvers.events.texts(viewer, ID, everything, null, 1)) {
    if (text === '') await asker.post(`/buckets/${ID}/events`, [AT]);
    text += Buffer.from(json).toString();
  }
  assert.equal(labels(JSON.parse(`[${text}]`)), ['2', '1', '0']);
});

flat('that is the derived name of a pushed bucket is taken like any other', async (scene) => {
  await pushStopwatch(scene);
  await session(scene.asker, 'page');
  assert.is((await scene.asker.post('/buckets/aw-stopwatch-unknown/heartbeat?pulsetime=1', AT)).status, 200);
  assert.equal(await all(scene), {
    'aw-stopwatch of kt.test': ['page 1'],
    'aw-stopwatch-unknown of kt.test': ['by hand'],
    'aw-stopwatch-unknown-2 of laptop': ['on the laptop'],
  });
});

flat.run();
