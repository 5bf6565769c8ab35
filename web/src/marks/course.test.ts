import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDay } from '../../../domain/day.ts';
import { columnsOf, daysBetween, hoursBetween, medianOf, totalsOf } from './course.ts';

const course = suite('the course of a span');

const ms = (text: string): number => Date.parse(text);

course('has the hours of the clock on the wall', () => {
  const hours = (start: string, end: string, zone: string) =>
    hoursBetween(ms(start), ms(end), zone).map((at) => new Date(at).toISOString().slice(11, 16));
  assert.is(hours('2024-03-30T03:00:00Z', '2024-03-31T02:00:00Z', 'Europe/Berlin').length, 23);
  assert.is(hours('2024-10-26T02:00:00Z', '2024-10-27T03:00:00Z', 'Europe/Berlin').length, 25);
  assert.equal(hours('2024-06-01T22:15:00Z', '2024-06-02T00:15:00Z', 'Asia/Kathmandu'), ['22:15', '23:15']);
  assert.equal(
    hours('2024-06-01T22:00:00Z', '2024-06-02T00:00:00Z', 'Asia/Kathmandu'),
    ['22:00', '22:15', '23:15'],
    'a day that begins within an hour',
  );
});

course('has a column for each day or month, also where nothing was', () => {
  const range = { first: parseDay('2024-01-01')!, last: parseDay('2024-12-31')! };
  assert.is(daysBetween(range, 'DAY').length, 366);
  const months = daysBetween(range, 'MONTH');
  assert.is(months.length, 12);
  const row = (day: string, name: string, seconds: number) => ({ startAt: null, day, category: [name], seconds });
  const columns = columnsOf(
    months,
    [row('2024-01-01', 'Work', 10), row('2024-03-01', 'Work', 5), row('2024-03-01', 'Media', 7)],
    'MONTH',
  );
  assert.equal(
    columns.map(({ seconds }) => seconds),
    [10, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  );
  assert.equal(totalsOf(columns), [
    { category: ['Work'], seconds: 15 },
    { category: ['Media'], seconds: 7 },
  ]);
});

course('is compared with the median of what is known', () => {
  assert.equal(medianOf([10, 30, 20, 0]), { seconds: 20, count: 3 });
  assert.equal(medianOf([10, 0, 0, 20]), { seconds: 5, count: 4 });
  assert.is(medianOf([0, 0, 0, 0]), null);
  assert.is(medianOf([]), null);
});

course.run();
