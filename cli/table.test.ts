import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aligned, makeAligned } from './table.ts';

const tables = suite('a table in a terminal');

const CASES: [name: string, rows: string[][], lines: string[]][] = [
  ['of no rows has no lines', [], []],
  [
    'has columns as wide as their widest cell',
    [
      ['bucket', 'events'],
      ['aw-watcher-afk', '7'],
    ],
    ['bucket          events', 'aw-watcher-afk  7'],
  ],
  [
    'leaves no blanks at the end of a line',
    [
      ['a', '', ''],
      ['bb', 'c', ''],
    ],
    ['a', 'bb  c'],
  ],
  [
    'counts the cells that a character takes: two for CJK, none for an accent of its own, two for a family',
    [
      ['bucket', 'events'],
      ['ウィンドウ_田中', '1'],
      ['cafe\u0301', '2'],
      ['👨‍👩‍👧', '3'],
    ],
    ['bucket           events', 'ウィンドウ_田中  1', 'cafe\u0301             2', '👨‍👩‍👧               3'],
  ],
  [
    'takes colours for nothing',
    [
      ['\u001b[1mkey\u001b[22m', 'state'],
      ['longer', 'good'],
    ],
    ['\u001b[1mkey\u001b[22m     state', 'longer  good'],
  ],
];
for (const [name, rows, lines] of CASES) tables(name, () => assert.equal(aligned(rows), lines));

tables('that comes in parts is never narrower than before', () => {
  const table = makeAligned();
  assert.equal(table([['user', 'state']]), ['user  state']);
  assert.equal(
    table([
      ['longer', 'a'],
      ['b', 'c'],
    ]),
    ['longer  a', 'b       c'],
  );
  assert.equal(table([]), []);
  assert.equal(table([['d', 'e']]), ['d       e']);
});

tables.run();
