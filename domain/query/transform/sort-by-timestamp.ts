import type { Span } from './span.ts';

/** Oldest first; equal starts keep their order (spec/query 3.11). */
export const sortByTimestamp = (spans: readonly Span[]): Span[] => [...spans].sort((a, b) => a.start - b.start);
