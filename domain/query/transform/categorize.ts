import type { JsonObject } from '../../data.ts';
import { oncePerData } from './once-per-data.ts';
import { withData, type Span } from './span.ts';

/** A category's name from the root down, what belongs to it, and its rank among others that match as well. */
export type Category = {
  readonly name: readonly string[];
  readonly rank: number;
  readonly matches: (data: JsonObject) => boolean;
};

/** The rank of a category that was given none: ranks of 10 per level leave room in between. */
export const rankOfDepth = (name: readonly string[]): number => 10 * name.length;

/**
 * Sets `$category` to the category of the highest rank that matches, the later one among equals; one without a name
 * never wins.
 *
 *   in    [vim, main.rs][web, news]
 *   out   [Work > Code ][Uncategorized]
 *
 * Each category is asked once per distinct data, and none after the one that wins (spec/query 3.16).
 */
export const categorize = (spans: readonly Span[], categories: readonly Category[]): Span[] => {
  const best = categories.filter(({ name }) => name.length > 0).reverse();
  // Stable: among equal ranks the later one stays first.
  best.sort((a, b) => b.rank - a.rank);
  const decided = oncePerData((data) => {
    const category = best.find(({ matches }) => matches(data));
    return { ...data, $category: category?.name ?? ['Uncategorized'] };
  });
  return spans.map((span) => withData(span, decided(span.data)));
};
