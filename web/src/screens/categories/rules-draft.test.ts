import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  added,
  calledAt,
  changed,
  inputsOf,
  movesOf,
  parentsFor,
  renamed,
  ruleCalled,
  rulesIn,
  splitAt,
  textFor,
  treeOf,
  withFound,
  without,
} from './rules-draft.ts';

const drafts = suite('a draft of categories');

const LIST = [
  { id: 7, name: ['Work'], rule: { type: 'regex', regex: 'vim' }, data: { color: '#0f0', score: 2, mine: 1 } },
  'something else',
  { name: ['Work', 'Mail'], rule: { type: 'regex', regex: 'mutt', select_keys: ['app'], ignore_case: true } },
  { name: ['Media'], rule: { type: null } },
  { name: ['Media'], rule: { type: 'regex', regex: 'mp4', weight: 3 } },
  { name: ['Lost', 'Deep'], rule: { type: 'none' }, data: null },
  { name: 'no list', rule: {} },
];
const namesOf = (list: readonly unknown[]) => rulesIn(list).map(({ name }) => name.join('/'));
const ruleAt = (place: number) => rulesIn(LIST).find((rule) => rule.place === place)!;

drafts('read what aw-webui stores, and leave what is something else', () => {
  assert.equal(namesOf(LIST), ['Work', 'Work/Mail', 'Media', 'Media', 'Lost/Deep']);
  assert.equal(ruleAt(2), {
    ...{ place: 2, name: ['Work', 'Mail'], regex: 'mutt', ignoreCase: true, selectKeys: ['app'] },
    ...{ priority: null, color: null, score: null },
  });
  assert.equal(inputsOf(rulesIn(LIST))[3], {
    ...{ name: ['Media'], regex: 'mp4', ignoreCase: false, selectKeys: null, priority: 3 },
  });
  const far = changed(LIST, 0, { priority: Number.MAX_SAFE_INTEGER });
  assert.is(inputsOf(rulesIn(far))[0]!.priority, 2 ** 31 - 1);
});

drafts('change one thing of one category, and keep everything else', () => {
  const first = LIST[0] as Record<string, any>;
  assert.equal(changed(LIST, 0, { regex: 'a|b' }), [
    { ...first, rule: { type: 'regex', regex: 'a|b' } },
    ...LIST.slice(1),
  ]);
  assert.equal((changed(LIST, 0, { regex: '' })[0] as any).rule, { type: 'none' });
  assert.equal((changed(LIST, 0, { color: null })[0] as any).data, { score: 2, mine: 1 });
  assert.equal((changed(LIST, 3, { score: -1 })[3] as any).data, { score: -1 });
  assert.equal((changed(LIST, 4, { priority: null })[4] as any).rule, { type: 'regex', regex: 'mp4' });
  assert.equal((changed(LIST, 2, { selectKeys: null, ignoreCase: false })[2] as any).rule, {
    ...{ type: 'regex', regex: 'mutt', ignore_case: false },
  });
  assert.equal(changed(LIST, 1, { regex: 'x' }), LIST);
  assert.equal(Object.keys(changed(LIST, 2, { regex: 'x' })[2] as object), ['name', 'rule']);
});

drafts('rename, move and remove a category with what is below it', () => {
  assert.equal(namesOf(renamed(LIST, 0, ['Job'])), ['Job', 'Job/Mail', 'Media', 'Media', 'Lost/Deep']);
  assert.equal(namesOf(renamed(LIST, 2, ['Media', 'Mail'])), ['Work', 'Media/Mail', 'Media', 'Media', 'Lost/Deep']);
  assert.equal(namesOf(without(LIST, 0)), ['Media', 'Media', 'Lost/Deep']);
  assert.is(without(LIST, 0).length, LIST.length - 2);
  // Two rules of one category: what is below belongs to the other as well.
  const two = [...LIST, { name: ['Media', 'News'], rule: { type: 'none' } }];
  assert.equal(namesOf(renamed(two, 3, ['Films'])).slice(2), ['Films', 'Media', 'Lost/Deep', 'Media/News']);
  assert.equal(namesOf(without(two, 4)).slice(2), ['Media', 'Lost/Deep', 'Media/News']);
  for (const place of [1, 6, 99]) assert.equal([renamed(LIST, place, ['x']), without(LIST, place)], [LIST, LIST]);
  assert.equal(parentsFor(rulesIn(LIST), ruleAt(0)), [['Media'], ['Lost', 'Deep']]);
  assert.equal(parentsFor(rulesIn(LIST), ruleAt(5)), [['Work'], ['Work', 'Mail'], ['Media'], ['Lost']]);
});

drafts('grow by a category whose name is free, and by a text', () => {
  const one = added(LIST, ['Work'], 'Mail');
  assert.equal(one.at(-1), { name: ['Work', 'Mail 2'], rule: { type: 'none' }, data: {} });
  assert.equal((added(one, ['Work'], 'Mail').at(-1) as any).name, ['Work', 'Mail 3']);
  assert.is((withFound(LIST, ruleAt(0), 'a.out')[0] as any).rule.regex, 'vim|a\\.out');
  assert.is((withFound(LIST, ruleAt(3), '(x)')[3] as any).rule.regex, '\\(x\\)');
  const window = { app: 'Mail', title: '👩‍👩‍👧'.repeat(100) };
  assert.is(textFor(ruleAt(2), window), 'Mail', 'it looks at the application alone');
  const text = textFor(ruleAt(0), window)!;
  assert.is([...text].length, 200);
  assert.ok(text.isWellFormed());
  assert.is(textFor(ruleAt(0), { app: 'a', title: '' }), 'a');
  assert.is(textFor(ruleAt(2), { app: null, title: 'x' }), null);
});

drafts('are a tree by name, in which each category has an address', () => {
  assert.equal(
    treeOf(rulesIn(LIST)).map(({ label, depth, rule }) => [depth, label, rule.place]),
    [
      [0, 'Lost > Deep', 5],
      [0, 'Media', 3],
      [0, 'Media', 4],
      [0, 'Work', 0],
      [1, 'Mail', 2],
    ],
  );
  const rules = rulesIn(LIST);
  for (const rule of rules) {
    const { category, nth } = calledAt(rules, rule);
    assert.is(ruleCalled(rules, category, nth), rule);
  }
  for (const [category, nth] of [
    [null, null],
    ['x', null],
    ['Media', '2'],
    ['Media', 'x'],
    ['Media', '-1'],
  ] as const)
    assert.is(ruleCalled(rules, category, nth), null);
});

drafts('tell what a category gains and loses, and where a pattern can not be read', () => {
  const moves = [
    { from: ['Uncategorized'], to: ['A'], seconds: 3 },
    { from: ['A'], to: ['A', 'B'], seconds: 2 },
  ];
  assert.equal(movesOf(moves, ['A']), { gains: [moves[0]], losses: [moves[1]] });
  assert.equal(splitAt('a👩b(', 2), ['a', '👩', 'b(']);
  assert.equal(splitAt('ab', 3), ['ab', '', '']);
  assert.equal(splitAt('', 99), ['', '', '']);
});

drafts.run();
