import type { Span } from './span.ts';

/**
 * The lists one after the other, nothing sorted or removed (spec/query 3.11).
 *
 *   in    [a][b]   [a][c]
 *   out   [a][b][a][c]
 */
export const concat = (lists: readonly (readonly Span[])[]): Span[] => {
  const out: Span[] = [];
  // One by one: `push(...list)` and `concat(...lists)` put a long list on the stack, and `flat()` is ten times slower.
  for (const list of lists) for (const span of list) out.push(span);
  return out;
};
