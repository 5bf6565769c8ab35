import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDay } from '../../../../domain/day.ts';
import { bordersOf, rhythmOf, shadeOf, weekdaysIn } from './year.ts';

const year = suite('the year');

year('has as many days of each shade, and one day far beyond takes no colour from the others', () => {
  const days = [0, 0, ...Array.from({ length: 99 }, (_, i) => i + 1), 1_000_000];
  const borders = bordersOf(days);
  const counts = [0, 0, 0, 0, 0, 0];
  for (const day of days) counts[shadeOf(day, borders)]!++;
  assert.equal(counts, [2, 20, 20, 20, 20, 20]);
});

year('has one shade where days are alike, and none without any', () => {
  assert.equal(bordersOf([]), []);
  assert.is(shadeOf(5, bordersOf([5, 5, 5])), 2);
  assert.is(shadeOf(0, bordersOf([5])), 0);
});

year('counts an hour after midnight to the day before', () => {
  const rows = [
    { startAt: '2025-03-01T02:00:00Z', day: '2025-02-28', seconds: 60 },
    { startAt: '2025-03-08T02:00:00Z', day: '2025-03-07', seconds: 120 },
    { startAt: '2025-03-08T02:30:00Z', day: '2025-03-07', seconds: 30 },
  ];
  const friday = rhythmOf(rows, (ms) => new Date(ms).getUTCHours())[5]!;
  assert.equal(friday[2], {
    seconds: 210,
    days: [
      { day: '2025-03-07', seconds: 150 },
      { day: '2025-02-28', seconds: 60 },
    ],
  });
});

year('knows how many of each weekday there are', () => {
  assert.equal(weekdaysIn(parseDay('2025-03-01')!, parseDay('2025-03-31')!), [5, 5, 4, 4, 4, 4, 5]);
  assert.equal(weekdaysIn(parseDay('1969-12-28')!, parseDay('1969-12-29')!), [1, 1, 0, 0, 0, 0, 0]);
});

year.run();
