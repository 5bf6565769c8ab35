import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatDay, parseDay } from './day.ts';

const days = suite('days');

days('are counted from 1970-01-01, in both directions', () => {
  for (const [day, text] of [
    [0, '1970-01-01'],
    [-1, '1969-12-31'],
    [19_874, '2024-05-31'],
    [19_782, '2024-02-29'],
    [-106_752, '1677-09-21'],
    [106_751, '2262-04-11'],
  ] as const)
    assert.equal([formatDay(day), parseDay(text)], [text, day]);
});

days('read what they write', () => {
  fc.assert(
    fc.property(fc.integer({ min: -719_528, max: 2_932_896 }), (day) => assert.is(parseDay(formatDay(day)), day)),
  );
});

days('refuse what is no day', () => {
  for (const text of [
    '',
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-5-31',
    '2024-05-31T00:00:00Z',
    ' 2024-05-31',
    '-2024-05-31',
    '20240531',
    '19874',
  ])
    assert.is(parseDay(text), null, text);
});

days.run();
