import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../errors.ts';
import { parsePeriod } from './period.ts';

const periods = suite('periods');

periods('keep the offset they are given in, in Python’s spelling', () => {
  const { startText, endText } = parsePeriod('2024-05-14t00:00:00.5z/2024-05-15 00:00:00.000-08:00');
  assert.equal([startText, endText], ['2024-05-14T00:00:00.500000+00:00', '2024-05-15T00:00:00-08:00']);
});

for (const text of ['bad', '', '2024-01-15/2024-01-16', '2024-01-15T00:00:00/2024-01-16T00:00:00', 'a/b/c',
  '2024-01-15T00:00:00Z/2024-01-16T00:00:00Z/2024-01-17T00:00:00Z', '2024-01-15T00:00:00Z/P1D', '2024-01-15T00:00:00Z', `${'x'.repeat(1e6)}/`]) {
  periods(`are malformed like ${JSON.stringify(text.slice(0, 60))}`, () => {
    assert.throws(() => parsePeriod(text), (error: unknown) => isKtError(error, 'malformed') && error.message.length < 300);
  });
}

periods.run();
