import { lengthOf, type Span } from './span.ts';

/** Longest first; equal durations keep their order (spec/query 3.11). */
export const sortByDuration = (spans: readonly Span[]): Span[] => [...spans].sort((a, b) => lengthOf(b) - lengthOf(a));
