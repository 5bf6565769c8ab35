import * as fc from 'fast-check';
import type { Span } from '../../domain/query/transform/span.ts';

/** A span in whole seconds, identified by its id, for cases that are checked by eye. */
export const span = (id: number | null, start: number, end: number, data: Span['data'] = {}): Span => ({
  id,
  start: start * 1e6,
  end: end * 1e6,
  data,
});

/**
 * Lists of spans on a grid of `unit` microseconds, dense enough to overlap, touch, repeat and be empty, in any order.
 */
export const someSpans = ({
  unit = 1e6,
  places = 40,
  longest = 12,
  most = 12,
  firstId = 1,
} = {}): fc.Arbitrary<Span[]> =>
  fc.array(fc.tuple(fc.nat(places), fc.nat(longest), fc.constantFrom('a', 'b', 'c')), { maxLength: most }).map((list) =>
    list.map(([start, length, app], i) => ({
      id: firstId + i,
      start: start * unit,
      end: (start + length) * unit,
      data: { app },
    })),
  );

/** The same, oldest first, each at least a unit long and none overlapping another. */
export const disjointSpans = ({ unit = 1e6, most = 12, longestGap = 6, firstId = 1 } = {}): fc.Arbitrary<Span[]> =>
  fc
    .array(fc.tuple(fc.nat(longestGap), fc.integer({ min: 1, max: 8 }), fc.constantFrom('a', 'b', 'c')), {
      maxLength: most,
    })
    .map((list) => {
      let at = 0;
      return list.map(([gap, length, app], i) => {
        const start = at + gap * unit;
        at = start + length * unit;
        return { id: firstId + i, start, end: at, data: { app } };
      });
    });
