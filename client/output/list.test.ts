import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Row } from '../status/compare.ts';
import { listToJson, renderList, spanText } from './list.ts';

const ROWS: Row[] = [
  {
    bucket: 'window',
    hostname: 'anna',
    own: true,
    localId: 'window',
    here: { events: 1, lastUs: 100n },
    there: { events: 2, lastUs: 50n },
    kept: 3,
    standing: { kind: 'ahead', events: 1 },
  },
  {
    bucket: 'afk',
    hostname: 'bert',
    own: false,
    localId: null,
    here: null,
    there: { events: 1, lastUs: null },
    kept: 0,
    standing: { kind: 'behind', events: 0, us: 90_000_000n },
  },
  {
    bucket: 'old',
    hostname: 'bert',
    own: false,
    localId: null,
    here: null,
    there: null,
    kept: 0,
    standing: { kind: 'apart', reason: 'not selected' },
  },
];
const list = suite('the printed list');

list('is a table for people', () => {
  const lines = renderList(ROWS, (_, text) => text).split('\n');
  assert.match(lines[0]!, /^device +bucket +here +there +kept +last event$/);
  assert.match(lines[1]!, /^anna \(this\) +window +1 +2 +3 +1970-01-01 00:00:00 UTC +1 more than its origin$/);
  assert.match(lines[2]!, /^bert +afk +– +1 +– +– +behind by 1 min$/);
  assert.match(lines[3]!, /not selected$/);
  assert.match(
    renderList([], (_, text) => text),
    /no buckets/,
  );
});
list('keeps its columns where a bucket has characters of two cells', () => {
  const lines = renderList([{ ...ROWS[0]!, bucket: '窓_田中' }, ROWS[1]!], (_, text) => text).split('\n');
  assert.ok(lines[1]!.startsWith('anna (this)  窓_田中  1  '), lines[1]);
  assert.ok(lines[2]!.startsWith('bert         afk      –  '), lines[2]);
});
list('is JSON for programs', () => {
  const [first, second, third] = JSON.parse(listToJson(ROWS));
  assert.is(first.kept, 3);
  assert.equal(first.here, { events: 1, last: '1970-01-01T00:00:00.000100Z' });
  assert.equal([second.standing, second.behind, second.here], ['behind', { events: 0, seconds: 90 }, null]);
  assert.equal([third.standing, third.reason], ['apart', 'not selected']);
});
list('names a lag in its greatest unit', () => {
  const spans = [1n, 59_000_000n, 60_000_000n, 7_200_000_000n, 200_000_000_000n].map(spanText);
  assert.equal(spans, ['<1 s', '59 s', '1 min', '2 h', '2 d']);
});

list.run();
