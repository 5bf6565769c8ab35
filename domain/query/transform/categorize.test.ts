import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { span } from '../../../test/query/some-spans.ts';
import { categorize } from './categorize.ts';
import { tag } from './tag.ts';

const has = (word: string) => (data: object) => JSON.stringify(data).includes(word);

const rules = suite('categorize and tag');

rules('take the highest rank that matches, the later among equals, and never one without a name', () => {
  const categories = [
    { name: ['Work'], rank: 10, matches: has('vim') },
    { name: ['Work', 'Code'], rank: 20, matches: has('main') },
    { name: ['Work', 'Rust'], rank: 20, matches: has('.rs') },
    { name: ['Fun'], rank: 10, matches: has('vim') },
    { name: [], rank: 99, matches: has('vim') },
    { name: ['Mail'], rank: 25, matches: has('mail') },
    { name: ['Least'], rank: -3, matches: has('rest') },
  ];
  const of = (data: Record<string, unknown>) => categorize([span(1, 0, 1, data)], categories)[0]!.data['$category'];
  assert.equal(of({ app: 'vim', title: 'main.rs' }), ['Work', 'Rust']);
  assert.equal(of({ app: 'vim', title: 'main.c' }), ['Work', 'Code']);
  assert.equal(of({ app: 'vim', $category: ['Old'] }), ['Fun']);
  assert.equal(of({ app: 'web' }), ['Uncategorized']);
  assert.equal(of({ app: 'mail', title: 'main.rs' }), ['Mail']);
  assert.equal(of({ app: 'rest' }), ['Least'], 'any match beats none');
});

rules('tag with every match, in order, repeats kept', () => {
  const tags = ['z', 'a', 'z', 'no'].map((name) => ({ name, matches: () => name !== 'no' }));
  assert.equal(tag([span(1, 0, 1, { app: 'vim' })], tags), [span(1, 0, 1, { app: 'vim', $tags: ['z', 'a', 'z'] })]);
});

rules('are asked once per distinct data', () => {
  let asked = 0;
  const matches = () => ++asked > 0;
  const events = Array.from({ length: 10_000 }, (_, i) => span(i, i, i + 1, { title: `${i % 20}` }));
  assert.is(categorize(events, [{ name: ['A'], rank: 10, matches }]).length, 10_000);
  assert.is(asked, 20);
  tag(events, [{ name: 't', matches }]);
  assert.is(asked, 40);
});

rules('leave the events they were given as they were', () => {
  const given = span(1, 0, 1, { app: 'vim' });
  categorize([given], []);
  tag([given], []);
  assert.equal(given.data, { app: 'vim' });
});

rules.run();
