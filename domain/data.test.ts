import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  canonicalJson,
  equalJson,
  EVENT_VALUES,
  isJsonObject,
  jsonFault,
  MAX_DEPTH,
  sizeFault,
  wellFormed,
  wellFormedJson,
} from './data.ts';

const data = suite('data');

/** What JSON.parse can make, lone surrogates included. */
const json = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
/** The same value with the keys of every object the other way round. */
const turned = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(turned)
    : isJsonObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, item]) => [key, turned(item)]),
        )
      : value;

data('has one canonical text, whatever the order of keys', () => {
  assert.is(
    canonicalJson({ b: 1, a: { d: [2, { f: 1, e: null }], c: 'x' } }),
    '{"a":{"c":"x","d":[2,{"e":null,"f":1}]},"b":1}',
  );
  assert.is(canonicalJson({ 10: 1, 9: 2, é: 3, Z: 4, a: 5 }), '{"10":1,"9":2,"Z":4,"a":5,"é":3}', 'by UTF-16 unit');
  fc.assert(fc.property(json, (value) => assert.is(canonicalJson(turned(value)), canonicalJson(value))));
});

data('is canonical JSON that parses to the same value', () => {
  fc.assert(
    fc.property(
      json.filter((value) => !JSON.stringify(value).includes('\\ud')),
      (value) => assert.ok(equalJson(JSON.parse(canonicalJson(value)), value)),
    ),
  );
});

data('holds so many values and no more, however they are arranged', () => {
  const most = 1e9;
  const list = (count: number) => Array.from({ length: count }, (_, n) => n);
  const keys = (count: number) => Object.fromEntries(list(count).map((n) => [`k${n}`, null]));
  // The container counts too.
  for (const make of [list, keys, (count: number) => ({ a: list(count - 1) })]) {
    assert.is(sizeFault(make(EVENT_VALUES - 1), most), null);
    assert.match(String(sizeFault(make(EVENT_VALUES), most)), /holds more than 25000 values/);
  }
  assert.is(sizeFault({ a: 'x'.repeat(10 * EVENT_VALUES) }, most), null, 'long texts are one value each');
});

data('writes every number in one form', () => {
  for (const [text, written] of [
    ['-0', '0'],
    ['0', '0'],
    ['1.0', '1'],
    ['1e0', '1'],
    ['100e-2', '1'],
    ['1e21', '1e+21'],
    ['0.1', '0.1'],
    ['-0.0', '0'],
  ])
    assert.is(canonicalJson(JSON.parse(text!)), written);
});

data('has lone surrogates as U+FFFD, in keys too, and leaves pairs alone', () => {
  assert.is(canonicalJson({ '\ud83d': '\udc4b x \ud83d\udc4b' }), '{"\ufffd":"\ufffd x \ud83d\udc4b"}');
  assert.is(canonicalJson('\ud83d'), canonicalJson('\ufffd'));
  // The same whichever came first, since one key is left.
  assert.is(canonicalJson({ '\ud800': 1, '\ud801': 2 }), canonicalJson({ '\ud801': 2, '\ud800': 1 }));
  fc.assert(
    fc.property(json, (value) => {
      const sendable = wellFormedJson(value);
      assert.is(canonicalJson(sendable), canonicalJson(value), 'a copy elsewhere compares as equal');
      assert.not.match(canonicalJson(value), /[\ud800-\udfff]/u);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      assert.is(wellFormed(text), text.replace(/[\ud800-\udfff]/gu, '\ufffd')),
    ),
  );
});

data('is equal by value: objects unordered, arrays ordered, no coercion', () => {
  const equal: [unknown, unknown][] = [
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [[], []],
    [0, -0],
    ['é', '\u00e9'],
    [null, null],
  ];
  const unequal: [unknown, unknown][] = [
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: undefined }, {}],
    [{ a: null }, {}],
    [1, '1'],
    [true, 1],
    [null, {}],
    [[], {}],
    ['é', 'e\u0301'],
    [{ a: 1 }, { a: 1, b: 1 }],
    [[1], [1, 1]],
    [{ toString: 1 }, { a: 1 }],
  ];
  for (const [a, b] of equal) assert.ok(equalJson(a, b) && equalJson(b, a), JSON.stringify([a, b]));
  for (const [a, b] of unequal) assert.not.ok(equalJson(a, b) || equalJson(b, a), JSON.stringify([a, b]));
});

data('is equal exactly where its canonical text is, lone surrogates apart', () => {
  const plain = json.filter((value) => !JSON.stringify(value).includes('\\ud'));
  fc.assert(fc.property(plain, plain, (a, b) => assert.is(equalJson(a, b), canonicalJson(a) === canonicalJson(b))));
  fc.assert(fc.property(plain, (value) => assert.ok(equalJson(value, turned(value)))));
});

data('can not be kept with a number beyond a double, or nested too deep', () => {
  const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`) as unknown;
  assert.is(jsonFault(nested(MAX_DEPTH)), null);
  assert.match(jsonFault(nested(MAX_DEPTH + 1))!, /deeper than 128/);
  assert.match(jsonFault(JSON.parse('{"a":[1,{"b":1e400}]}'))!, /too large/);
  fc.assert(fc.property(json, (value) => assert.is(jsonFault(value), null)));
});

data('is an object, and no array, no null', () => {
  assert.equal([{}, [], null, 'x', 1, undefined].map(isJsonObject), [true, false, false, false, false, false]);
});

data.run();
