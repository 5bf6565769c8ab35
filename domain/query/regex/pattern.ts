/**
 * A pattern as a tree, in the dialect of Python's `re` in Unicode mode (aw-query.md section 4). Only "found or not" is ever asked,
 * so there is no lazy and greedy, and a group that no back-reference names is none.
 */
export type Pattern =
  /** Exactly one character: what stands between the brackets of a class, in a spelling that RE2 and JavaScript (`u`) both read. */
  | { readonly kind: 'set'; readonly members: string; readonly negate: boolean; readonly ignoreCase: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'either'; readonly options: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly item: Pattern; readonly least: number; readonly most: number }
  | { readonly kind: 'group'; readonly item: Pattern; readonly index: number }
  | { readonly kind: 'edge'; readonly edge: Edge }
  | { readonly kind: 'look'; readonly item: Pattern; readonly behind: boolean; readonly negate: boolean }
  /** The same text again that a group matched. */
  | { readonly kind: 'again'; readonly index: number; readonly ignoreCase: boolean };

/** `last` is Python's `$`: the end, or before a final line break. */
export type Edge = 'start' | 'lineStart' | 'end' | 'last' | 'lineEnd' | 'word' | 'notWord';

/** Why a pattern does not compile, or can't be searched for. The caller adds whose pattern it is. */
export class PatternError extends Error {}

/** Does any part of a pattern pass the test? */
export const somePart = (pattern: Pattern, test: (part: Pattern) => boolean): boolean => {
  if (test(pattern)) return true;
  if (pattern.kind === 'sequence') return pattern.items.some((item) => somePart(item, test));
  if (pattern.kind === 'either') return pattern.options.some((option) => somePart(option, test));
  return 'item' in pattern && somePart(pattern.item, test);
};

/** How many steps a pattern is when its counted repetitions are written out: what it costs to compile, and per character to search. */
export const sizeOf = (pattern: Pattern): number => {
  switch (pattern.kind) {
    case 'sequence':
      return pattern.items.reduce((sum, item) => sum + sizeOf(item), 0);
    case 'either':
      return pattern.options.reduce((sum, option) => sum + sizeOf(option) + 2, 0);
    case 'repeat':
      return 2 + (sizeOf(pattern.item) + 1) * (pattern.most === Infinity ? pattern.least + 1 : pattern.most);
    case 'group':
    case 'look':
      return sizeOf(pattern.item) + 2;
    default:
      return 1;
  }
};

/** The least and the most characters that a pattern takes up. */
export const widthOf = (pattern: Pattern): { least: number; most: number } => {
  switch (pattern.kind) {
    case 'set':
      return { least: 1, most: 1 };
    case 'sequence': {
      const widths = pattern.items.map(widthOf);
      return { least: widths.reduce((sum, { least }) => sum + least, 0), most: widths.reduce((sum, { most }) => sum + most, 0) };
    }
    case 'either':
      return pattern.options
        .map(widthOf)
        .reduce((a, b) => ({ least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) }));
    case 'repeat': {
      const { least, most } = widthOf(pattern.item);
      return { least: least * pattern.least, most: most === 0 ? 0 : most * pattern.most };
    }
    case 'group':
      return widthOf(pattern.item);
    case 'again':
      return { least: 0, most: Infinity };
    default:
      return { least: 0, most: 0 };
  }
};
