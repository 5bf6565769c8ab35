import { suite } from 'uvu';
import * as assert from 'uvu/assert';
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
  for (const [here, before, after, suspect] of cases)
    assert.is(isSuspect({ here, before, after }), suspect, `${here} ${before} ${after}`);
});
suspicion('is looked into hourly at most, and a clock that was set back does not put it off', () => {
  for (const [proven, now, due] of [
    [undefined, 0, true],
    [0, HOUR - 1, false],
    [0, HOUR, true],
    [HOUR * 700, 0, true],
    [5, 0, false],
  ] as const)
    assert.is(isDue(proven, now), due);
});
suspicion.run();
