import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { csvOf, inOrder, orderNamed, turnedTo } from './table.ts';

const table = suite('the table of what by when');

table('is ordered by its total unless told otherwise, and turned by the same click', () => {
  const keys = ['2025-03-24'];
  assert.equal(orderNamed(null, keys), { what: 'total', ascending: false });
  assert.equal(orderNamed('2031-01-01', keys), { what: 'total', ascending: false });
  assert.equal(orderNamed('-2025-03-24', keys), { what: 0, ascending: true });
  assert.equal(orderNamed('name', keys), { what: 'name', ascending: true });
  assert.is(turnedTo('name', null), 'name');
  assert.is(turnedTo('name', 'name'), '-name');
  assert.is(turnedTo('total', null), '-total');
  assert.is(turnedTo('total', '-total'), null);
});

table('is searched by what names are called', () => {
  const lengths = new Map([
    ['a', 1],
    ['b', 3],
    ['', 2],
  ]);
  const called = (name: string) => name || '(none)';
  const order = { what: 'total', ascending: false } as const;
  assert.equal(inOrder(['a', 'b', ''], lengths, order, called, ''), ['b', '', 'a']);
  assert.equal(inOrder(['a', 'b', ''], lengths, order, called, ' NON'), ['']);
});

table('quotes its names in CSV, and lets none be a formula', () => {
  const row = (name: string) => ({ name, seconds: 0.1 + 0.2, cells: [] });
  const rows = ['a,b', 'say "hi"', '=1+1', '@x', 'two\nlines'].map(row);
  assert.is(
    csvOf({ by: 'title', keys: [], rows }),
    'title,seconds\r\n"a,b",0.3\r\n"say ""hi""",0.3\r\n\'=1+1,0.3\r\n\'@x,0.3\r\n"two\nlines",0.3\r\n',
  );
});

table.run();
