import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { span } from '../../../test/query/some-spans.ts';
import { simplifyTitles } from './simplify-titles.ts';

const cases: [string, string][] = [
  ['(12)   Inbox', 'Inbox'],
  ['(1) ● x', 'x'],
  ['● (1) x', '(1) x'],
  ['(5) (6) twice', '(6) twice'],
  ['( 3) no', '( 3) no'],
  ['Game FPS: 59.8, FPS:\u00a060', 'Game FPS: ..., FPS: ...'],
  ['FPS:60', 'FPS:60'],
  ['*file', 'file'],
  ['**file', '*file'],
  ['(1)', ''],
];

const titles = suite('simplify_window_titles');

for (const [title, simple] of cases) {
  titles(JSON.stringify(title), () => {
    assert.equal(simplifyTitles([span(1, 0, 1, { app: 'x', title })], 'title'), [
      span(1, 0, 1, { app: 'x', title: simple }),
    ]);
  });
}

titles('lose only the count under another key, or without an app', () => {
  assert.equal(simplifyTitles([span(1, 0, 1, { title: '(1) ● x' })], 'title'), [span(1, 0, 1, { title: '● x' })]);
  assert.equal(simplifyTitles([span(1, 0, 1, { app: '(1) ● x' })], 'app'), [span(1, 0, 1, { app: '● x' })]);
  assert.equal(simplifyTitles([span(1, 0, 1, { title: 5 })], 'title'), [span(1, 0, 1, { title: 5 })]);
});

titles.run();
