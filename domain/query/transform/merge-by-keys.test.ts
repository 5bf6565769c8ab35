import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { span } from '../../../test/query/some-spans.ts';
import { mergeByKeys } from './merge-by-keys.ts';

const merges = suite('merge_events_by_keys');

merges('adds up durations from the first event met, in order of appearance', () => {
  const out = mergeByKeys(
    [span(1, 50, 60, { app: 'a', x: 1 }), span(2, 0, 5, { app: 'b' }), span(3, 20, 21, { app: 'a' })],
    ['app'],
  );
  assert.equal(out, [span(null, 50, 61, { app: 'a' }), span(null, 0, 5, { app: 'b' })]);
});

merges('leaves missing keys out of the combination', () => {
  const out = mergeByKeys(
    [span(1, 0, 1, { app: 'x' }), span(2, 1, 2, { title: 'x' }), span(3, 2, 3, {}), span(4, 3, 4, { z: 1 })],
    ['app', 'title'],
  );
  assert.equal(out, [span(null, 0, 2, { app: 'x' }), span(null, 2, 4, {})]);
});

merges('tells values apart by type, and compares deep ones', () => {
  const values = [7, '7', null, [1, { a: 1, b: 2 }], [1, { b: 2, a: 1 }], true, 'true', [7], ['7']];
  assert.is(
    mergeByKeys(
      values.map((k, i) => span(i, i, i + 1, { k })),
      ['k'],
    ).length,
    values.length - 1,
  );
});

merges('without keys keeps the events', () => {
  assert.equal(mergeByKeys([span(1, 0, 1, { a: 1 })], []), [span(1, 0, 1, { a: 1 })]);
});

merges('keeps a key called __proto__ as data', () => {
  const [merged] = mergeByKeys([span(1, 0, 1, JSON.parse('{"__proto__": {"x": 1}}'))], ['__proto__']);
  assert.is(JSON.stringify(merged!.data), '{"__proto__":{"x":1}}');
});

merges.run();
