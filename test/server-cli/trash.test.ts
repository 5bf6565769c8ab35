/**
 * `kt-server trash`: the operator lists, puts back and purges what syncs deleted, while the server runs and while it
 * does not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../server/config.ts';
import { makeLog } from '../../server/log.ts';
import { serve, type Serving } from '../../server/serve.ts';
import { runServerCli } from '../../server/cli.ts';
import { driverOf } from '../../server/storage/database.ts';
import { openDatabase } from '../../server/storage/open.ts';
import { at, bucketWith, PUSH, sent, wireBucket } from '../support/pushing.ts';
import { newPostgresUrl, testEngine } from '../support/test-database.ts';
import { until } from '../support/until.ts';

const EMAIL = 'owner@localhost';
const DAY = at(0).slice(0, 10);

type Scene = { folder: string; databaseUrl: string | undefined; place: string[]; serving: Serving; key: string };
const trash = suite<Scene>('kt-server trash');

const begin = async ({ folder, databaseUrl }: Scene): Promise<Serving> =>
  serve(readConfig({ dataDir: folder, databaseUrl, port: '0' }, {}), makeLog('error'));
trash.before(async (scene) => {
  scene.folder = mkdtempSync(join(tmpdir(), 'kt-trash-'));
  scene.databaseUrl = testEngine() === 'postgres' ? await newPostgresUrl() : undefined;
  scene.place = [
    '--data-dir',
    scene.folder,
    ...(scene.databaseUrl === undefined ? [] : ['--database-url', scene.databaseUrl]),
  ];
  scene.serving = await begin(scene);
  scene.key = scene.serving.firstKey!.key;
});
trash.after(async ({ serving, folder }) => {
  await serving.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = async <T>({ serving: { url }, key }: Scene, query: string, variables: object = {}): Promise<T> => {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  };
  const { data, errors } = (await (await fetch(`${url}/graphql`, init)).json()) as { data: T; errors?: unknown };
  assert.is(errors, undefined, JSON.stringify(errors));
  return data;
};
/**
 * Run within this process, which sends the work to the owner of the folder (itself) like any other process would:
 * starting one takes longer than everything it does.
 */
const run = async ({ place }: Scene, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runServerCli(['trash', ...args, ...place], {
    stdin: process.stdin,
    stdout,
    stderr,
    env: {},
    colorDepth: 1,
  });
  return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
};
const says = async (scene: Scene, ...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run(scene, ...args, '--email', EMAIL);
  assert.is(code, 0, stderr);
  return stdout;
};
const json = async (scene: Scene, ...args: string[]): Promise<any> => JSON.parse(await says(scene, ...args, '--json'));
const counts = async (scene: Scene): Promise<unknown> =>
  (
    await ask<{ buckets: { id: string; eventCount: number; trashCount: number }[] }>(
      scene,
      '{ buckets { id eventCount trashCount } }',
    )
  ).buckets.map(({ id, eventCount, trashCount }) => [id, eventCount, trashCount]);

trash('tells that there is nothing, and of whom it knows nothing', async (scene) => {
  for (const command of ['list', 'restore', 'empty']) assert.is(await says(scene, command), 'The trash is empty.\n');
  const nobody = await run(scene, 'list', '--email', 'nobody@example.org');
  assert.equal([nobody.code, nobody.stdout], [1, '']);
  assert.match(nobody.stderr, /^kt-server: there is no user "nobody@example\.org"[^\n]*\n/);
});

trash('lists what a device deleted, puts back what is asked for, and purges the rest', async (scene) => {
  const input = { deviceId: 'laptop', pass: 1 };
  await ask(
    scene,
    'mutation { registerDevice(input: { deviceId: "laptop", hostname: "laptop", pass: 1, nonce: "n" }) { accountId } }',
  );
  for (const bucketId of ['window', 'afk']) {
    await ask(scene, PUSH, {
      input: {
        ...input,
        buckets: [wireBucket(bucketWith([sent(1, 0, 1, { title: 'one' }), sent(2, 60)], { bucketId }))],
      },
    });
    const { bucket } = await ask<{ bucket: { sources: object[] } }>(
      scene,
      `{ bucket(id: "${bucketId}") { sources(day: "${DAY}") { sourceId hash } } }`,
    );
    const deletes = wireBucket(bucketWith([], { bucketId, deletes: bucket.sources }));
    await ask(scene, PUSH, { input: { ...input, buckets: [deletes] } });
  }
  assert.equal(await counts(scene), [
    ['window', 0, 2],
    ['afk', 0, 2],
  ]);
  assert.match(
    await says(scene, 'list'),
    /^BUCKET +EVENTS +FIRST DELETED +LAST DELETED\n"afk" +2 +\d{4}-.*\n"window" +2 +\d{4}-.*\n$/,
  );
  assert.match(
    await says(scene, 'list', '--bucket', 'window'),
    /^START +SECONDS +DELETED +DATA\n2024-05-31T09:01:00Z +1 +\d{4}-.*\n2024-05-31T09:00:00Z +1 .* {"title":"one"}\n$/,
  );
  const [, listed] = await json(scene, 'list', '--bucket', 'window');
  assert.equal([listed.timestamp, listed.duration, listed.data], [at(0), 1, { title: 'one' }]);
  const unknown = await run(scene, 'restore', '--email', EMAIL, '--bucket', 'web');
  assert.is(unknown.code, 1);

  assert.is(await says(scene, 'restore', '--bucket', 'window'), '"window": 2 events put back\n');
  assert.equal(await counts(scene), [
    ['window', 2, 0],
    ['afk', 0, 2],
  ]);
  assert.equal(await json(scene, 'empty'), [{ bucket: 'afk', purged: 2 }]);
  assert.equal(await counts(scene), [
    ['window', 2, 0],
    ['afk', 0, 0],
  ]);
});

trash('is swept by the server when it starts; and does all of that while none runs', async (scene) => {
  await scene.serving.stop();
  const database = await openDatabase(scene.databaseUrl ?? `pglite:${join(scene.folder, 'database')}`);
  await driverOf(
    database,
  ).script(`insert into trashed_events (account, bucket, id, timestamp, duration_ns, value, trashed_at)
    select account, number, -n, now(), 0, 1, now() - n * interval '29 days' from buckets, generate_series(1, 2) n
      where bucket_id = 'afk'`);
  await database.close();
  assert.equal(
    (await json(scene, 'list')).map(({ bucket, events }: { bucket: string; events: number }) => [bucket, events]),
    [['afk', 2]],
  );
  scene.serving = await begin(scene);
  await until(
    'what is old is gone',
    async () => JSON.stringify(await counts(scene)) === '[["window",2,0],["afk",0,1]]',
  );
});

trash.run();
