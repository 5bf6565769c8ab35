import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginStory, inStep, KINDS, sameCopy } from './scene.ts';

const stories = suite('echo through three devices');

for (const kind of KINDS) {
  stories(`makes no copy of a copy, even without state (${kind})`, async () => {
    const story = await beginStory();
    const laptops = ['a', 'b', 'c'].map((hostname) => story.laptop(hostname, { kind }));
    for (const laptop of laptops) {
      await laptop.bucket('window');
      await laptop.record('window', [100, 10, `from ${laptop.hostname}`]);
    }
    for (let round = 0; round < 3; round++) {
      for (const laptop of laptops) inStep(await laptop.sync());
    }
    // b loses its state and finds its device and its copies again by their marks.
    laptops[1]!.state = story.laptop('b').state;
    for (let round = 0; round < 2; round++) {
      for (const laptop of laptops) inStep(await laptop.sync());
    }
    for (const laptop of laptops) {
      const others = laptops.filter((other) => other !== laptop);
      assert.equal(
        laptop.bucketIds(),
        ['window', ...others.map((other) => `window-synced-from-${other.hostname}`)].sort(),
      );
      for (const other of others) sameCopy(other, 'window', laptop);
    }
    const { devices } = await story.user.graphql<{ devices: { hostname: string; buckets: { bucketId: string }[] }[] }>(
      '{ devices { hostname buckets { bucketId } } }',
    );
    assert.equal(devices.map(({ hostname, buckets }) => [hostname, buckets.map(({ bucketId }) => bucketId)]).sort(), [
      ['a', ['window']],
      ['b', ['window']],
      ['c', ['window']],
    ]);
  });
}

stories.run();
