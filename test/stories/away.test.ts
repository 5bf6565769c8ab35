/** Laptops that are away, two that are one, and many buckets with nothing new. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeMemoryState } from '../../client/sync/saved-state.ts';
import type { KtError } from '../../domain/errors.ts';
import { atRest, beginStory, inStep, KINDS, sameCopy, sameOnServer, type Laptop, type Told } from './scene.ts';

const HOUR = 3600;
const week = (name: string): Told[] =>
  Array.from({ length: 7 * 24 * 4 }, (_, i): Told => [7 * 24 * HOUR - i * 900, 890, `${name} ${i}`]);

const offline = suite('offline for a week');
for (const kind of KINDS) {
  offline(`is made good by one pass of each (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind });
    const desk = story.laptop('desk', { kind });
    for (const laptop of [lap, desk]) {
      await laptop.bucket('window');
      await laptop.record('window', [8 * 24 * HOUR, 60, `${laptop.hostname} before`]);
    }
    for (const laptop of [lap, desk, lap]) inStep(await laptop.sync());
    await lap.record('window', ...week('lap'));
    await desk.record('window', ...week('desk'));
    for (const laptop of [lap, desk, lap]) inStep(await laptop.sync());
    await sameOnServer(story, lap, 'window');
    await sameOnServer(story, desk, 'window');
    sameCopy(lap, 'window', desk);
    sameCopy(desk, 'window', lap);
    await atRest(story, lap, desk);
  });
}
offline.run();

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    return (error as KtError).code;
  }
  return 'none';
};

const cloned = suite('a cloned state folder, both copies used alternately');
for (const kind of KINDS) {
  cloned(
    `is caught at the first turn, for passes and proofs alike, and nothing of the clone is stored (${kind})`,
    async () => {
      const story = await beginStory();
      const lap = story.laptop('lap', { kind });
      await lap.bucket('window');
      await lap.record('window', ...Array.from({ length: 30 }, (_, i): Told => [(30 - i) * HOUR, 60, `t${i}`]));
      inStep(await lap.sync());
      const clone = story.laptop('lap', { kind });
      clone.aw.restore(lap.aw.snapshot());
      clone.state = makeMemoryState(await lap.state.load());
      await clone.record('window', [100, 5, 'of the clone']);
      await lap.record('window', [90, 7, 'of the original']);
      inStep(await lap.sync());
      const turns: [Laptop, () => Promise<unknown>, string][] = [
        [clone, () => clone.sync(), 'device_in_use'],
        [lap, () => lap.verify({ repair: true }), 'none'],
        [clone, () => clone.verify({ repair: true }), 'device_in_use'],
        [lap, () => lap.sync(), 'none'],
        [clone, () => clone.sync(), 'device_in_use'],
      ];
      for (const [, turn, code] of turns) assert.is(await refusal(turn()), code);
      await sameOnServer(story, lap, 'window');
      await atRest(story, lap);
    },
  );
}
cloned.run();

const idle = suite('an idle pass');
for (const kind of KINDS) {
  idle(`over 20 buckets asks the server at most 3 times, and each bucket at most 4 times (${kind})`, async () => {
    const story = await beginStory();
    const lap = story.laptop('lap', { kind });
    const desk = story.laptop('desk', { kind });
    for (let n = 0; n < 20; n++) {
      await lap.bucket(`bucket-${n}`);
      const often = n % 2 === 0 ? 60 : 6 * HOUR; // half of them have too few events in the tail to find witnesses there
      await lap.record(`bucket-${n}`, ...Array.from({ length: 30 }, (_, i): Told => [(30 - i) * often, 30, `t${i}`]));
    }
    for (const laptop of [lap, desk, lap]) inStep(await laptop.sync());
    const before = lap.aw.requests.length;
    const report = await lap.sync();
    inStep(report);
    assert.is(report.pushed.length, 20);
    assert.ok(lap.sent.length <= 3, `${lap.sent.length} requests`);
    const reads = lap.aw.requests.slice(before).filter(({ path }) => path.includes('/bucket-'));
    const of = (n: number) => reads.filter(({ path }) => path.includes(`/bucket-${n}/`)).length;
    // The count and the tail, a page more where that lacks witnesses, and one read for the part that is proven
    // (spec/sync 4.4).
    for (let n = 0; n < 20; n++) assert.ok(of(n) <= (n % 2 === 0 ? 3 : 4), `bucket-${n} was read ${of(n)} times`);
    await atRest(story, lap, desk);
  });
}
idle.run();
