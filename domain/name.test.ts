import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cutToBytes, flatName, isTooLong, MAX_NAME_BYTES } from './name.ts';

const names = suite('names');

const bytesOf = (text: string): number => Buffer.byteLength(text);
const anyName = fc
  .string({ unit: 'binary', maxLength: 300 })
  .chain((text) => fc.nat(9).map((times) => cutToBytes(text.repeat(times + 1), MAX_NAME_BYTES)));

names('have at most 1,000 bytes of UTF-8, however many characters that is', () => {
  for (const text of ['x'.repeat(1000), 'é'.repeat(500), '漢'.repeat(333), '😀'.repeat(250), ''])
    assert.not(isTooLong(text));
  for (const text of ['x'.repeat(1001), 'é'.repeat(501), '漢'.repeat(334), '😀'.repeat(251), 'x'.repeat(10_000_000)])
    assert.ok(isTooLong(text));
});

names('are cut between two characters', () => {
  for (const [text, most, cut] of [
    ['漢字', 5, '漢'],
    ['漢字', 6, '漢字'],
    ['漢', 2, ''],
    ['a😀', 4, 'a'],
    ['\ufeffab', 4, '\ufeffa'],
    ['abc', -1, ''],
  ] as const)
    assert.is(cutToBytes(text, most), cut);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, most) => {
      const cut = cutToBytes(text, most);
      assert.ok(text.startsWith(cut) && bytesOf(cut) <= most);
      assert.ok(cut === text || bytesOf(cut) > most - 4);
    }),
  );
});

names('in the flat list are the id, then the id and the host, then with a number', () => {
  assert.equal(
    [0, 1, 2, 12].map((number) => flatName('window', 'laptop', number)),
    ['window', 'window-laptop', 'window-laptop-2', 'window-laptop-12'],
  );
  assert.equal(
    [0, 1, 2].map((number) => flatName('window', '', number)),
    ['window', 'window-', 'window--2'],
  );
});

names('in the flat list are never too long, and each number gives another', () => {
  fc.assert(
    fc.property(anyName, anyName, fc.integer({ min: 1, max: 1e9 }), (id, hostname, number) => {
      const [first, second] = [flatName(id, hostname, number), flatName(id, hostname, number + 1)];
      assert.ok(bytesOf(first) <= MAX_NAME_BYTES && first.isWellFormed());
      assert.is.not(first, second);
    }),
    {
      examples: [
        ['漢'.repeat(333), '字'.repeat(333), 1],
        ['x'.repeat(1000), 'h'.repeat(1000), 999_999_999],
      ],
    },
  );
});

names.run();
