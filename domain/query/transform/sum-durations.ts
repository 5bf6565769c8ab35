import { lengthOf, type Span } from './span.ts';

/**
 * Total seconds, with overlaps counted twice. Added up as whole microseconds, so that the order of the events makes no
 * difference.
 */
export const sumDurations = (spans: readonly Span[]): number => {
  let micros = 0;
  for (const span of spans) micros += lengthOf(span);
  return micros / 1e6;
};
