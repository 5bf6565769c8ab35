import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginStory, inStep, KINDS, sameCopy, sameOnServer, written } from './scene.ts';

const stories = suite('two laptops');

for (const a of KINDS) {
  for (const b of KINDS) {
    stories(`see each other's buckets (${a} and ${b})`, async () => {
      const story = await beginStory();
      const lap = story.laptop('lap', { kind: a });
      const desk = story.laptop('desk', { kind: b });
      await lap.bucket('window');
      await lap.record('window', [300, 60, 'mail'], [240, 30, 'editor'], [240, 30, 'editor'], [200, 0, 'blink']);
      await desk.bucket('afk', { type: 'afkstatus' });
      await desk.record('afk', ['2020-02-29T12:00:00.123Z', 3600.5, 'away']);

      inStep(await lap.sync());
      inStep(await desk.sync());
      inStep(await lap.sync());

      await sameOnServer(story, lap, 'window');
      await sameOnServer(story, desk, 'afk');
      sameCopy(lap, 'window', desk);
      sameCopy(desk, 'afk', lap);
      assert.equal(lap.bucketIds(), ['afk-synced-from-desk', 'window']);
      assert.is(lap.aw.dump()['afk-synced-from-desk']!.type, 'afkstatus');
    });

    stories(`write nothing in a second pass (${a} and ${b})`, async () => {
      const story = await beginStory();
      const lap = story.laptop('lap', { kind: a });
      const desk = story.laptop('desk', { kind: b });
      await lap.bucket('window');
      await lap.record(
        'window',
        ...Array.from({ length: 50 }, (_, i) => [3000 - i * 50, 20.25, `title ${i % 7}`] as const),
      );
      await desk.bucket('empty');
      for (const laptop of [lap, desk, lap, desk]) inStep(await laptop.sync());

      const before = await story.rowVersions();
      const here = [lap, desk].map((laptop) =>
        JSON.stringify(laptop.aw.dump(), (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      );
      for (const laptop of [lap, desk]) {
        const report = await laptop.sync();
        inStep(report);
        assert.is(written(report), 0);
        assert.ok(laptop.sent.length <= 3, `${laptop.sent.length} requests`);
      }
      assert.equal(await story.rowVersions(), before);
      assert.equal(
        [lap, desk].map((laptop) =>
          JSON.stringify(laptop.aw.dump(), (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
        ),
        here,
      );
    });
  }
}

stories('send hostile titles whole', async () => {
  const story = await beginStory();
  const lap = story.laptop('lap');
  const desk = story.laptop('desk', { kind: 'python' });
  await lap.bucket('window');
  await lap.record(
    'window',
    [100, 1, 'NUL \u0000 in it'],
    [90, 1, 'ا RTL \u202e'],
    [80, 1, '😀'.repeat(2500)],
    [70, 1, ''],
  );
  for (const laptop of [lap, desk]) inStep(await laptop.sync());
  await sameOnServer(story, lap, 'window');
  sameCopy(lap, 'window', desk);
});

stories.run();
