import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeSelection } from './selection.ts';

const selection = suite('a selection of buckets');

const CASES: [globs: string[], id: string, selected: boolean][] = [
  [['*'], 'aw-watcher-window_host', true],
  [['*'], 'with/slash and .dot', true],
  [['*'], '.hidden', true],
  [['*'], 'of\ntwo lines\r\n\u2028', true],
  [['!b*'], 'b\nc', false],
  [['aw-watcher-*'], 'aw-watcher-afk_h', true],
  [['aw-watcher-*'], 'other', false],
  [['*', '!aw-watcher-web-*'], 'aw-watcher-web-chrome', false],
  [['*', '!aw-watcher-web-*'], 'aw-watcher-afk', true],
  [['!aw-watcher-web-*'], 'aw-watcher-web-chrome', false],
  [['!aw-watcher-web-*'], 'aw-watcher-afk', true],
  [['!a', 'a', 'b'], 'a', false],
  [['a?c'], 'abc', true],
  [['{a,b}'], 'a', false],
];
for (const [globs, id, selected] of CASES) {
  selection(`${JSON.stringify(globs)} ${selected ? 'takes' : 'leaves'} "${id}"`, () =>
    assert.is(makeSelection(globs).has(id), selected),
  );
}

selection.run();
