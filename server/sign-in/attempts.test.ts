import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeAttempts } from './attempts.ts';

const attempts = suite('sign-ins that fail');

const makeScene = () => {
  const clock = { ms: 5_000 };
  return { clock, ...makeAttempts(() => clock.ms) };
};
const times = (count: number, work: () => void) => Array.from({ length: count }).forEach(work);

attempts('cost nothing ten times, and then twice as long each time, up to a quarter of an hour', () => {
  const { clock, waitOf, failed } = makeScene();
  const waits = Array.from({ length: 24 }, () => {
    failed('192.0.2.1');
    const wait = waitOf('192.0.2.1');
    clock.ms += wait;
    assert.is(waitOf('192.0.2.1'), 0, 'it may try again once it has waited');
    return wait / 1000;
  });
  assert.equal(waits.slice(0, 14), [...Array<number>(9).fill(0), 1, 2, 4, 8, 16]);
  assert.is(Math.max(...waits), 900);
});

attempts('of one address keep no other waiting, and none that many share', () => {
  const { waitOf, failed } = makeScene();
  times(50, () => failed('192.0.2.1'));
  times(50, () => failed(null));
  assert.ok(waitOf('192.0.2.1') > 0);
  assert.equal([waitOf('192.0.2.2'), waitOf(null)], [0, 0]);
});

attempts('are forgotten by one that works, and after an hour', () => {
  const { clock, waitOf, failed, worked } = makeScene();
  times(50, () => failed('a'));
  worked('a');
  failed('a');
  assert.is(waitOf('a'), 0);
  times(50, () => failed('a'));
  clock.ms += 3_600_000;
  failed('a');
  assert.is(waitOf('a'), 0);
});

attempts('of ten thousand addresses are remembered, the latest', () => {
  const { waitOf, failed } = makeScene();
  times(50, () => failed('first'));
  times(50, () => failed('second'));
  for (let n = 0; n < 9_998; n++) failed(`other ${n}`);
  assert.ok(waitOf('first') > 0);
  failed('first');
  failed('one more');
  assert.ok(waitOf('first') > 0, 'it failed again meanwhile');
  assert.is(waitOf('second'), 0);
});

attempts.run();
