import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { categoriesIn, patternFor, withText } from './rules.ts';

const rules = suite('rules of categories');

const CLASSES = [
  { name: ['Work'], rule: { type: 'regex', regex: 'vim|make', ignore_case: true }, data: { color: '#0f0' } },
  { name: ['Work', 'Mail'], rule: { type: null } },
  'something else',
];

rules('grow by a text, and keep everything else', () => {
  assert.equal(categoriesIn(CLASSES), [['Work'], ['Work', 'Mail']]);
  const grown = withText(CLASSES, ['Work'], 'a.out (1)');
  assert.equal(grown, [
    { ...(CLASSES[0] as object), rule: { type: 'regex', regex: 'vim|make|a\\.out \\(1\\)', ignore_case: true } },
    CLASSES[1],
    'something else',
  ]);
  assert.equal((withText(CLASSES, ['Work', 'Mail'], 'mutt')[1] as any).rule, { type: 'regex', regex: 'mutt' });
  assert.equal(withText(CLASSES, ['Nowhere'], 'x'), CLASSES);
  for (const strange of [null, 'x', {}, 7])
    assert.equal([categoriesIn(strange), withText(strange, ['a'], 'x')], [[], []]);
});

rules('find a text by a pattern of it, whatever is in it', () => {
  for (const text of ['a.b*c', '[x] (y) {z}', 'C:\\dir|^$?+', '/slash/']) {
    assert.match(text, new RegExp(`^(?:${patternFor(text)})$`));
    assert.not.match('other', new RegExp(patternFor(text)));
  }
});

rules.run();
