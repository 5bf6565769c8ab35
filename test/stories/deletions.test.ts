/**
 * Deletions: what looks like an accident is held, what is deleted is in the trash, and what is put back stays
 * (spec/sync 4.6, 4.7).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noteReport, troubles } from '../../client/status/pass-record.ts';
import { makeMemoryState } from '../../client/sync/saved-state.ts';
import {
  atRest,
  beginStory,
  inStep,
  KINDS,
  later,
  sameCopy,
  sameOnServer,
  type Laptop,
  type Story,
  type Told,
} from './scene.ts';

const DAY = 86_400;
const HINT = /nothing was deleted there; .*`kt-client verify --repair --allow-deletes`/;

type Scene = { story: Story; lap: Laptop; desk: Laptop; ids: number[] };
/**
 * A laptop with a bucket of 60 events, oldest first and all older than the tail, and a desk that has its copy. The
 * newest show whether the ids are the same, so the stories keep ten of them.
 */
const sixty = async (kind: (typeof KINDS)[number]): Promise<Scene> => {
  const story = await beginStory();
  const lap = story.laptop('lap', { kind });
  const desk = story.laptop('desk', { kind: kind === 'rust' ? 'python' : 'rust' });
  await lap.bucket('window');
  const ids = await lap.record(
    'window',
    ...Array.from({ length: 60 }, (_, i): Told => [(61 - i) * DAY, 60 + i, `title ${i}`]),
  );
  for (const laptop of [lap, desk]) inStep(await laptop.sync());
  return { story, lap, desk, ids: ids.sort((a, b) => a - b) };
};

const drop = async (lap: Laptop, ids: readonly number[]): Promise<void> => {
  for (const id of ids) await lap.delete('window', id);
};
const trashed = async ({ user }: Story): Promise<number> =>
  (await user.graphql<{ buckets: { trashCount: number }[] }>('{ buckets { trashCount } }')).buckets.reduce(
    (sum, { trashCount }) => sum + trashCount,
    0,
  );
const putBack = async ({ user }: Story): Promise<unknown> =>
  (
    await user.graphql<{ restoreEvents: unknown }>(
      'mutation { restoreEvents(input: { publicBucketId: "window" }) { restored present } }',
    )
  ).restoreEvents;
const about = (report: Awaited<ReturnType<Laptop['sync']>>) => report.pushed.find(({ bucket }) => bucket === 'window')!;

const held = suite('more than a quarter of a bucket');
for (const kind of KINDS) {
  held(`is held, and every pass says so with the way out, as long as it is (${kind})`, async () => {
    const { story, lap, desk, ids } = await sixty(kind);
    const before = await story.onServer(lap, 'window');
    await drop(lap, ids.slice(0, 16));
    const found = await lap.sync();
    assert.equal([about(found).outcome, about(found).deleted], ['held', 0]);
    assert.match(about(found).reason!, /^16 of the 60 events/);
    assert.match(about(found).reason!, HINT);

    // The counts agree again, and the hour in which nothing is proven is not over.
    await lap.record('window', ...Array.from({ length: 16 }, (_, i): Told => [(i + 5) * DAY + 600, 1, `late ${i}`]));
    const soon = await lap.sync();
    assert.equal([about(soon).outcome, about(soon).reason], ['held', about(found).reason]);
    const [trouble] = troubles(
      noteReport(
        null,
        { by: 'sync', task: 'pass', mode: 'both', against: { url: 'http://kt', account: null, device: null } },
        soon,
      ),
    );
    assert.match(trouble!.reason!, HINT, 'status says it too');
    const next = await lap.sync({}, later(2));
    assert.is(about(next).outcome, 'held');
    assert.match(about(next).reason!, HINT);
    assert.equal(
      (await story.onServer(lap, 'window')).filter((text) => before.includes(text)),
      before,
      'nothing is lost',
    );

    const allowed = await lap.verify({ repair: true, allowDeletes: true });
    assert.equal([allowed.rows[0]!.outcome, allowed.rows[0]!.deleted], ['equal', 16]);
    inStep(await lap.sync());
    assert.is(await trashed(story), 16);
    inStep(await desk.sync());
    sameCopy(lap, 'window', desk);
    await atRest(story, lap, desk);
  });

  held(
    `is held also where it goes bit by bit, by what the server knows of the day: no lost state hides it (${kind})`,
    async () => {
      const { story, lap, ids } = await sixty(kind);
      await drop(lap, ids.slice(0, 10));
      assert.is(about(await lap.sync()).deleted, 10);
      lap.state = makeMemoryState();
      await drop(lap, ids.slice(10, 20));
      const found = about(await lap.sync({}, later(2)));
      assert.equal([found.outcome, found.deleted], ['held', 0]);
      assert.match(found.reason!, /^10 of the 50 events .* \(and 10 more were deleted in the last 24 hours\)/);
      assert.is((await story.onServer(lap, 'window')).length, 50);
    },
  );

  held(`is not held any more once it is here again, or the ids are others (${kind})`, async () => {
    const { lap, ids } = await sixty(kind);
    const whole = lap.aw.snapshot();
    await drop(lap, ids.slice(0, 20));
    assert.is(about(await lap.sync()).outcome, 'held');
    lap.aw.restore(whole);
    inStep(await lap.sync({}, later(2)));
    assert.equal((await lap.state.load())!.held, {});
  });
}

held('is held where an aw-server overwrote another bucket’s rows', async () => {
  const { story, lap, ids } = await sixty('rust');
  const before = await story.onServer(lap, 'window');
  await lap.bucket('afk');
  // Ids are the whole database's, and a row under one that is taken replaces it, whichever bucket has it.
  for (const id of ids.slice(0, 50)) await lap.edit('afk', id, [3 * DAY + id * 60, 5, 'afk']);
  assert.is(lap.events('window').length, 10, 'the scripted aw-server does as the real one');
  const report = await lap.sync();
  assert.is(about(report).outcome, 'held');
  assert.match(about(report).reason!, /^50 of the 60 events/);
  assert.equal(await story.onServer(lap, 'window'), before);
  await sameOnServer(story, lap, 'afk');
});
held.run();

const back = suite('what was put back');
for (const kind of KINDS) {
  back(
    `stays as kept, on the server and in copies, and nothing is doubled when the device has it again (${kind})`,
    async () => {
      const { story, lap, desk, ids } = await sixty(kind);
      const [whole, texts] = [lap.aw.snapshot(), lap.events('window')];
      await drop(lap, ids.slice(3, 15));
      assert.is(about(await lap.sync()).deleted, 12);
      inStep(await desk.sync());
      sameCopy(lap, 'window', desk);
      assert.equal([await trashed(story), await putBack(story)], [12, { restored: 12, present: 0 }]);
      assert.equal(await story.onServer(lap, 'window'), texts);

      for (const hours of [0, 2, 26]) inStep(await lap.sync({}, later(hours)));
      const [row] = (await lap.verify({ repair: true })).rows;
      assert.equal([row!.outcome, row!.here, row!.there, row!.kept, row!.deleted], ['equal', 48, 48, 12, 0]);
      assert.equal(
        [await story.onServer(lap, 'window'), await story.kept(lap, 'window'), await trashed(story)],
        [texts, 12, 0],
      );
      inStep(await desk.sync());
      assert.equal(desk.events('window-synced-from-lap'), texts);
      await atRest(story, lap, desk);

      lap.aw.restore(whole);
      inStep(await lap.sync({}, later(30)));
      await sameOnServer(story, lap, 'window');
      assert.is(await story.kept(lap, 'window'), 0);
      await atRest(story, lap, desk);
    },
  );
}

back('is added only where it is not there by key; and what was emptied does not come back', async () => {
  const { story, lap, desk, ids } = await sixty('rust');
  const whole = lap.aw.snapshot();
  await drop(lap, ids.slice(0, 12));
  assert.is(about(await lap.sync()).deleted, 12);
  lap.aw.restore(whole);
  inStep(await lap.sync({}, later(2)));
  assert.equal(await putBack(story), { restored: 0, present: 12 });
  await sameOnServer(story, lap, 'window');
  assert.is(await trashed(story), 0);

  await drop(lap, ids.slice(0, 12));
  assert.is(about(await lap.sync({}, later(4))).deleted, 12);
  const { email } = story.user;
  const { trashKeeping } = story.server.resolvers;
  assert.equal(await trashKeeping.emptyTrash({ email }), [{ bucket: 'window', purged: 12 }]);
  assert.equal([await putBack(story), await trashed(story)], [{ restored: 0, present: 0 }, 0]);
  inStep(await desk.sync());
  sameCopy(lap, 'window', desk);
  await atRest(story, lap, desk);
});
back.run();
