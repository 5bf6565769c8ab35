import type { JsonObject } from '../data.ts';
import { oncePerData } from './once-per-data.ts';
import { withData, type Span } from './span.ts';

/** A category, from the root down, and what belongs to it. */
export type Category = { readonly name: readonly string[]; readonly matches: (data: JsonObject) => boolean };

/**
 * Sets `$category` to the deepest category that matches, the later one among equals.
 *
 *   in    [vim, main.rs][web, news]
 *   out   [Work > Code ][Uncategorized]
 *
 * Each category is asked once per distinct data (aw-query.md 3.16).
 */
export const categorize = (spans: readonly Span[], categories: readonly Category[]): Span[] => {
  const decided = oncePerData((data) => {
    let name: readonly string[] = ['Uncategorized'];
    for (const category of categories) {
      // Asked last: what could not win need not be searched for.
      if (category.name.length >= name.length && category.matches(data)) name = category.name;
    }
    return { ...data, $category: name };
  });
  return spans.map((span) => withData(span, decided(span.data)));
};
