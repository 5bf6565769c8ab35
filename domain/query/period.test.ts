import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../errors.ts';
import { parsePeriod } from './period.ts';

const periods = suite('periods');

periods('keep the offset they are given in, in Python’s spelling', () => {
  const { startText, endText } = parsePeriod('2024-05-14t00:00:00.5z/2024-05-15 00:00:00.000-08:00');
  assert.equal([startText, endText], ['2024-05-14T00:00:00.500000+00:00', '2024-05-15T00:00:00-08:00']);
});

periods('without a zone are UTC, a date alone is its midnight, and both are noted', () => {
  for (const text of [
    '2024-01-15/2024-01-16',
    '2024-01-15T00:00:00/2024-01-16 0:0:0',
    '2024-01-15T00:00:00Z/2024-1-16',
  ]) {
    const zones = { assumed: false };
    const { startUs, endUs, startText, endText } = parsePeriod(text, zones);
    assert.equal(
      [startText, endText, zones.assumed],
      ['2024-01-15T00:00:00+00:00', '2024-01-16T00:00:00+00:00', true],
      text,
    );
    assert.is(endUs - startUs, 86_400_000_000n);
  }
  const zones = { assumed: false };
  assert.is(
    parsePeriod('2024-01-15T00:00:00+0200/2024-01-16T0:00:00 UTC', zones).startText,
    '2024-01-15T00:00:00+02:00',
  );
  assert.not(zones.assumed);
});

for (const text of [
  'bad',
  '',
  '2024-01-15T00:00/2024-01-16T00:00',
  '2024-01-32/2024-01-16',
  '2024-01-15',
  '2024-01-15/',
  'a/b/c',
  '2024-01-15/2024-01-16/2024-01-17',
  '2024-01-15T00:00:00Z/2024-01-16T00:00:00Z/2024-01-17T00:00:00Z',
  '2024-01-15T00:00:00Z/P1D',
  '2024-01-15T00:00:00Z',
  `${'x'.repeat(1e6)}/`,
]) {
  periods(`are malformed like ${JSON.stringify(text.slice(0, 60))}`, () => {
    assert.throws(
      () => parsePeriod(text),
      (error: unknown) => isKtError(error, 'malformed') && error.message.length < 300,
    );
  });
}

periods.run();
