/**
 * The model (model.ts) on 200 seeds, the same ones in each run, and on every seed that ever failed. `npm run test:soak` draws
 * new ones: test/faults/README.md.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { playSeed } from './seeds.ts';

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);
const AT_A_TIME = 25;

/** Seeds that failed once, whatever was wrong; README.md tells what it was. */
const ONCE_FAILED: readonly number[] = [1010, 1026, 1056, 1060, 1097, 1109, 1118, 1125];

const model = suite('two machines, whatever befalls them');

const playAll = async (seeds: readonly number[]): Promise<void> => {
  const failures: string[] = [];
  for (const seed of seeds) {
    const { failure } = await playSeed(seed);
    if (failure) failures.push(failure);
  }
  assert.equal(failures, []);
};

for (let from = 0; from < SEEDS.length; from += AT_A_TIME) {
  const seeds = SEEDS.slice(from, from + AT_A_TIME);
  model(`end with the same on both sides, nothing twice, and quiet (seeds ${seeds[0]}–${seeds.at(-1)})`, () => playAll(seeds));
}

model('and so they do with every seed that ever failed', () => playAll(ONCE_FAILED));

model.run();
