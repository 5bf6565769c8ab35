/** Imports that are interrupted: by their sender, or by the end of the process. */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bucket } from '../domain/bucket.ts';
import { isKtError } from '../domain/errors.ts';
import type { Event } from '../domain/event.ts';
import { inTheNameOf, type Viewer } from '../server/auth/viewer.ts';
import type { ImportPart } from '../server/resolvers/stage-import.ts';
import { driverOf, run } from '../server/storage/database.ts';
import * as rows from '../server/storage/imports.ts';
import { openTestServer, type TestServer } from './support/test-server.ts';

type Scene = { server: TestServer; viewer: Viewer };
const imports = suite<Scene>('an import that is cut short');
imports.before(async (scene) => {
  scene.server = await openTestServer();
});
imports.before.each(async (scene) => {
  const { account, userId } = await scene.server.newUser();
  scene.viewer = inTheNameOf({ account, userId });
});

const bucket = (id: string): Bucket => ({
  id,
  type: 't',
  client: 'c',
  hostname: 'h',
  createdUs: 1_000_000n,
  data: { a: 'ü' },
});
const events = (count: number, from = 0): Event[] =>
  Array.from({ length: count }, (_, i) => ({
    startUs: BigInt(from + i) * 1_000_000n,
    durationNs: 1n,
    data: { i: from + i },
  }));
const staged = async ({ server, viewer }: Scene): Promise<number> => {
  const [row] = await driverOf(server.database).rows<{ events: string }>(
    `select count(*)::text as events from import_events
      where account = ${viewer.account}`,
  );
  return Number(row!.events);
};
const unfinished = async ({ server, viewer }: Scene): Promise<number> =>
  Number(
    (
      await driverOf(server.database).rows<{ n: string }>(
        `select count(*)::text as n from imports where account = ${viewer.account}`,
      )
    )[0]!.n,
  );

imports('by its sender leaves nothing behind', async (scene) => {
  const left = new AbortController();
  let asked = 0;
  async function* parts(): AsyncGenerator<ImportPart> {
    for (; ; asked++) {
      if (asked === 3) left.abort();
      assert.ok(asked < 10, 'it reads on');
      yield { events: events(2000, asked * 2000) };
    }
  }
  const failure = await scene.server.resolvers.imports.run(scene.viewer, parts(), left.signal).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(isKtError(failure, 'invalid'));
  assert.equal(
    [await staged(scene), await unfinished(scene), (await scene.server.resolvers.buckets.list(scene.viewer)).length],
    [0, 0, 0],
  );
});

imports('by the end of its process is finished by the next, once', async (scene) => {
  const { server, viewer } = scene;
  const { database, resolvers } = server;
  const given = events(5000);
  // What a process leaves that was killed after it had read the whole file.
  const row = await run(database, (tx) => rows.begin(tx, viewer.account, null));
  for (const [number, id] of ['x', 'y'].entries()) {
    await run(database, (tx) =>
      rows.stage(
        tx,
        row,
        number,
        given.map((event, place) => ({ ...event, place })),
      ),
    );
    await run(database, (tx) => rows.stageBucket(tx, row, number, bucket(id)));
  }
  await run(database, (tx) => rows.beginMerging(tx, row));
  // Another one that had read half of its file.
  const half = await run(database, (tx) => rows.begin(tx, viewer.account, null));
  await run(database, (tx) =>
    rows.stage(
      tx,
      half,
      0,
      given.map((event, place) => ({ ...event, place })),
    ),
  );

  await resolvers.imports.resume(true);
  const made = await resolvers.buckets.list(viewer);
  assert.equal(
    made.map(({ id, data, createdUs }) => [id, data, createdUs]),
    [
      ['x', { a: 'ü' }, 1_000_000n],
      ['y', { a: 'ü' }, 1_000_000n],
    ],
  );
  for (const { publicId } of made)
    assert.is(await resolvers.events.count(viewer, publicId, { startUs: null, endUs: null }), 5000);
  assert.equal([await staged(scene), await unfinished(scene)], [0, 0]);
  await resolvers.imports.resume(true);
  assert.is(await resolvers.events.count(viewer, 'x', { startUs: null, endUs: null }), 5000);
});

imports('leaves what other processes are reading alone', async (scene) => {
  const { database, resolvers } = scene.server;
  const row = await run(database, (tx) => rows.begin(tx, scene.viewer.account, null));
  await run(database, (tx) =>
    rows.stage(
      tx,
      row,
      0,
      events(3).map((event, place) => ({ ...event, place })),
    ),
  );
  await resolvers.imports.resume(false);
  assert.equal([await staged(scene), await unfinished(scene)], [3, 1]);
});

imports('as often as its account sends more of them than wait is told so', async ({ server, viewer }) => {
  const { imports: rules } = server.resolvers;
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  async function* parts(): AsyncGenerator<ImportPart> {
    await gate;
    yield { bucket: bucket(randomUUID()) };
  }
  const signal = new AbortController().signal;
  const begun = Array.from({ length: 4 }, () => rules.run(viewer, parts(), signal));
  const refused = await rules.run(viewer, parts(), signal).then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(isKtError(refused, 'rate_limited'));
  open();
  for (const report of await Promise.all(begun)) assert.is(report.size, 1);
});

imports.run();
