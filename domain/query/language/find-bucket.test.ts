import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findBucket } from './find-bucket.ts';

const buckets = ['x-window_a', 'window_a.local', 'window_a', 'window_b'].map((id, ordinal) => ({
  id,
  type: '',
  client: '',
  hostname: id.slice(-1),
  ordinal,
  data: {},
}));

const finding = suite('find_bucket');

finding('prefers the whole name, then the start of one, then a part', () => {
  const id = (text: string, host?: string) => findBucket(buckets, text, host)?.id ?? null;
  assert.is(id('window_a'), 'window_a');
  assert.is(id('window_'), 'window_a.local');
  assert.is(id('-window'), 'x-window_a');
  assert.is(id('indow', 'b'), 'window_b');
  assert.is(id('indow', ''), 'x-window_a');
  assert.is(id('nothing'), null);
});

finding.run();
