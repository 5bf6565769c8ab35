/**
 * ActivityWatch's own npm client, version 0.3.7, unchanged: all of its public calls against kt-server in a process of
 * its own.
 */
import { AWClient } from 'aw-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeProcesses, type Processes } from './support/processes.ts';
import { newPostgresUrl, testEngine } from './support/test-database.ts';

type Scene = { processes: Processes; url: string; key: string; client: AWClient };
const api = suite<Scene>('aw-client 0.3.7');

api.before(async (scene) => {
  scene.processes = makeProcesses();
  const place = testEngine() === 'postgres' ? ['--database-url', await newPostgresUrl()] : [];
  const server = scene.processes.server(['--data-dir', scene.processes.folder(), '--port', '0', ...place]);
  scene.url = (await server.says(/ready at (\S+)/))[1]!;
  scene.key = (await server.says(/API key +(\S+)/))[1]!;
});
api.after(({ processes }) => processes.close());
api.before.each(async (scene) => {
  scene.client = clientOf(scene);
  for (const bucket of Object.keys(await scene.client.getBuckets())) await scene.client.deleteBucket(bucket);
});

/** The client with a key, set where aw-webui sets it. */
const clientOf = ({ url, key }: Scene): AWClient => {
  const client = new AWClient('kt-test', { baseURL: url });
  client.req.defaults.headers.common['Authorization'] = `Bearer ${key}`;
  return client;
};

const at = (seconds: number): Date => new Date(Date.UTC(2024, 4, 31, 10) + seconds * 1000);
const B = 'aw-watcher-test_host with ü';

/** The status of the answer that made a call fail. */
const refusedWith = async (call: Promise<unknown>): Promise<number | undefined> => {
  const error = await call.then(
    () => null,
    (reason: { response?: { status: number; data: { message?: string } } }) => reason,
  );
  assert.type(error?.response?.data.message, 'string');
  return error?.response?.status;
};

api('getInfo needs no key, everything else does', async (scene) => {
  const stranger = new AWClient('stranger', { baseURL: scene.url });
  assert.equal(await stranger.getInfo(), await scene.client.getInfo());
  const { hostname, version, testing } = await stranger.getInfo();
  assert.equal([typeof hostname, testing], ['string', false]);
  assert.match(version, /^v\d+\.\d+\.\d+ /);
  assert.is(await refusedWith(stranger.getBuckets()), 401);
  assert.is(await refusedWith(stranger.ensureBucket(B, 't', 'h')), 401);
});

api('ensureBucket, createBucket, getBuckets, getBucketInfo, deleteBucket', async ({ client }) => {
  assert.equal(await client.ensureBucket(B, 'currentwindow', 'host'), { alreadyExist: false });
  assert.equal(await client.ensureBucket(B, 'other', 'other'), { alreadyExist: true });
  assert.is(await client.createBucket('second', 'afkstatus', 'host'), undefined);
  await client.insertEvent(B, { timestamp: at(0), duration: 5, data: { app: 'vim' } });
  const buckets = await client.getBuckets();
  assert.equal(Object.keys(buckets).sort(), [B, 'second'].sort());
  const bucket = buckets[B]!;
  assert.equal(
    [bucket.id, bucket.type, bucket.client, bucket.hostname, bucket.data],
    [B, 'currentwindow', 'kt-test', 'host', {}],
  );
  assert.ok(Math.abs(bucket.created.getTime() - Date.now()) < 60_000);
  assert.equal((bucket as unknown as { last_updated: Date }).last_updated, at(5));
  const info = await client.getBucketInfo(B);
  assert.equal([info.id, info.created, info.data], [B, bucket.created, {}]);
  assert.is(await client.deleteBucket(B), undefined);
  assert.is(await refusedWith(client.getBucketInfo(B)), 404);
  assert.is(await refusedWith(client.deleteBucket(B)), 404);
});

api('insertEvent, insertEvents, getEvents, getEvent, countEvents', async ({ client }) => {
  await client.ensureBucket(B, 't', 'h');
  await client.insertEvent(B, { timestamp: at(0), duration: 60, data: { app: 'vim', n: 1 } });
  await client.insertEvents(B, [
    { timestamp: at(60), duration: 60, data: { app: 'web' } },
    { timestamp: at(120), data: { app: 'web', title: 'naïve 😀' } },
  ]);
  const events = await client.getEvents(B);
  assert.equal(
    events.map(({ id: _, ...event }) => event),
    [
      { timestamp: at(120), duration: 0, data: { app: 'web', title: 'naïve 😀' } },
      { timestamp: at(60), duration: 60, data: { app: 'web' } },
      { timestamp: at(0), duration: 60, data: { app: 'vim', n: 1 } },
    ],
  );
  for (const event of events) assert.type(event.id, 'number');
  const clipped = await client.getEvents(B, { start: at(30), end: at(90) });
  assert.equal(
    clipped.map(({ timestamp, duration }) => [timestamp, duration]),
    [
      [at(60), 30],
      [at(30), 30],
    ],
  );
  assert.equal(
    (await client.getEvents(B, { limit: 1 })).map(({ id }) => id),
    [events[0]!.id],
  );
  assert.is((await client.getEvents(B, { limit: -1 })).length, 3);
  assert.equal(await client.getEvent(B, events[2]!.id!), events[2]);
  assert.is(await refusedWith(client.getEvent(B, 1)), 404);
  assert.is(await client.countEvents(B), 3);
  // This version names its parameters in a way that every server ignores.
  assert.is(await client.countEvents(B, at(30), at(90)), 3);
  await client.insertEvent(B, { id: 1, timestamp: at(0), data: {} }).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, 'ID assigned'),
  );
});

api('replaceEvent, replaceEvents, deleteEvent', async ({ client }) => {
  await client.ensureBucket(B, 't', 'h');
  await client.insertEvents(B, [
    { timestamp: at(0), duration: 1, data: { a: 1 } },
    { timestamp: at(10), duration: 1, data: { a: 2 } },
  ]);
  const [second, first] = await client.getEvents(B);
  await client.replaceEvent(B, { ...first!, duration: 5, data: { a: 'edited' } });
  assert.equal(await client.getEvent(B, first!.id!), {
    id: first!.id,
    timestamp: at(0),
    duration: 5,
    data: { a: 'edited' },
  });
  await client.replaceEvents(B, [
    { ...first!, timestamp: at(20) },
    { ...second!, timestamp: at(30) },
  ]);
  assert.equal(
    (await client.getEvents(B)).map(({ id, timestamp }) => [id, timestamp]),
    [
      [second!.id, at(30)],
      [first!.id, at(20)],
    ],
  );
  await client.deleteEvent(B, first!.id!);
  await client.deleteEvent(B, first!.id!);
  assert.equal(
    (await client.getEvents(B)).map(({ id }) => id),
    [second!.id],
  );
});

api('heartbeat, one in flight per bucket', async ({ client }) => {
  await client.ensureBucket(B, 't', 'h');
  await Promise.all(
    [0, 1, 2, 3, 4].map((seconds) =>
      client.heartbeat(B, 5, { timestamp: at(seconds), duration: 0, data: { app: 'vim' } }),
    ),
  );
  await client.heartbeat(B, 5, { timestamp: at(6), duration: 0, data: { app: 'web' } });
  assert.equal(
    (await client.getEvents(B)).map(({ timestamp, duration, data }) => [timestamp, duration, data['app']]),
    [
      [at(6), 0, 'web'],
      [at(0), 4, 'vim'],
    ],
  );
  assert.is(await refusedWith(client.heartbeat('nope', 5, { timestamp: at(0), data: {} })), 404);
});

api('query, cached and not', async ({ client }) => {
  await client.ensureBucket(B, 't', 'h');
  await client.insertEvents(B, [
    { timestamp: at(0), duration: 60, data: { app: 'vim' } },
    { timestamp: at(3600), duration: 60, data: { app: 'web' } },
  ]);
  const program = [`events = query_bucket("${B}");`, 'RETURN = events;'];
  const periods = [{ start: at(0), end: at(30) }, `${at(3600).toISOString()}/${at(7200).toISOString()}`];
  // It caches the answer: the second call sends no request.
  for (const params of [{}, { name: 'test', verbose: false }]) {
    const results = await client.query(periods, program, params);
    assert.equal(
      results.map((events) => events.map((event: any) => [event.timestamp, event.duration, event.data])),
      [[['2024-05-31T10:00:00Z', 30, { app: 'vim' }]], [['2024-05-31T11:00:00Z', 60, { app: 'web' }]]],
    );
  }
  assert.equal(await client.query(periods, program, { cache: false }), [], 'this version asks nothing then');
  assert.equal(await client.query([], program), []);
  assert.is(await refusedWith(client.query(periods, ['RETURN = nothing_there();'])), 400);
});

api('get_settings, get_setting, set_setting', async ({ client }) => {
  const classes = [{ id: 0, name: ['Work'], rule: { type: 'regex', regex: 'vim|ü' }, data: { color: '#fff' } }];
  await client.set_setting('classes', classes);
  await client.set_setting('with space', { a: null });
  assert.equal(await client.get_settings(), { classes, 'with space': { a: null } });
  assert.equal(await client.get_setting('classes'), classes);
  // axios sends bare text as a form, which no server takes for JSON (spec/rest 1.2): aw-webui quotes it itself.
  assert.is(await refusedWith(client.set_setting('startOfDay', '04:00')), 415);
  await client.req.post('/0/settings/startOfDay', JSON.stringify('04:00'), {
    headers: { 'content-type': 'application/json' },
  });
  assert.is(await client.get_setting('startOfDay'), '04:00');
});

api('abort ends what is under way, and the server minds nothing', async ({ client }) => {
  await client.ensureBucket(B, 't', 'h');
  const asked = client.getEvents(B).then(
    () => 'answered',
    () => 'aborted',
  );
  const { info } = console;
  console.info = () => {};
  await client.abort();
  console.info = info;
  assert.is(await asked, 'aborted');
  assert.equal(await client.getEvents(B), []);
});

api.run();
