import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginStory, inStep, sameCopy, sameOnServer } from './scene.ts';

const stories = suite('same names');

stories('same bucket id on two devices', async () => {
  const story = await beginStory();
  const lap = story.laptop('lap');
  const desk = story.laptop('desk', { kind: 'python' });
  for (const [laptop, title] of [
    [lap, 'on lap'],
    [desk, 'on desk'],
  ] as const) {
    await laptop.bucket('aw-watcher-web-chrome');
    await laptop.record('aw-watcher-web-chrome', [60, 5, title]);
  }
  for (const laptop of [lap, desk, lap]) inStep(await laptop.sync());
  for (const laptop of [lap, desk]) await sameOnServer(story, laptop, 'aw-watcher-web-chrome');
  sameCopy(lap, 'aw-watcher-web-chrome', desk);
  sameCopy(desk, 'aw-watcher-web-chrome', lap);
});

stories('same hostname on two devices', async () => {
  const story = await beginStory();
  const [one, two, three] = [
    story.laptop('MacBook-Pro.local'),
    story.laptop('MacBook-Pro.local'),
    story.laptop('other'),
  ];
  for (const [laptop, title] of [
    [one, 'first'],
    [two, 'second'],
  ] as const) {
    await laptop.bucket('window');
    await laptop.record('window', [60, 5, title]);
  }
  for (const laptop of [one, two, three]) inStep(await laptop.sync());
  const copies = three.bucketIds();
  assert.is(copies.length, 2);
  assert.equal(
    copies.flatMap((id) => three.events(id)).sort(),
    [...one.events('window'), ...two.events('window')].sort(),
  );
});

stories.run();
