import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';
import { formatDay, parseDay } from '../../../domain/day.ts';
import { comparedWith, pathOf, rangeAround, rangeNamed, shifted, SPANS, type Range } from './range.ts';

const ranges = suite('spans of days');

const dates = ({ first, last }: Range): [string, string] => [formatDay(first), formatDay(last)];

ranges('are days, weeks from their first weekday on, months and years', () => {
  const around = (span: (typeof SPANS)[number], date: string, startOfWeek = 1) =>
    dates(rangeAround(span, parseDay(date)!, startOfWeek));
  assert.equal(around('day', '2026-11-25'), ['2026-11-25', '2026-11-25']);
  assert.equal(around('week', '2026-11-25'), ['2026-11-23', '2026-11-29']);
  assert.equal(around('week', '2026-11-22'), ['2026-11-16', '2026-11-22']);
  assert.equal(around('week', '2026-11-22', 0), ['2026-11-22', '2026-11-28']);
  assert.equal(around('month', '2024-02-29'), ['2024-02-01', '2024-02-29']);
  assert.equal(around('year', '2024-02-29'), ['2024-01-01', '2024-12-31']);
});

ranges('lie beside each other, and are found again by their path', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SPANS),
      fc.integer({ min: -100_000, max: 100_000 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: -40, max: 40 }),
      (span, day, startOfWeek, steps) => {
        const range = rangeAround(span, day, startOfWeek);
        assert.ok(range.first <= day && day <= range.last);
        assert.is(shifted(range, 1).first, range.last + 1);
        assert.equal(shifted(shifted(range, steps), -steps), range);
        const [, name] = pathOf(range).split('/');
        assert.equal(rangeNamed(span, name!, startOfWeek), range);
      },
    ),
  );
});

ranges('have no name that is not theirs', () => {
  for (const [span, name] of [
    ['day', '2026-02-30'],
    ['day', 'today'],
    ['day', '2026-11'],
    ['month', '2026-13'],
    ['month', '2026-11-25'],
    ['year', '26'],
    ['year', '0000'],
    ['year', '9999'],
    ['week', ''],
  ] as const)
    assert.is(rangeNamed(span, name, 1), null, name);
});

ranges('are compared with the same weekdays, or with the spans before', () => {
  const named = (span: (typeof SPANS)[number], name: string) =>
    comparedWith(rangeNamed(span, name, 1)!, 2).map(({ first }) => formatDay(first));
  assert.equal(named('day', '2026-11-25'), ['2026-11-18', '2026-11-11']);
  assert.equal(named('week', '2026-11-23'), ['2026-11-16', '2026-11-09']);
  assert.equal(named('month', '2026-01'), ['2025-12-01', '2025-11-01']);
  assert.equal(named('year', '2026'), ['2025-01-01', '2024-01-01']);
});

ranges.run();
