import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isKtError } from '../../domain/errors.ts';
import { makeShapeCheck, type JsonLimits } from './json-shape.ts';

const shape = suite('the shape of JSON');

type Shape = { depth: number; values: number };
const LOTS = 1e9;

/** What JSON.parse built of it. */
const measure = (value: unknown): Shape => {
  if (typeof value !== 'object' || value === null) return { depth: 0, values: 1 };
  const inside = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...inside.map((one) => one.depth)),
    values: inside.reduce((sum, one) => sum + one.values, 1),
  };
};

const bytesOf = (text: string) => new TextEncoder().encode(text);

const passesIn = (bytes: Uint8Array, piece: number, limits: JsonLimits): boolean => {
  const check = makeShapeCheck(limits);
  try {
    for (let from = 0; from < bytes.length; from += piece) check(bytes.subarray(from, from + piece));
    return true;
  } catch (error) {
    assert.ok(isKtError(error, 'too_large'), String(error));
    return false;
  }
};

/** However it arrives. */
const passes = (text: string | Uint8Array, some: Partial<Shape>): boolean => {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  const limits = { depth: LOTS, values: LOTS, ...some };
  const whole = passesIn(bytes, Infinity, limits);
  for (const piece of [1, 2, 3]) assert.is(passesIn(bytes, piece, limits), whole, `in pieces of ${piece}: ${text}`);
  return whole;
};

shape('is what JSON.parse would build, to the last value and bracket', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom('', ' ', '\t', '  '), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent);
      const { depth, values } = measure(JSON.parse(text));
      assert.ok(passes(text, { depth, values }), text);
      if (depth > 0) assert.not.ok(passes(text, { depth: depth - 1 }), text);
      if (values > 1) assert.not.ok(passes(text, { values: values - 1 }), text);
    }),
  );
});

shape('takes nothing inside of a string for more than a string', () => {
  const strings = ['"[[[{{{,,,"', String.raw`"\"[,[,"`, String.raw`"\\"`, String.raw`"\\\",[{"`, '"日本,[語"'];
  for (const text of strings) assert.ok(passes(text, { depth: 0, values: 1 }), text);
  assert.ok(passes(String.raw`["\\",[]]`, { depth: 2, values: 3 }));
  assert.not.ok(passes(String.raw`["\\",[]]`, { depth: 1 }));
  assert.not.ok(passes(String.raw`["\\",[]]`, { values: 2 }));
});

shape('counts no less of broken text than a parser builds before it stops, and leaves the rest to it', () => {
  const broken = ['', '[', '{"a":', '"', '"\\', ']', '}}}', 'nonsense', '[1,', '\ufeff[]'];
  for (const text of broken) assert.ok(passes(text, { depth: 1, values: 3 }), text);
  assert.not.ok(passes('[1,2,3,4,x', { values: 4 }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void passes(bytes, { depth: 3, values: 10 })));
});

shape('is refused with the limit and with what to do', () => {
  const message = (text: string) => {
    try {
      makeShapeCheck({ depth: 2, values: 4 })(bytesOf(text));
    } catch (error) {
      return isKtError(error, 'too_large') ? [error.message, error.details] : error;
    }
    return null;
  };
  assert.equal(message('[[[1]]]'), ['JSON is nested at most 2 deep: send it flatter', { limit: 2 }]);
  const values = 'the JSON of one request holds at most 4 values: send it in parts';
  assert.equal(message('[1,2,3,4]'), [values, { limit: 4 }]);
  assert.is(message('[[1],2]'), null);
});

shape.run();
