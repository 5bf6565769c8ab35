import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginStory, inStep, KINDS, sameCopy, sameOnServer } from './scene.ts';

const stories = suite('growing last event');

for (const kind of KINDS) {
  stories(`is followed on both sides, and stays one event (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind });
    const desk = story.laptop('desk', { kind });
    await lap.bucket('window');
    await lap.record('window', [4000, 30, 'before']);
    for (const ago of [600, 580, 560, 520, 480]) {
      await lap.beat('window', ago, 'still here');
      for (const laptop of [lap, desk]) inStep(await laptop.sync());
      await sameOnServer(story, lap, 'window');
      sameCopy(lap, 'window', desk);
    }
    assert.is(lap.events('window').length, 2);
  });

  stories(`may be an old one, which still ends within the hour (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind });
    const desk = story.laptop('desk', { kind });
    await lap.bucket('window');
    await lap.record('window', [30_000, 27_000, 'a long meeting'], [2000, 60, 'newer']);
    for (const laptop of [lap, desk]) inStep(await laptop.sync());
    const meeting = lap.aw.dump()['window']!.events.find((event) => event.durationNs > 10_000n * 1_000_000_000n)!;
    await lap.aw.fetch(
      new Request('http://127.0.0.1:5600/api/0/buckets/window/events', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([
          {
            id: meeting.id,
            timestamp: new Date(Number(meeting.startNs / 1_000_000n)).toISOString(),
            duration: 28_000,
            data: meeting.data,
          },
        ]),
      }),
    );
    for (const laptop of [lap, desk]) inStep(await laptop.sync());
    await sameOnServer(story, lap, 'window');
    sameCopy(lap, 'window', desk);
    assert.is(lap.events('window').length, 2);
  });
}

stories.run();
