import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parsePlainTime } from './plain-time.ts';
import { formatTime, parseStrictTime } from './time.ts';

const plain = suite('plain times');

const reads = (text: string): void => {
  const found = parsePlainTime(text);
  if (found !== null) assert.is(BigInt(found), parseStrictTime(text), JSON.stringify(text));
};

const part = (most: number, width: number) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.nat(most).map((number) => `${number}`.padStart(width, '0')) },
    { weight: 1, arbitrary: fc.constantFrom('', '0', '00', '60', '99', ' 1', '1_', '٣٣', '-1', '+1', '0x') },
  );
const text = fc
  .tuple(
    fc.constantFrom('1969', '1970', '2024', '2023', '2261', '9999', '0000', '20'),
    part(13, 2),
    part(32, 2),
    fc.constantFrom('T', 'T', 'T', ' ', 't', ''),
    part(24, 2),
    part(60, 2),
    part(61, 2),
    fc.oneof(fc.constantFrom('', '.', '.x', '.12a', ',5'), fc.stringMatching(/^\.\d{1,12}$/)),
    fc.constantFrom('Z', 'Z', '+00:00', 'z', '+01:00', '-00:00', '+00:0', ''),
  )
  .map(([y, mo, d, t, h, mi, s, f, z]) => `${y}-${mo}-${d}${t}${h}:${mi}:${s}${f}${z}`);

plain('are what the strict form says, or left to it', () => {
  fc.assert(fc.property(text, reads), { numRuns: 5_000 });
  fc.assert(fc.property(fc.string(), reads));
});

plain('are read in every form that aw-servers and clients write', () => {
  for (const [written, us] of [
    ['2024-05-31T09:30:00Z', 1_717_147_800_000_000],
    ['2024-05-31T09:30:00.5Z', 1_717_147_800_500_000],
    ['2024-05-31T09:30:00.123456Z', 1_717_147_800_123_456],
    ['2024-05-31T09:30:00.123456789Z', 1_717_147_800_123_456],
    ['2024-05-31T09:30:00.123000+00:00', 1_717_147_800_123_000],
    ['1970-01-01T00:00:00+00:00', 0],
  ] as const)
    assert.is(parsePlainTime(written), us, written);
  fc.assert(
    fc.property(fc.bigInt(0n, 7_000_000_000_000_000n), (us) => assert.is(parsePlainTime(formatTime(us)), Number(us))),
  );
});

plain.run();
