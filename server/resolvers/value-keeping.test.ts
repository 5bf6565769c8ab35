import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event } from '../../domain/event.ts';
import { makeAccount, makeBucket, upsert, type Account } from '../../test/support/make-bucket.ts';
import { openTestServer, type TestServer } from '../../test/support/test-server.ts';
import { testEngine } from '../../test/support/test-database.ts';
import { inTheNameOf } from '../auth/viewer.ts';
import * as buckets from '../storage/buckets.ts';
import { lockAccount, takeRevision } from '../storage/changes.ts';
import { driverOf, run, transaction, type Tx } from '../storage/database.ts';
import * as events from '../storage/events.ts';
import * as trash from '../storage/trash.ts';
import * as sweeps from '../storage/value-sweep.ts';
import { makeValueKeeping, type ValueKeeping } from './value-keeping.ts';

type Scene = { server: TestServer; keeping: ValueKeeping; account: Account; bucket: buckets.BucketRow };
const keepings = suite<Scene>('value-keeping');
keepings.before(async (scene) => {
  scene.server = await openTestServer();
});
keepings.before.each(async (scene) => {
  const { database } = scene.server;
  scene.keeping = makeValueKeeping(scene.server.deps);
  scene.account = await makeAccount(database);
  scene.bucket = await makeBucket({ database, account: scene.account });
});
keepings.after.each(({ keeping }) => keeping.stop());

const never = new AbortController().signal;
const titled = (title: string, startMs = 0): Event => ({
  startUs: BigInt(startMs) * 1000n,
  durationNs: 0n,
  data: { title },
});
const sourced = (sourceId: number, title: string) => ({ ...titled(title, sourceId), sourceId });

/** The titles that the account's values hold, each with its number. */
const heldBy = async ({ server, account }: Scene): Promise<string[]> =>
  (
    await driverOf(server.database).rows<{ held: string }>(
      `select value::text || ' ' || (data ->> 'title') as held from event_values
        where account = ${account.account} order by event_values.value`,
    )
  ).map(({ held }) => held);

const locked = <T>({ server, account, bucket }: Scene, work: (tx: Tx) => Promise<T>): Promise<T> =>
  transaction(server.database, async (tx) => {
    await lockAccount(tx, account.account);
    await buckets.lock(tx, bucket);
    return work(tx);
  });
const insert = (scene: Scene, ...given: readonly Event[]): Promise<number[]> =>
  locked(scene, async (tx) => events.insert(tx, scene.bucket, await takeRevision(tx, scene.account.account), given));
const remove = (scene: Scene, id: number): Promise<boolean> =>
  locked(scene, async (tx) => events.remove(tx, scene.bucket, await takeRevision(tx, scene.account.account), id));
const swept = async ({ keeping, account }: Scene): Promise<void> => {
  keeping.soon(account.account);
  await keeping.settled();
};
/** Deletes all of a device's events here, as a sync does. */
const trashAll = async ({ server, bucket }: Scene): Promise<void> => {
  await transaction(server.database, async (tx) => {
    await lockAccount(tx, bucket.account);
    const rows = await tx.$queryRaw<{ source_id: bigint; content_hash: bigint }[]>`
      select source_id, content_hash from events where account = ${bucket.account}::int and source_id is not null`;
    await events.removeSourced(
      tx,
      bucket,
      rows.map((row) => ({ sourceId: Number(row.source_id), hash: row.content_hash })),
      server.deps.now(),
    );
  });
};

keepings('deletes a title with the last event that has it, and gives its number to no other', async (scene) => {
  const [secret] = await insert(scene, titled('secret'));
  const [, last] = await insert(scene, titled('mail', 1), titled('mail', 2));
  await remove(scene, secret!);
  await swept(scene);
  assert.equal(await heldBy(scene), ['2 mail']);
  await remove(scene, last!);
  await swept(scene);
  assert.equal(await heldBy(scene), ['2 mail'], 'one event has it still');
  await remove(scene, last! - 1);
  await swept(scene);
  assert.equal(await heldBy(scene), []);
  await insert(scene, titled('secret'));
  assert.equal(await heldBy(scene), ['3 secret']);
});

keepings('keeps what lies in the trash until it is emptied', async (scene) => {
  const { server, account, bucket } = scene;
  await upsert(server.database, account, bucket, [sourced(1, 'lost')]);
  await trashAll(scene);
  await swept(scene);
  assert.equal(await heldBy(scene), ['1 lost']);
  await locked(scene, (tx) => trash.purge(tx, bucket, null, 10));
  await swept(scene);
  assert.equal(await heldBy(scene), []);
});

keepings('sweeps all accounts daily, and ends when it is told to', async (scene) => {
  const other = { ...scene, account: await makeAccount(scene.server.database) };
  other.bucket = await makeBucket({ database: scene.server.database, account: other.account });
  for (const each of [scene, other]) {
    const [gone] = await insert(each, titled('gone'));
    await insert(each, titled('here'));
    await remove(each, gone!);
  }
  assert.is(await scene.keeping.sweep(AbortSignal.abort()), 0);
  assert.ok((await scene.keeping.sweep(never)) >= 2);
  assert.equal([await heldBy(scene), await heldBy(other)], [['2 here'], ['2 here']]);
});

for (const [meanwhile, write] of Object.entries({
  'is inserted': (scene: Scene) => insert(scene, titled('again')),
  'is pushed': ({ server, account, bucket }: Scene) => upsert(server.database, account, bucket, [sourced(9, 'again')]),
  'takes the place of another title': ({ server, account, bucket }: Scene) =>
    upsert(server.database, account, bucket, [sourced(8, 'again')]),
  'is pushed and deleted again': async (scene: Scene) => {
    await upsert(scene.server.database, scene.account, scene.bucket, [sourced(8, 'again')]);
    await trashAll(scene);
  },
} satisfies Record<string, (scene: Scene) => Promise<unknown>>))
  keepings(`keeps a title that ${meanwhile} while the account is read`, async (scene) => {
    const { server, account, bucket } = scene;
    const { database } = server;
    const [id] = await insert(scene, titled('again'));
    await upsert(database, account, bucket, [sourced(8, 'other')]);
    await remove(scene, id!);
    const at = server.deps.now();
    const begun = await run(database, (tx) => sweeps.begin(tx, account.account));
    await write(scene);
    const gone = await locked(scene, (tx) => sweeps.drop(tx, account.account, [1], begun!, at));
    assert.is(gone, 0);
    assert.ok((await heldBy(scene)).includes('1 again'));
  });

keepings('lets no writer that waits for the account’s lock find a value that is swept meanwhile', async (scene) => {
  const { server, account } = scene;
  const { database } = server;
  const [id] = await insert(scene, titled('swept'));
  await remove(scene, id!);
  const begun = await run(database, (tx) => sweeps.begin(tx, account.account));
  let writing: Promise<number[]> | undefined;
  await transaction(database, async (tx) => {
    await lockAccount(tx, account.account);
    writing = insert(scene, titled('swept'));
    // The embedded engine has one connection, and the writer waits for this transaction as a whole.
    for (let tries = 0; testEngine() === 'postgres' && tries < 10_000; tries++) {
      const [found] = await tx.$queryRaw<{ waiting: bigint }[]>`
        select count(*) as waiting from pg_locks where not granted`;
      if (found!.waiting > 0n) break;
      assert.is.not(tries, 9_999, 'nobody waited');
    }
    assert.is(await sweeps.drop(tx, account.account, [1], begun!, server.deps.now()), 1);
  });
  await writing;
  assert.equal(await heldBy(scene), ['2 swept']);
  const found = await run(database, (tx) => events.find(tx, scene.bucket, id! + 1));
  assert.equal(found?.data, { title: 'swept' });
});

keepings('leaves no title of an event or a bucket that its owner deleted', async ({ server }) => {
  const { resolvers } = server;
  const { account, userId } = await server.newUser();
  const viewer = inTheNameOf({ account, userId });
  const facts = { type: 't', client: 'c', hostname: 'h', createdUs: null, data: {} };
  await resolvers.buckets.create(viewer, { id: 'kept', ...facts });
  await resolvers.buckets.create(viewer, { id: 'gone', ...facts }, [titled('of the bucket')]);
  const stored = await resolvers.events.insert(
    viewer,
    'kept',
    [titled('deleted'), titled('kept')].map((event) => ({ ...event, id: null })),
  );
  await resolvers.events.delete(viewer, 'kept', stored[0]!.id);
  await resolvers.buckets.delete(viewer, 'gone');
  await resolvers.values.settled();
  const held = await driverOf(server.database).rows<{ title: string }>(
    `select data ->> 'title' as title from event_values where account = ${account}`,
  );
  assert.equal(held, [{ title: 'kept' }]);
});

keepings.run();
