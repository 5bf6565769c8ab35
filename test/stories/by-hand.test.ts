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
