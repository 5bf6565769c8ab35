import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { joined } from './log.ts';

const stretch = (first: number, last: number, hasMore: boolean) => ({
  edges: Array.from({ length: first - last + 1 }, (_, i) => ({ cursor: String(first - i) })),
  hasMore,
});

test('the newest page of a log meets what was known without a gap and without an entry twice', () => {
  const newest = stretch(9, 5, true);
  assert.equal(joined(newest, null), newest);
  assert.equal(joined(newest, stretch(9, 1, false)), stretch(9, 1, false), 'nothing new');
  assert.equal(joined(newest, stretch(7, 1, true)), stretch(9, 1, true), 'two new ones');
  assert.equal(joined(newest, stretch(5, 3, false)), stretch(9, 3, false), 'just meets');
  assert.equal(joined(newest, stretch(4, 1, false)), newest, 'more came than a page holds');
  assert.equal(joined(stretch(0, 1, false), stretch(4, 1, false)), stretch(0, 1, false), 'all of it was too old');
});

test.run();
