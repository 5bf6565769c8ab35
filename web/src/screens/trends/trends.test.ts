import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { formatDay, parseDay } from '../../../../domain/day.ts';
import { stretchesOf } from '../../place/columns.ts';
import { COLUMNS, comparedNames, GRAINS, movedUntil, spanUntil, trailingMean, untilOf } from './trends.ts';

const trends = suite('trends');

const day = (text: string): number => parseDay(text)!;

trends('hold 28 days, 12 weeks or 12 months against as many before', () => {
  const dates = (grain: (typeof GRAINS)[number], until: string) => {
    const { first, last, before } = spanUntil(grain, day(until), 1);
    return [before.first, before.last, first, last].map(formatDay);
  };
  assert.equal(dates('day', '2025-04-01'), ['2025-02-05', '2025-03-04', '2025-03-05', '2025-04-01']);
  assert.equal(dates('week', '2025-04-01'), ['2024-10-21', '2025-01-12', '2025-01-13', '2025-04-06']);
  assert.equal(dates('month', '2025-04-01'), ['2023-05-01', '2024-04-30', '2024-05-01', '2025-04-30']);
});

trends('have as many columns in both spans, wherever they lie', () => {
  const days = fc.integer({ min: day('1004-01-01'), max: day('2400-01-01') });
  fc.assert(
    fc.property(fc.constantFrom(...GRAINS), days, fc.integer({ min: 0, max: 6 }), (grain, until, startOfWeek) => {
      const { first, last, before } = spanUntil(grain, until, startOfWeek);
      const counting = { zone: 'UTC', startOfDay: '00:00', startOfWeek };
      const name = ({ day: 'DAY', week: 'WEEK', month: 'MONTH' } as const)[grain];
      const columns = stretchesOf(counting, { first: before.first, last }, name);
      assert.is(columns.length, 2 * COLUMNS[grain]);
      assert.is(columns[COLUMNS[grain]]!.first, first);
      assert.ok(first <= until && until <= last);
    }),
    { numRuns: 50 },
  );
});

trends('end today where the address says nothing that can be', () => {
  const today = day('2025-04-01');
  const until = (text: string) => formatDay(untilOf(new URLSearchParams({ until: text }), today));
  assert.is(until('2024-02-29'), '2024-02-29');
  for (const wrong of ['', '2025-02-30', '0999-01-01', '1003-12-31', '9999-01-01', 'x'])
    assert.is(until(wrong), '2025-04-01', wrong);
});

trends('move by whole spans, and back to today', () => {
  const now = { today: day('2025-04-01'), startOfWeek: 1 };
  assert.is(movedUntil('day', now.today, -1, now), '2025-03-04');
  assert.is(movedUntil('day', day('2025-03-04'), 1, now), null);
  assert.is(movedUntil('month', now.today, -1, now), '2024-04-30');
  assert.is(movedUntil('week', day('2025-01-12'), 1, now), null);
});

trends('have a mean of columns that are over, and not of times before anything was recorded', () => {
  assert.equal(trailingMean([0, 3, 6, 0, 9, 12], 3, 5), [null, null, null, 3, 5, null]);
  assert.equal(trailingMean([0, 0], 1, 2), [null, null]);
});

trends('compare what is over, and say nothing of what is not known', () => {
  const whole = new Map([
    ['Work', 100],
    ['Media', 50],
  ]);
  const now = { by: new Map([['Work', 90]]), isAll: true };
  const before = {
    by: new Map([
      ['Work', 95],
      ['Games', 70],
    ]),
    isAll: true,
  };
  assert.equal(comparedNames(whole, { now, before }, 'total'), [
    { name: 'Work', seconds: 100, before: 95, change: -5 },
    { name: 'Media', seconds: 50, before: 0, change: 0 },
    { name: 'Games', seconds: 0, before: 70, change: -70 },
  ]);
  assert.equal(
    comparedNames(whole, { now, before }, 'change').map(({ name }) => name),
    ['Games', 'Work', 'Media'],
  );
  const some = { ...before, isAll: false };
  assert.is(comparedNames(whole, { now, before: some }, 'total')[1]!.change, null);
  assert.is(comparedNames(whole, null, 'total')[0]!.before, null);
});

trends.run();
