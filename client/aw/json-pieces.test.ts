import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonPieces, membersOf, rowsOf, singleRow, type Row } from './json-pieces.ts';

const brokenOf = (row: Row | undefined) => (row && 'broken' in row ? row.broken : null);
const valueOf = (row: Row | undefined) => (row && 'value' in row ? row.value : null);

const rows = suite('the rows of an answer');

const ODD: [what: string, data: string, reason: RegExp][] = [
  ['NaN', '{"a": NaN}', /NaN or Infinity/],
  ['Infinity', '{"a": [1, Infinity]}', /NaN or Infinity/],
  ['-Infinity', '{"a": {"b": -Infinity}}', /NaN or Infinity/],
  ['a number JSON has not', '{"a": 0x10}', /no JSON/],
  ['a value that is missing', '{"a": }', /no JSON/],
  ['a comma too many', '{"a": [1,,2],}', /no JSON/],
  ['a control character', '{"a": "\n"}', /no JSON/],
  ['a string that is no JSON', '{"a": "\\x"}', /no JSON/],
];
for (const [what, data, reason] of ODD) {
  rows(`with ${what} in one are read all the same, that one as far as it goes`, () => {
    const text =
      ` [{"id":3,"timestamp":"t3","data":{"title":"]},{ \\" NaN"}} , {"data": ${data}, "id": 2, "timestamp": ` +
      '"t2"},\n{"id":1,"data":{}}]\n';
    const found = rowsOf(text)!;
    assert.equal(found.map(valueOf), [
      { id: 3, timestamp: 't3', data: { title: ']},{ " NaN' } },
      null,
      { id: 1, data: {} },
    ]);
    assert.equal(brokenOf(found[1]), { id: 2, timestamp: 't2' });
    assert.match((found[1] as { reason: string }).reason, reason);
  });
}

rows('are none in an empty array, and not told apart in anything else', () => {
  assert.equal(rowsOf('[]'), []);
  assert.equal(jsonPieces('[ \n]', '['), []);
  for (const text of [
    '',
    ' ',
    '{}',
    'null',
    '<html>[1]</html>',
    '[1',
    '[1]]',
    '[1] x',
    '[{"a":1]',
    '["a]',
    '[}',
    '[1}',
    '{"a":[1}]',
  ])
    assert.is(rowsOf(text), null, text);
});

rows('are as many as there are, whichever of them are broken so that brackets and quotes match (property)', () => {
  const row = fc.record({ id: fc.nat(), data: fc.dictionary(fc.string(), fc.jsonValue()) });
  const odd = fc.constantFrom('NaN', '-Infinity', '1e', 'tru', '01', '[,]', '{"a"}', '"\\q"', '+1', "'x'");
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.option(odd))), (list) => {
      const texts = list.map(([value, fault]) =>
        fault === null
          ? JSON.stringify(value)
          : `{"id": ${value.id}, "data": {"x": ${fault}, "y": ${JSON.stringify(value.data)}}}`,
      );
      const found = rowsOf(`[${texts.join(', ')}]`)!;
      assert.is(found.length, list.length);
      for (const [i, [value, fault]] of list.entries()) {
        if (fault === null) assert.equal(JSON.stringify(valueOf(found[i])), JSON.stringify(value));
        else assert.equal(brokenOf(found[i]), { id: value.id });
      }
    }),
  );
});

rows('of any text are read without a fault, and those of JSON as JSON.parse has them (property)', () => {
  const noise = fc.string({
    unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', ',', ':', ' ', '1', 'N', '\n', 'é'),
    maxLength: 200,
  });
  fc.assert(
    fc.property(fc.oneof(noise, fc.json()), (text) => {
      rowsOf(text);
      membersOf(text);
      singleRow(text);
      const list = rowsOf(`[${text}]`);
      let parsed: unknown;
      try {
        parsed = JSON.parse(`[${text}]`);
      } catch {
        return;
      }
      assert.equal(list!.map(valueOf), parsed);
      assert.equal(
        jsonPieces(`[${text}]`, '[')!.map((piece) => JSON.parse(piece)),
        parsed,
      );
    }),
  );
});

rows('of hostile texts take one pass: depth, quotes, backslashes and brackets by the hundred thousand', () => {
  const n = 300_000;
  for (const text of [
    '['.repeat(n),
    `[${'{"a":'.repeat(n)}`,
    `["${'\\'.repeat(n)}`,
    `[${'"",'.repeat(n)}NaN]`,
    `[${'"'.repeat(n)}NaN]`,
    `[NaN${']'.repeat(n)}`,
    `[NaN,${' '.repeat(n)}`,
  ]) {
    rowsOf(text);
    membersOf(text);
  }
  assert.is(rowsOf(`[${'"",'.repeat(n)}NaN]`)!.length, n + 1);
});

rows('of an object are its members, and of one that is broken what can be read', () => {
  assert.equal(
    membersOf('{"a": {"type": "t", "data": {"x": NaN}}, "__proto__": {"y": 1}, "b": {"type": "u"}}'),
    JSON.parse('{"a": {"type": "t"}, "__proto__": {"y": 1}, "b": {"type": "u"}}'),
  );
  assert.is(membersOf('[1]'), null);
  assert.is(membersOf('{"a": '), null);
});

rows.run();
