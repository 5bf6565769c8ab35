import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DAY_US } from '../day.ts';
import { MAX_US, MIN_US } from '../time.ts';
import { dayOf, daySpan, FIRST_DAY, LAST_DAY } from './day-digest.ts';

const days = suite('a day');

days('is that of the instant, before 1970 too', () => {
  const cases: [bigint, number][] = [
    [0n, 0],
    [DAY_US - 1n, 0],
    [DAY_US, 1],
    [-1n, -1],
    [-DAY_US, -1],
    [-DAY_US - 1n, -2],
    [MIN_US, FIRST_DAY],
    [MAX_US, LAST_DAY],
  ];
  for (const [startUs, day] of cases) {
    assert.is(dayOf({ startUs, durationNs: 0n, data: {} }), day);
    const { fromUs, toUs } = daySpan(day);
    assert.ok(fromUs <= startUs && (toUs === undefined || startUs < toUs));
  }
  assert.equal([FIRST_DAY, LAST_DAY], [-106_752, 106_751]);
  assert.is(daySpan(LAST_DAY).toUs, undefined, 'aw-server-rust dies of a time beyond its range');
});

days.run();
