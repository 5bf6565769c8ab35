import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { breaker } from './repair.ts';
import { isDue, isSuspect } from './suspicion.ts';

const HOUR = 3_600_000;

const suspicion = suite('a suspicion');
suspicion('is raised by a count below the one before the pass, or above the one after it', () => {
  const cases: [here: number, before: number, after: number, suspect: boolean][] = [
    [5, 5, 5, false],
    [4, 5, 5, true], // one was deleted
    [6, 5, 5, true], // one came late, behind the tail
    [6, 5, 6, false], // one was recorded and sent
    [6, 5, 7, false], // another was recorded after the count
    [5, 5, 6, false], // the same
    [5, 6, 7, true], // one came and two were deleted
  ];
  for (const [here, before, after, suspect] of cases) assert.is(isSuspect({ here, before, after }), suspect, `${here} ${before} ${after}`);
});
suspicion('is looked into hourly at most, and a clock that was set back does not put it off', () => {
  for (const [proven, now, due] of [[undefined, 0, true], [0, HOUR - 1, false], [0, HOUR, true], [HOUR * 700, 0, true], [5, 0, false]] as const) assert.is(isDue(proven, now), due);
});
suspicion.run();

const breaks = suite('the breaker');
breaks('lets a hundred deletions pass, and none from an empty bucket', () => {
  for (const [deletions, here] of [[0, 0], [0, 5], [1, 5], [100, 5]] as const) assert.is(breaker(deletions, here), null);
  assert.match(breaker(101, 1_000_000)!, /101 events .*--allow-deletes/);
  assert.match(breaker(1, 0)!, /empty here.*--allow-deletes/);
});
breaks.run();
