/** Changes behind the tail, of any age: found by the proof, and at once if the counts differ (spec/sync 4.3, 4.5). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProofReport } from '../../client/sync/proof/proof-report.ts';
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

/**
 * A laptop with a year of history, and a desk that has its copy. At noon, so that adding days never changes the date by
 * more.
 */
const aYear = async (
  kind: (typeof KINDS)[number],
): Promise<{ story: Story; lap: Laptop; desk: Laptop; ids: number[]; day: (ago: number) => string }> => {
  const story = await beginStory();
  const lap = story.laptop('lap', { kind });
  const desk = story.laptop('desk', { kind: kind === 'rust' ? 'python' : 'rust' });
  await lap.bucket('window');
  const began = Date.now(); // midnight may come while a story is told
  const day = (ago: number) => `${new Date(began - ago * DAY * 1000).toISOString().slice(0, 10)}T12:00:00.123Z`;
  const told = Array.from({ length: 60 }, (_, i): Told => [day(i * 6 + 5), 60 + i, `title ${i}`]);
  const ids = await lap.record('window', ...told);
  await lap.record('window', [300, 60, 'just now']);
  for (const laptop of [lap, desk]) inStep(await laptop.sync());
  return { story, lap, desk, ids: ids.sort((a, b) => a - b), day };
};

const end = async (story: Story, lap: Laptop, desk: Laptop): Promise<void> => {
  inStep(await desk.sync());
  await sameOnServer(story, lap, 'window');
  sameCopy(lap, 'window', desk);
  await atRest(story, lap, desk);
};

const days = ({ rows }: ProofReport): string[] =>
  rows.flatMap((row) => row.days.map((day) => new Date(day * DAY * 1000).toISOString().slice(0, 10)));

const imported = suite('event imported with an old date');
for (const kind of KINDS) {
  imported(`is sent by the next pass, since the counts tell (${kind})`, async () => {
    const { story, lap, desk, day } = await aYear(kind);
    await lap.record('window', [day(200), 30, 'of last year'], [day(300), 0, 'and another']);
    const report = await lap.sync();
    inStep(report);
    assert.is(report.pushed[0]!.inserted, 2);
    await end(story, lap, desk);
  });
}
imported.run();

const edits = suite('edit and delete of any age');
for (const kind of KINDS) {
  edits(`a verify shows exactly their days, and a repair mends exactly those (${kind})`, async () => {
    const { story, lap, desk, ids, day } = await aYear(kind);
    await lap.record('window', [day(200), 30, 'imported']);
    await lap.edit('window', ids[10]!, [day(65), 99, 'title 10, edited']);
    await lap.delete('window', ids[20]!);
    const wanted = [day(200), day(125), day(65)].map((at) => at.slice(0, 10));

    const found = await lap.verify();
    assert.equal(days(found), wanted);
    const [row] = found.rows;
    assert.equal(
      [row!.outcome, row!.toSend, row!.toDelete, row!.moving, row!.here, row!.there, row!.kept],
      ['differs', 2, 1, 0, 61, 61, 0],
    );

    const mended = await lap.verify({ repair: true });
    assert.equal(days(mended), wanted);
    assert.equal(
      [mended.rows[0]!.outcome, mended.rows[0]!.inserted, mended.rows[0]!.updated, mended.rows[0]!.deleted],
      ['equal', 1, 1, 1],
    );
    await end(story, lap, desk);
  });

  edits(`a deletion is found at once, by its count, and hourly at most (${kind})`, async () => {
    const { story, lap, desk, ids } = await aYear(kind);
    await lap.delete('window', ids[5]!);
    assert.is((await lap.sync()).pushed[0]!.deleted, 1);
    await lap.delete('window', ids[7]!);
    const soon = await lap.sync();
    assert.equal([soon.pushed[0]!.outcome, soon.pushed[0]!.deleted], ['held', 0]);
    assert.match(soon.pushed[0]!.reason!, /60 .*here|59 events here/);
    assert.is((await lap.sync({}, later(1))).pushed[0]!.deleted, 1);
    await end(story, lap, desk);
  });

  edits(`more than a hundred deletions at once are not believed, unless they are allowed (${kind})`, async () => {
    const { story, lap, desk } = await aYear(kind);
    const more = await lap.record(
      'window',
      ...Array.from({ length: 150 }, (_, i): Told => [400 * DAY + i * 60, 30, `old ${i}`]),
    );
    inStep(await lap.sync());
    for (const id of more.slice(0, 101)) await lap.delete('window', id);
    const before = await story.onServer(lap, 'window');
    const held = await lap.sync({}, later(2));
    assert.is(held.pushed[0]!.outcome, 'held');
    assert.match(held.pushed[0]!.reason!, /101 of the 211 events .*--allow-deletes/);
    const refused = await lap.verify({ repair: true });
    assert.equal([refused.rows[0]!.outcome, refused.rows[0]!.toDelete, refused.rows[0]!.deleted], ['held', 101, 0]);
    assert.equal(await story.onServer(lap, 'window'), before);
    const allowed = await lap.verify({ repair: true, allowDeletes: true });
    assert.equal([allowed.rows[0]!.outcome, allowed.rows[0]!.deleted], ['equal', 101]);
    await end(story, lap, desk);
  });

  edits(`an emptied bucket and a missing one delete nothing (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind });
    for (const id of ['emptied', 'dropped']) {
      await lap.bucket(id);
      await lap.record(id, [3 * DAY, 1, 'a'], [2 * DAY, 1, 'b']);
    }
    inStep(await lap.sync());
    const before = [await story.onServer(lap, 'emptied'), await story.onServer(lap, 'dropped')];
    for (const { id } of lap.aw.dump()['emptied']!.events) await lap.delete('emptied', id);
    await lap.drop('dropped');
    const report = await lap.verify({ repair: true });
    assert.equal(
      report.rows.map(({ bucket, outcome }) => `${bucket} ${outcome}`),
      ['emptied held', 'dropped apart'],
    );
    assert.match(report.rows[0]!.reason!, /empty here.*--allow-deletes/);
    assert.equal([await story.onServer(lap, 'emptied'), await story.onServer(lap, 'dropped')], before);
  });
}
edits.run();

const moved = suite('event moved to another day and back');
for (const kind of KINDS) {
  moved(`is one event all along (${kind})`, async () => {
    const { story, lap, desk, ids, day } = await aYear(kind);
    for (const ago of [70, 65, 64, 65]) {
      await lap.edit('window', ids[10]!, [day(ago), 70, 'title 10']);
      const report = await lap.verify({ repair: true });
      assert.equal(
        [report.rows[0]!.outcome, report.rows[0]!.inserted, report.rows[0]!.updated, report.rows[0]!.deleted].slice(
          0,
          2,
        ),
        ['equal', 0],
      );
      assert.is(report.rows[0]!.deleted, 0);
      inStep(await desk.sync());
      await sameOnServer(story, lap, 'window');
      sameCopy(lap, 'window', desk);
    }
    await end(story, lap, desk);
  });
}
moved.run();
