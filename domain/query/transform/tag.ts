import type { JsonObject } from '../../data.ts';
import { oncePerData } from './once-per-data.ts';
import { withData, type Span } from './span.ts';

/** A tag and what gets it. */
export type Tag = { readonly name: string; readonly matches: (data: JsonObject) => boolean };

/**
 * Sets `$tags` to the names of all tags that match, in the order of `tags`, repeated ones repeated.
 *
 *   in    [vim, main.rs][web, news]
 *   out   [code, rust  ][]
 *
 * Each tag is asked once per distinct data (spec/query 3.17).
 */
export const tag = (spans: readonly Span[], tags: readonly Tag[]): Span[] => {
  const decided = oncePerData((data) => ({
    ...data,
    $tags: tags.filter((each) => each.matches(data)).map((each) => each.name),
  }));
  return spans.map((span) => withData(span, decided(span.data)));
};
