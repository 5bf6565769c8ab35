import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { atRest, beginStory, inStep, KINDS, sameCopy, sameOnServer, type Told } from './scene.ts';

const DAY = 86_400;
const stories = suite('server restored from a backup');

for (const kind of KINDS) {
  stories(`gets back what it lost, and gives no revision twice (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind });
    const desk = story.laptop('desk', { kind });
    await lap.bucket('window');
    await desk.bucket('afk');
    const ids = await lap.record(
      'window',
      ...Array.from({ length: 50 }, (_, i): Told => [(60 - i) * DAY, 10, `old ${i}`]),
      [900, 5, 'last'],
    );
    await desk.record('afk', [DAY, 100, 'away'], [800, 5, 'here']);
    for (const laptop of [lap, desk, lap]) inStep(await laptop.sync());
    const restore = await story.backup();

    await lap.record(
      'window',
      ...Array.from({ length: 30 }, (_, i): Told => [600 - i * 10, 8, `after the backup ${i}`]),
    );
    await lap.bucket('new');
    await lap.record('new', [100, 1, 'of a new bucket']);
    await lap.edit('window', ids[3]!, [57 * DAY, 99, 'edited after the backup']);
    await lap.delete('window', ids[7]!);
    await desk.record('afk', [300, 5, 'after the backup']);
    await lap.verify({ repair: true });
    for (const laptop of [desk, lap, desk]) inStep(await laptop.sync());
    sameCopy(lap, 'window', desk);
    const { pulled } = (await desk.state.load())!;

    await restore();
    for (const laptop of [desk, lap, desk]) inStep(await laptop.sync());
    for (const laptop of [lap, desk])
      assert.equal(
        (await laptop.verify({ repair: true })).rows
          .map(({ outcome }) => outcome)
          .filter((outcome) => outcome !== 'equal'),
        [],
      );
    for (const laptop of [desk, lap]) inStep(await laptop.sync());
    await sameOnServer(story, lap, 'window');
    await sameOnServer(story, lap, 'new');
    await sameOnServer(story, desk, 'afk');
    sameCopy(lap, 'new', desk);
    sameCopy(desk, 'afk', lap);
    assert.ok((await desk.state.load())!.pulled > pulled, 'revisions go on above those of before');
    sameCopy(lap, 'window', desk);
    await atRest(story, lap, desk);
  });

  stories(`to a state before a device was known at all (${kind})`, async () => {
    const story = await beginStory();
    const desk = story.laptop('desk', { kind });
    await desk.bucket('afk');
    inStep(await desk.sync());
    const restore = await story.backup();
    const lap = story.laptop('lap', { kind });
    await lap.bucket('window');
    await lap.record('window', [3 * DAY, 1, 'a'], [500, 1, 'b']);
    for (const laptop of [lap, desk]) inStep(await laptop.sync());
    await restore();
    for (const laptop of [desk, lap, desk]) inStep(await laptop.sync());
    await sameOnServer(story, lap, 'window');
    sameCopy(lap, 'window', desk);
    await atRest(story, lap, desk);
  });
}

stories.run();
