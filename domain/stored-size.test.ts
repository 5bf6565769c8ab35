import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { storedBytes } from './stored-size.ts';

const size = suite('the size of a stored value');

const CASES: [value: unknown, text: string][] = [
  [{}, '{}'],
  [[], '[]'],
  [{ a: 1, b: [true, false, null] }, '{"a": 1, "b": [true, false, null]}'],
  [1e308, `1${'0'.repeat(308)}`],
  [1.7976931348623157e308, `17976931348623157${'0'.repeat(292)}`],
  [-1.5e-7, '-0.00000015'],
  [5e-324, `0.${'0'.repeat(323)}5`],
  [1e21, `1${'0'.repeat(21)}`],
  [123.456, '123.456'],
  [-0, '0'],
  ['é日😀"\\\n\u0001', '"é日😀\\"\\\\\\n\\u0001"'],
  ['\u007f\u000b', '"\u007f\\u000b"'],
];

size('is what jsonb writes', () => {
  for (const [value, text] of CASES) assert.is(storedBytes(value), Buffer.byteLength(text), JSON.stringify(value));
});

size('counts what storage escapes as it is stored', () => {
  assert.is(storedBytes('\u0000'), 2 + '\\u00100000'.length);
  assert.is(storedBytes('\ud83d'), 2 + '\\u0010d83d'.length);
});

size('is not counted on once it is above what may be', () => {
  let read = 0;
  const counted = new Proxy(new Array<number>(1_000_000).fill(1e308), {
    get: (target, key) => {
      if (key !== 'length') read++;
      return Reflect.get(target, key) as unknown;
    },
  });
  assert.ok(storedBytes({ a: counted }, 1_000_000) > 1_000_000);
  assert.is(read, 0, 'a million elements have two million bytes of commas');
  assert.ok(storedBytes({ a: new Array(3_000).fill(1e308) }, 1_000) < 1_000_000);
});

size.run();
