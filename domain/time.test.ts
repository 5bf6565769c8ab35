import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  floorDiv,
  formatTime,
  isTimeInRange,
  MAX_US,
  MIN_US,
  nanosToMicros,
  nanosToSeconds,
  parseLenientTime,
  parseOpenTime,
  parseStrictTime,
  secondsToNanos,
  strictForm,
} from './time.ts';

const times = suite('time');
const anyTime = fc.bigInt(MIN_US, MAX_US);
const ofDate = (text: string) => BigInt(Date.parse(text)) * 1000n;

times('prints and reads back every microsecond aw-server can hold', () => {
  fc.assert(
    fc.property(anyTime, (us) => {
      const text = formatTime(us);
      assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}(\d{3})?)?Z$/);
      assert.not.match(text, /\.000Z$|000Z$(?<=\.\d{6}Z)/, 'the shortest that is exact');
      assert.is(parseStrictTime(text), us);
      assert.is(parseLenientTime(text), us);
    }),
    { examples: [[MIN_US], [MAX_US], [-1n], [0n], [9_007_199_254_740_993n], [9_151_660_800_000_001n]] },
  );
});

times('agrees with the calendar of JavaScript’s Date to the millisecond', () => {
  fc.assert(
    fc.property(fc.bigInt(MIN_US / 1000n, MAX_US / 1000n), (ms) =>
      assert.is(parseStrictTime(new Date(Number(ms)).toISOString()), ms * 1000n),
    ),
  );
});

times('drops what is finer than a microsecond, downwards, before 1970 too', () => {
  const cases: [string, bigint][] = [
    ['1970-01-01T00:00:00.000000999Z', 0n],
    ['1970-01-01T00:00:00.0000019Z', 1n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
    ['1969-12-31T23:59:59.9999990Z', -1n],
    ['1969-12-31T23:59:59.9999981Z', -2n],
    ['2260-05-05T05:05:05.123456789123Z', ofDate('2260-05-05T05:05:05Z') + 123_456n],
    ['1680-05-05T05:05:05.1Z', ofDate('1680-05-05T05:05:05Z') + 100_000n],
  ];
  for (const [text, us] of cases) assert.is(parseStrictTime(text), us, text);
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (ns) => {
      const us = nanosToMicros(ns);
      assert.ok(us * 1000n <= ns && ns < (us + 1n) * 1000n);
    }),
  );
});

times('reads a leap second as the second after it', () => {
  assert.is(parseStrictTime('2016-12-31T23:59:60Z'), ofDate('2017-01-01T00:00:00Z'));
  assert.is(parseStrictTime('2016-12-31T23:59:60.5Z'), ofDate('2017-01-01T00:00:00.500Z'));
  assert.is(parseStrictTime('2017-01-01T00:59:60+01:00'), ofDate('2017-01-01T00:00:00Z'));
  assert.is(parseStrictTime('2016-12-31T23:59:61Z'), null);
});

times('knows leap years and offsets', () => {
  for (const day of ['2024-02-29', '2000-02-29', '2023-12-31'])
    assert.is(parseStrictTime(`${day}T12:00:00Z`), ofDate(`${day}T12:00:00Z`));
  for (const day of ['2023-02-29', '1900-02-29', '2024-04-31', '2024-00-10', '2024-13-10', '2024-01-00', '2024-01-32'])
    assert.is(parseStrictTime(`${day}T12:00:00Z`), null, day);
  const noon = ofDate('2024-05-31T12:00:00Z');
  for (const text of [
    '2024-05-31T12:00:00+00:00',
    '2024-05-31T12:00:00-00:00',
    '2024-05-31T14:00:00+02:00',
    '2024-05-31T05:15:00-06:45',
    '2024-06-01T11:59:00+23:59',
  ])
    assert.is(parseStrictTime(text), noon, text);
});

times('takes RFC 3339 alone where it is strict, and aw-server-rust’s liberties where it is lenient', () => {
  const noon = ofDate('2024-05-31T12:00:00Z');
  for (const text of ['2024-05-31t12:00:00z', '2024-05-31 12:00:00Z', '2024-05-31T12:00:00.000Z'])
    assert.equal([parseStrictTime(text), parseLenientTime(text)], [noon, noon], text);
  for (const text of [
    ' 2024-05-31T12:00:00Z ',
    '2024-5-31T12:00:00Z',
    '2024-05-31T12:00:00+0000',
    '2024-05-31 12:00:00 UTC',
    '2024-05-31  12:00:00 +00:00',
    '2024-05-31T14:00:00+0200',
    '2024-05-31T10:00:00\u221202:00',
  ]) {
    assert.equal([parseStrictTime(text), parseLenientTime(text)], [null, noon], text);
  }
  const neither = [
    '',
    'now',
    '2024-05-31',
    '2024-05-31T12:00:00',
    '2024-05-31T12:00Z',
    '2024-05-31T24:00:00Z',
    '2024-05-31T12:60:00Z',
    '2024-05-31T12:00:00.Z',
    '2024-05-31T12:00:00+24:00',
    '2024-05-31T12:00:00+00:60',
    '20240531T120000Z',
    '-2024-05-31T12:00:00Z',
    '12024-05-31T12:00:00Z',
    '2024-05-31T12:00:00Zx',
    '1717156800',
  ];
  for (const text of neither) assert.equal([parseStrictTime(text), parseLenientTime(text)], [null, null], text);
});

times('reads a time without a zone, and a date alone, as UTC where it is open, and notes that it did', () => {
  const noon = ofDate('2024-05-31T12:00:00Z');
  const midnight = ofDate('2024-05-31T00:00:00Z');
  const assumed: [text: string, us: bigint][] = [
    ['2024-05-31T12:00:00', noon],
    ['2024-05-31 12:00:00', noon],
    ['2024-05-31T12:00:00.000', noon],
    [' 2024-05-31T12:00:00 ', noon],
    ['2024-5-31t12:0:0', noon],
    ['2024-05-31', midnight],
    [' 2024-5-31 ', midnight],
    ['2024-05-31T0:0:0', midnight],
    ['2024-05-31T12:00:00.5', noon + 500_000n],
  ];
  for (const [text, us] of assumed) {
    const zones = { assumed: false };
    assert.equal([parseOpenTime(text, zones), zones.assumed, parseOpenTime(text)], [us, true, us], text);
    assert.equal([parseStrictTime(text), parseLenientTime(text)], [null, null], 'elsewhere it must be said');
    assert.is(parseStrictTime(strictForm(text)!), us);
  }
  for (const text of [
    '2024-05-31T12:00:00Z',
    '2024-05-31T12:0:0Z',
    '2024-05-31 14:00:00+0200',
    '2024-05-31T12:00:00UTC',
  ]) {
    const zones = { assumed: false };
    assert.equal([parseOpenTime(text, zones), zones.assumed, parseLenientTime(text)], [noon, false, noon], text);
    assert.is(parseStrictTime(strictForm(text)!), noon);
  }
});

times('refuses where it is open what is no time at all, and notes nothing then', () => {
  const none = [
    '',
    ' ',
    'now',
    '2024',
    '2024-05',
    '2024-05-31T',
    '2024-05-31Z',
    '2024-05-31+02:00',
    '2024-05-31T12',
    '2024-05-31T12:00',
    '2024-05-31T12:00Z',
    '2024-05-31T24:00:00',
    '2024-05-31T12:60:00',
    '2024-05-31T12:00:61',
    '2024-05-31T12:00:00.',
    '2024-02-30',
    '2024-13-01',
    '2024-00-01',
    '2024-5-0',
    '24-05-31',
    '2024-05-31T12:00:00+24:00',
    '2024-05-31T12:00:00 02:00',
    '2024-05-31T12:00:00 0200',
    '2024-05-31T12:00:00+02',
    '2024-05-31T12:00:00 CET',
    '2024-05-31T12:000:00',
    '2024-05-31 2024-05-31',
    '20240531',
    '1717156800',
    '9999-01-01',
    '0001-01-01',
    '1677-09-21',
    '2262-04-12',
    '2024-05-31x',
    'x2024-05-31',
    '2024/05/31',
    '31.05.2024',
    '2024-W22-5',
    'Infinity',
    'null',
  ];
  for (const text of none) {
    const zones = { assumed: false };
    assert.equal([parseOpenTime(text, zones), zones.assumed], [null, false], text);
  }
});

times('reads a text of a million blanks in as many steps', () => {
  const blanks = ' '.repeat(1_000_000);
  for (const text of [
    `2024-05-31${blanks}x`,
    `2024-05-31T12:00:00${blanks}x`,
    `${blanks}x`,
    `2024-05-31T12:00:00${blanks}+02:00${blanks}x`,
    `2024-05-31${blanks}T${blanks}x`,
  ])
    assert.is(parseOpenTime(text), null);
  assert.is(
    parseOpenTime(`${blanks}2024-05-31${blanks}T${blanks}12:00:00${blanks}Z${blanks}`),
    ofDate('2024-05-31T12:00:00Z'),
  );
});

times('refuses what aw-server could not store, to the microsecond', () => {
  assert.is(formatTime(MIN_US), '1677-09-21T00:12:43.145225Z');
  assert.is(formatTime(MAX_US), '2262-04-11T23:47:16.854775Z');
  for (const text of [
    '1677-09-21T00:12:43.145224Z',
    '2262-04-11T23:47:16.854776Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ])
    assert.is(parseLenientTime(text), null, text);
  assert.equal(
    [isTimeInRange(MIN_US), isTimeInRange(MIN_US - 1n), isTimeInRange(MAX_US), isTimeInRange(MAX_US + 1n)],
    [true, false, true, false],
  );
});

times('reads float seconds to the nearest nanosecond, so that 8.2 comes back as 8.2', () => {
  for (const seconds of [8.2, 0.1, 1e-9, -1.5, 0, 86_399.999999, 1234.567891])
    assert.is(nanosToSeconds(secondsToNanos(seconds)!), seconds);
  assert.equal([secondsToNanos(1.4e-9), secondsToNanos(1.6e-9), secondsToNanos(-0)], [1n, 2n, 0n]);
  for (const seconds of [NaN, Infinity, -Infinity, 1e300, 9.3e9, -9.3e9]) assert.is(secondsToNanos(seconds), null);
  // A double of seconds holds nanoseconds for 13 days at least.
  fc.assert(fc.property(fc.bigInt(-(2n ** 50n), 2n ** 50n), (ns) => assert.is(secondsToNanos(nanosToSeconds(ns)), ns)));
});

times('divides whole numbers downwards', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 2n ** 70n }), (value, by) => {
      const quotient = floorDiv(value, by);
      assert.ok(quotient * by <= value && value < (quotient + 1n) * by);
    }),
  );
});

times.run();
