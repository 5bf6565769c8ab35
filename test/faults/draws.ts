/** What operations are drawn from, by fast-check. */
import fc from 'fast-check';
import { BUCKETS, TITLES, type Draft, type Op, type PassFault } from './ops.ts';

export const int = (min: number, max: number) => fc.integer({ min, max });
export const title = fc.oneof({ weight: 6, arbitrary: int(0, 3) }, { weight: 1, arbitrary: int(4, TITLES.length - 1) });
const length = fc.oneof(
  { weight: 5, arbitrary: int(0, 600_000) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1000, 7_200_000, 100_000_000) },
);
/** Mostly anywhere within the span; sometimes on a coarse grid, where starts coincide, or in the future. */
export const draft = (spanSeconds: number): fc.Arbitrary<Draft> =>
  // Not shrunk: removing operations makes a failure clear, but smaller times and titles only slow the search.
  fc.noShrink(
    fc.record({
      ago: fc.oneof(
        { weight: 40, arbitrary: int(0, spanSeconds) },
        { weight: 10, arbitrary: int(0, 5).map((n) => n * 300) },
        { weight: 1, arbitrary: fc.constantFrom(-86_400, -40 * 86_400) },
      ),
      micros: fc.oneof({ weight: 2, arbitrary: int(0, 999_999) }, { weight: 1, arbitrary: fc.constant(0) }),
      length,
      title,
    }),
  );
export const drafts = (spanSeconds: number, most: number) =>
  fc.array(draft(spanSeconds), { minLength: 1, maxLength: most });

export const on = int(0, 1);
export const bucket = int(0, BUCKETS.length - 1);
export const pick = int(0, 99);
export const seconds = fc.oneof(int(-600, 600), fc.constantFrom(-86_400, 86_400, -90_000, 1, -1));
export const fault: fc.Arbitrary<PassFault> = fc.record({
  at: fc.oneof({ weight: 3, arbitrary: int(1, 16) }, { weight: 1, arbitrary: int(17, 40) }),
  how: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<PassFault['how']>('die before', 'die after') },
    { weight: 1, arbitrary: fc.constantFrom<PassFault['how']>('stall', 'half') },
    { weight: 3, arbitrary: fc.constantFrom<PassFault['how']>('lost', 'unanswered', 'torn', '500', '503') },
  ),
  retries: fc.constantFrom<0 | 1>(0, 1),
});
export const op = <T extends Op['op'], R>(name: T, fields: R) =>
  fc.record({ op: fc.constant(name), ...fields } as never) as unknown as fc.Arbitrary<Op>;
