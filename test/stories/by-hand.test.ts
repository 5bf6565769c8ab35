/** What is written by hand at kt-server under the name of a device's bucket (spec/sync 2.8). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atRest, beginStory, inStep, KINDS, sameCopy, sameOnServer } from './scene.ts';

const stopwatch = suite('a stopwatch at kt-server beside a device’s own');
for (const kind of KINDS) {
  stopwatch(
    `reaches the devices as a bucket of its own, and the device’s stays what it was, under its names (${kind})`,
    async () => {
      const story = await beginStory();
      const [lap, desk] = [story.laptop('lap', { kind }), story.laptop('desk', { kind })];
      await lap.bucket('aw-stopwatch', { type: 'general.stopwatch', hostname: 'unknown' });
      await lap.record('aw-stopwatch', [7000, 60, 'on the laptop']);
      for (const laptop of [lap, desk]) inStep(await laptop.sync());
      const copies = desk.bucketIds();

      const beat = {
        timestamp: new Date(Date.now() - 600_000).toISOString(),
        data: { app: 'story', title: 'at the server' },
      };
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(beat) };
      assert.ok((await story.user.fetch('/api/0/buckets/aw-stopwatch/heartbeat?pulsetime=1', init)).ok);
      for (const laptop of [lap, desk]) inStep(await laptop.sync());
      await lap.record('aw-stopwatch', [500, 30, 'later']);
      for (const laptop of [lap, desk]) inStep(await laptop.sync());

      await sameOnServer(story, lap, 'aw-stopwatch');
      assert.equal(desk.bucketIds(), [...copies, 'aw-stopwatch-synced-from-kt.test'].sort(), 'the copy keeps its name');
      sameCopy(lap, 'aw-stopwatch', desk);
      for (const laptop of [lap, desk])
        assert.match(laptop.events('aw-stopwatch-synced-from-kt.test').join(), /at the server/);
      assert.is(await story.kept(lap, 'aw-stopwatch'), 0);
      await atRest(story, lap, desk);
    },
  );
}
stopwatch.run();

const WINDOW = 'aw-watcher-window_lap';
const PATH = `/api/0/buckets/${WINDOW}/events`;

const unpushed = suite('what is written by hand in a bucket that an import made, before its device pushed');
for (const kind of KINDS) {
  unpushed(`is there once and stays, and later writes go beside the bucket (${kind})`, async () => {
    const story = await beginStory();
    const [lap, desk] = [story.laptop('lap', { kind }), story.laptop('desk', { kind })];
    const post = async (path: string, body: unknown): Promise<void> => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      assert.is((await story.user.fetch(path, init)).status, 200);
    };
    const byHand = (agoMs: number, title: string) => [
      { timestamp: new Date(Date.now() - agoMs).toISOString(), duration: 30, data: { app: 'story', title } },
    ];
    const read = async (): Promise<string[]> => {
      const events = (await (await story.user.fetch(PATH)).json()) as { data: { title: string } }[];
      return events.map(({ data }) => data.title);
    };
    await lap.bucket(WINDOW);
    await lap.record(WINDOW, [9000, 60, 'one'], [7000, 60, 'two'], [5000, 60, 'three']);
    // The server knows the device, and so the import puts the bucket on it.
    await lap.sync({ mode: 'pull' });
    await post('/api/0/import', await lap.ask('export', 'GET'));
    await post(PATH, byHand(600_000, 'by hand'));
    assert.equal(await read(), ['by hand', 'three', 'two', 'one']);
    assert.is(await story.kept(lap, WINDOW), 4);

    for (const laptop of [lap, desk]) inStep(await laptop.sync());
    assert.is(await story.kept(lap, WINDOW), 1, 'the push adopted what the laptop has');
    assert.equal(await read(), ['by hand', 'three', 'two', 'one']);
    assert.equal(desk.events(`${WINDOW}-synced-from-lap`), await story.onServer(lap, WINDOW));
    await atRest(story, lap, desk);

    await post(PATH, byHand(300_000, 'later'));
    assert.equal(await read(), ['later']);
    assert.is(await story.kept(lap, WINDOW), 1);
    for (const laptop of [lap, desk]) inStep(await laptop.sync());
    assert.is(desk.events(`${WINDOW}-synced-from-lap`).length, 4);
    for (const laptop of [lap, desk]) assert.match(laptop.events(`${WINDOW}-synced-from-kt.test`).join(), /later/);
    await atRest(story, lap, desk);
  });
}
unpushed.run();
