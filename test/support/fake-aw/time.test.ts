import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import fc from 'fast-check';

import {
  durationPython,
  durationRust,
  fitsI64,
  floorTo,
  MICRO,
  MILLI,
  parseLenientRust,
  parsePython,
  parseStrictRust,
  printPython,
  printRust,
} from './time.ts';

const T0 = BigInt(Date.UTC(2020, 0, 1)) * MILLI;
const time = suite('fake-aw: time text');

time('[R] prints 0, 3, 6 or 9 digits, the shortest that is exact', () => {
  assert.is(printRust(T0), '2020-01-01T00:00:00Z');
  assert.is(printRust(T0 + 500n * MILLI), '2020-01-01T00:00:00.500Z');
  assert.is(printRust(T0 + 123_400n * MICRO), '2020-01-01T00:00:00.123400Z');
  assert.is(printRust(T0 + 123_456_789n), '2020-01-01T00:00:00.123456789Z');
  assert.is(printRust(-1n), '1969-12-31T23:59:59.999999999Z');
});

time('[P] prints 0 or 6 digits and +00:00', () => {
  assert.is(printPython(T0), '2020-01-01T00:00:00+00:00');
  assert.is(printPython(T0 + 123n * MILLI), '2020-01-01T00:00:00.123000+00:00');
});

const OFTEN_TAKEN = [
  '2020-01-01T00:00:00Z',
  '2020-01-01t00:00:00z',
  '2020-01-01 00:00:00Z',
  '2020-01-01T02:00:00+02:00',
  '2019-12-31T22:30:00.000-01:30',
];
const NEVER_TAKEN = [
  '',
  'bad',
  '2020-01-01',
  '2020-01-01T00:00:00',
  '2020-01-01T00:00Z',
  '2020-02-30T00:00:00Z',
  '2020-01-01T00:00:00+02',
  '2020-01-01T00:00:00,5Z',
  '2020-01-01T24:00:00Z',
  '2020-01-01T00:00:00-24:00',
  '2020-01-01T00:00:00.Z',
  '2020-01-01T00:00:00 00:00',
];
const ONLY_IN_BODIES = [
  '2020-01-01T00:00:00+0000',
  ' 2020-1-1  0:00:00 UTC ',
  '2020-01-01T00:00:00\u221200:00',
  '2020-01-01T00:00:00 Z',
];

time('[R] takes strict RFC 3339 in parameters, and more in bodies', () => {
  for (const text of OFTEN_TAKEN) assert.is(parseStrictRust(text), T0, text);
  for (const text of [...OFTEN_TAKEN, ...ONLY_IN_BODIES]) assert.is(parseLenientRust(text), T0, text);
  for (const text of [...NEVER_TAKEN, ...ONLY_IN_BODIES]) assert.is(parseStrictRust(text), null, text);
  for (const text of NEVER_TAKEN) assert.is(parseLenientRust(text), null, text);
});

time('[R] re-reads second 60 as the next one and drops digits past the ninth', () => {
  assert.is(parseLenientRust('2019-12-31T23:59:60Z'), T0);
  assert.is(parseLenientRust('2020-01-01T00:00:00.1234567899Z'), T0 + 123_456_789n);
});

time('[P] takes dates, naive times (as UTC) and drops digits past the microsecond', () => {
  assert.is(parsePython('2020-01-01'), T0);
  assert.is(parsePython('2020-01-01T00:00:00'), T0);
  assert.is(parsePython('2020-01-01 02:00+02'), T0);
  assert.is(parsePython('2020-01-01T00:00:00.1234567Z'), T0 + 123_456n * MICRO);
  for (const text of ['', 'bad', '2020-13-01', '2020-01-01T00:00:00 00:00']) assert.is(parsePython(text), null, text);
});

time('[R] truncates durations, [P] rounds them to microseconds', () => {
  assert.is(durationRust(8.2), 8_199_999_999n);
  assert.is(durationRust(-8.2), -8_199_999_999n);
  assert.is(durationPython(8.2), 8_200_000n * MICRO);
  assert.is(durationPython(1.23456789), 1_234_568n * MICRO);
  assert.is(durationPython(1e18), null);
  assert.not(fitsI64(T0 + durationRust(1e12)));
});

time('what is printed is read again as the same instant', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (ns) => {
      assert.is(parseStrictRust(printRust(ns)), ns);
      assert.is(parseLenientRust(printRust(ns)), ns);
      assert.is(parsePython(printPython(ns)), floorTo(ns, MICRO));
    }),
  );
});

time.run();
