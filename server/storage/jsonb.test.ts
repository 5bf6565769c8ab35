import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fromJsonb, toJsonb } from './jsonb.ts';

const jsonb = suite('jsonb text');

// Half of a surrogate pair, NUL, DLE and text that looks like our escapes, among ordinary text.
const hostile = fc
  .array(fc.constantFrom('\u0000', '\u0010', '\ud83d', '\ude00', '0000', 'd83d', 'a', '😀', '\\u0000', '"', 'é'), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

jsonb('gives back every JSON value', () => {
  fc.assert(
    fc.property(fc.dictionary(hostile, fc.oneof(hostile, fc.jsonValue(), fc.array(hostile))), (value) => {
      const parsed = JSON.parse(JSON.stringify(value));
      assert.equal(fromJsonb(toJsonb(parsed)), parsed);
    }),
  );
});

jsonb('holds nothing that PostgreSQL refuses', () => {
  fc.assert(
    fc.property(fc.dictionary(hostile, hostile), (value) => {
      assert.not.match(toJsonb(value), /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/);
    }),
  );
});

jsonb('leaves ordinary text as it is', () => {
  assert.is(toJsonb({ title: 'naïve 😀 "x"' }), JSON.stringify({ title: 'naïve 😀 "x"' }));
});

jsonb.run();
