import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { span } from '../../../test/query/some-spans.ts';
import { excludeKeyvals, filterKeyvals } from './filter-keyvals.ts';
import { filterKeyvalsRegex } from './filter-keyvals-regex.ts';

const events = [{ k: 'a' }, { k: 7 }, { k: '7' }, { k: ['W', 'P'] }, { k: true }, {}, { k: 'a' }].map((data, i) =>
  span(i, i, i + 1, data),
);
const ids = (list: readonly { id: number | null }[]) => list.map(({ id }) => id);

const filters = suite('filter_keyvals and its kin');

filters('keep equal values alone: no coercion, no parts of lists', () => {
  assert.equal(ids(filterKeyvals(events, 'k', ['a', 7])), [0, 1, 6]);
  assert.equal(ids(filterKeyvals(events, 'k', [['W']])), []);
  assert.equal(ids(filterKeyvals(events, 'k', [['W', 'P'], 1])), [3]);
  assert.equal(filterKeyvals(events, 'k', []), []);
});

filters('exclude exactly the others, and keep those without the key', () => {
  assert.equal(ids(excludeKeyvals(events, 'k', ['a', 7])), [2, 3, 4, 5]);
  assert.equal(ids(excludeKeyvals(events, 'toString', ['a'])), [0, 1, 2, 3, 4, 5, 6]);
});

filters('search strings alone, each data once', () => {
  const asked: string[] = [];
  const found = (text: string) => asked.push(text) > 0;
  assert.equal(ids(filterKeyvalsRegex(events, 'k', found)), [0, 2, 6]);
  assert.equal(asked, ['a', '7']);
});

filters.run();
