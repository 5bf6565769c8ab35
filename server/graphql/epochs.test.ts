/**
 * New epochs, adoption and deletions by push (spec/sync 1.5, 1.6, 4.3), and that a bucket's counts are correct after
 * each of them.
 */
import fc from 'fast-check';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { contentHash } from '../../domain/sync/content-hash.ts';
import {
  at,
  bucketWith,
  failing,
  newDevice,
  sent,
  type SentEvent,
  type TestDevice,
} from '../../test/support/pushing.ts';
import { openTestServer, type TestServer, type TestUser } from '../../test/support/test-server.ts';
import { driverOf } from '../storage/database.ts';

type Scene = { server: TestServer; user: TestUser; device: TestDevice };

const hashOf = ({ timestamp, duration, data }: SentEvent): string =>
  String(
    contentHash({
      startUs: BigInt(Date.parse(timestamp)) * 1000n,
      durationNs: BigInt(Math.round(duration * 1e9)),
      data: data as never,
    }),
  );
const gone = (event: SentEvent) => ({ sourceId: event.sourceId, hash: hashOf(event) });

/** A bucket's rows as `source id: title start+duration`, `-` for a row without an owner. */
const rowsOf = async ({ server, user }: Pick<Scene, 'server' | 'user'>): Promise<string[]> =>
  (
    await driverOf(server.database).rows<{ row: string }>(`
      select coalesce(source_id::text, '-') || ': ' || coalesce(event_values.data ->> 'app', '') || ' '
        || (extract(epoch from timestamp - timestamptz '${at(0)}'))::int || '+' || duration_ns / 1000000000 as row
      from events join event_values using (account, value) where account = ${user.account}`)
  )
    .map(({ row }) => row)
    .sort();
const instantsGone = async ({ server, user }: Pick<Scene, 'server' | 'user'>): Promise<number[]> =>
  (
    await driverOf(server.database).rows<{ at: number }>(`
      select (instant / 1000 - extract(epoch from timestamptz '${at(0)}'))::int as at
      from deleted_events where account = ${user.account}`)
  )
    .map((row) => Number(row.at))
    .sort((a, b) => a - b);
const revisionOf = async (user: TestUser): Promise<string> =>
  (await user.graphql<any>('{ viewer { revision } }')).viewer.revision;

/** A fresh account with a device, for each test. */
const set = (scenes: Test<Scene>): void => {
  scenes.before(async (scene) => {
    scene.server = await openTestServer();
  });
  scenes.before.each(async (scene) => {
    scene.user = await scene.server.newUser();
    scene.device = await newDevice(scene.user);
  });
};

const deletes = suite<Scene>('deletions by push');
set(deletes);

deletes('take the row away, leave a tombstone, and are counted', async (scene) => {
  const { user, device } = scene;
  const events = [sent(1, 0), sent(2, 10), sent(3, 20)];
  await device.push(bucketWith(events));
  const before = await revisionOf(user);
  const [result] = await device.push(bucketWith([], { deletes: [gone(events[1]!)] }));
  assert.equal([result!.error, result!.deleted, result!.count], [null, 1, 2]);
  assert.equal(await rowsOf(scene), ['1: vim 0+1', '3: vim 20+1']);
  assert.equal(await instantsGone(scene), [10]);
  assert.ok((await revisionOf(user)) > before);
});
deletes('leave alone what is no longer so, and what is not there', async (scene) => {
  const { user, device } = scene;
  const events = [sent(1, 0), sent(2, 10)];
  await device.push(bucketWith(events));
  const before = [await revisionOf(user), await rowsOf(scene)];
  const [result] = await device.push(
    bucketWith([], { deletes: [gone({ ...events[0]!, duration: 2 }), gone(sent(9, 0))] }),
  );
  assert.equal([result!.deleted, result!.count], [0, 2]);
  assert.equal([await revisionOf(user), await rowsOf(scene)], before);
});
deletes('come after the events of the same push, and twice is once', async (scene) => {
  const { device } = scene;
  const event = sent(1, 0);
  const [result] = await device.push(bucketWith([event, sent(2, 5)], { deletes: [gone(event), gone(event)] }));
  assert.equal([result!.inserted, result!.deleted, result!.count], [2, 1, 1]);
  const [again] = await device.push(bucketWith([], { deletes: [gone(event)] }));
  assert.equal([again!.deleted, again!.count], [0, 1]);
});
deletes('never reach a row that nobody owns, nor another bucket', async (scene) => {
  const { device } = scene;
  const event = sent(1, 0);
  await device.push(bucketWith([event]), bucketWith([], { bucketId: 'other' }));
  await device.push(bucketWith([], { epoch: 2 })); // the row has no owner now
  const results = await device.push(
    bucketWith([], { epoch: 2, deletes: [gone(event)] }),
    bucketWith([], { bucketId: 'other', deletes: [gone(event)] }),
  );
  assert.equal(
    results.map((result) => result.deleted),
    [0, 0],
  );
  assert.equal(await rowsOf(scene), ['-: vim 0+1']);
});
deletes('are refused in words when they are not numbers, and count with the events of a call', async ({ device }) => {
  const [named] = await device.push(bucketWith([], { deletes: [{ sourceId: 'x', hash: '1' }] }));
  assert.is(named!.error?.code, 'INVALID');
  await failing('MALFORMED', device.push(bucketWith([], { deletes: [{ sourceId: '1', hash: 'f00' }] })));
  const many = Array.from({ length: 5000 }, (_, i) => ({ sourceId: String(i), hash: '1' }));
  await failing('TOO_LARGE', device.push(bucketWith([sent(1, 0)], { deletes: many })));
});
deletes.run();

const epochs = suite<Scene>('a new epoch');
set(epochs);

epochs(
  'adopts by key, longest with longest: what grew follows without a tombstone, what was edited leaves one',
  async (scene) => {
    const { device } = scene;
    await device.push(bucketWith([sent(1, 0, 5), sent(2, 0, 9), sent(3, 10, 1, { app: 'web' }), sent(4, 20)]));
    const [result] = await device.push(
      bucketWith([sent(12, 0, 11), sent(11, 0, 5), sent(13, 10, 1, { app: 'web' })], { epoch: 2 }),
    );
    assert.equal([result!.inserted, result!.updated, result!.unchanged, result!.count], [0, 1, 2, 3]);
    assert.equal(await rowsOf(scene), ['-: vim 20+1', '11: vim 0+5', '12: vim 0+11', '13: web 10+1']);
    assert.equal(await instantsGone(scene), []);
    await device.push(bucketWith([sent(13, 10, 1, { app: 'edited' })], { epoch: 2 }));
    assert.equal(await instantsGone(scene), [10]);
  },
);
epochs('begins with an empty push as well, and is not begun twice by a repeated one', async (scene) => {
  const { device } = scene;
  await device.push(bucketWith([sent(1, 0)], { pushCursor: { head: at(0) } }));
  for (let n = 0; n < 2; n++) {
    const [result] = await device.push(bucketWith([], { epoch: 2 }));
    assert.equal([result!.epoch, result!.count, result!.pushCursor], [2, 0, null]);
  }
  assert.equal((await device.push(bucketWith([sent(1, 0)])))[0]!.error?.code, 'CONFLICT', 'the old one is over');
  assert.equal(await rowsOf(scene), ['-: vim 0+1']);
});

epochs('let a row that a known event became go, and give it to no new event of the same push', async (scene) => {
  const { device } = scene;
  await device.push(bucketWith([sent(1, 0)]));
  await device.push(bucketWith([sent(1, 10)], { epoch: 2 }));
  const [result] = await device.push(bucketWith([sent(2, 0), sent(1, 0)], { epoch: 2 }));
  assert.equal([result!.error, result!.inserted, result!.updated, result!.deleted, result!.count], [null, 1, 1, 1, 2]);
  assert.equal(await rowsOf(scene), ['1: vim 0+1', '2: vim 0+1']);
});

type Step = {
  kind: 'push' | 'epoch' | 'delete';
  events: readonly [id: number, start: number, duration: number, app: number][];
};
const arbitraryStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('push' as const, 'push' as const, 'epoch' as const, 'delete' as const),
  // Each id once: two that are new are counted as two.
  events: fc.uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom(0, 10), fc.constantFrom(1, 2), fc.constantFrom(0, 1)),
    { maxLength: 5, selector: ([id]) => id },
  ),
});

epochs(
  'and deletions in any order leave what the device said last, its count right, and no row doubled or dropped',
  async ({ server }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryStep, { minLength: 1, maxLength: 8 }), async (steps) => {
        const user = await server.newUser();
        const device = await newDevice(user);
        await device.push(bucketWith([]));
        let epoch = 1;
        let rows = 0;
        const held = new Map<string, SentEvent>();
        for (const { kind, events } of steps) {
          const batch = events.map(([id, start, duration, app]) => sent(id, start, duration, { app: `app${app}` }));
          const doomed = kind === 'delete' ? [...held.values()].slice(0, 2) : [];
          if (kind === 'epoch') {
            epoch++;
            held.clear();
          }
          const [result] = await device.push(
            bucketWith(kind === 'delete' ? [] : batch, { epoch, deletes: doomed.map(gone) }),
          );
          if (kind !== 'delete') for (const event of batch) held.set(event.sourceId, event);
          for (const { sourceId } of doomed) held.delete(sourceId);
          rows += result!.inserted - result!.deleted;
          const stored = await rowsOf({ server, user });
          assert.is(result!.count, held.size);
          assert.is(stored.length, rows);
          const expected = [...held.values()].map(
            ({ sourceId, timestamp, duration, data }) =>
              `${sourceId}: ${(data as { app: string }).app} ` +
              `${(Date.parse(timestamp) - Date.parse(at(0))) / 1000}+${duration}`,
          );
          assert.equal(
            stored.filter((row) => !row.startsWith('-')),
            expected.sort(),
          );
        }
      }),
      { numRuns: 15 },
    );
  },
);
epochs.run();
