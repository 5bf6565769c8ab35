import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { someSpans, span } from '../../../test/query/some-spans.ts';
import { periodUnion } from './period-union.ts';

const unions = suite('period_union');

unions('joins what overlaps or touches, without data', () => {
  const out = periodUnion([span(1, 0, 4, { app: 'a' }), span(2, 10, 11)], [span(3, 4, 6), span(4, 12, 13)]);
  assert.equal(out, [span(1, 0, 6), span(2, 10, 11), span(4, 12, 13)]);
});

unions('covers the moments that either list covers, and no other', () => {
  // Cell 2s is the moment s, cell 2s + 1 the open stretch behind it: so an event without duration is a cell, and
  // touching ones share one.
  const cells = (list: { start: number; end: number }[]) => {
    const covered = new Set<number>();
    for (const { start, end } of list)
      for (let cell = (2 * start) / 1e6; cell <= (2 * end) / 1e6; cell++) covered.add(cell);
    return [...covered].sort((a, b) => a - b);
  };
  fc.assert(
    fc.property(someSpans(), someSpans({ firstId: 100 }), (first, second) => {
      const out = periodUnion(first, second);
      assert.equal(cells(out), cells([...first, ...second]));
      for (let i = 1; i < out.length; i++)
        assert.ok(out[i]!.start > out[i - 1]!.end, 'apart from each other, oldest first');
      for (const { id, start, data } of out) {
        assert.equal(data, {});
        assert.is(
          id,
          [...first, ...second].find((event) => event.start === start)!.id,
          'the id of the first that begins it',
        );
      }
    }),
    { numRuns: 300 },
  );
});

unions.run();
