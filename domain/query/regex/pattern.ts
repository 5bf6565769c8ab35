/**
 * A pattern as a tree, in the dialect of Python's `re` in Unicode mode (spec/query 4). Only "found or not" is asked:
 * greedy or lazy, and the order of options, matter only within an atom, and a group that nothing refers to is left out.
 */
export type Pattern =
  /** Exactly one character: the inside of a class, written in the syntax common to RE2 and JavaScript (`u`). */
  | { readonly kind: 'set'; readonly members: string; readonly negate: boolean; readonly ignoreCase: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'either'; readonly options: readonly Pattern[] }
  | {
      readonly kind: 'repeat';
      readonly item: Pattern;
      readonly least: number;
      readonly most: number;
      readonly lazy: boolean;
    }
  /** The first way the item matches, and no other: an atomic group, or a possessive count. */
  | { readonly kind: 'atom'; readonly item: Pattern }
  | { readonly kind: 'group'; readonly item: Pattern; readonly index: number }
  | { readonly kind: 'edge'; readonly edge: Edge }
  | { readonly kind: 'look'; readonly item: Pattern; readonly behind: boolean; readonly negate: boolean }
  /** The same text that a group matched before; `width` is the group's. */
  | { readonly kind: 'again'; readonly index: number; readonly ignoreCase: boolean; readonly width: Width }
  /** `yes` if a group has taken part in the match, else `no`. */
  | { readonly kind: 'condition'; readonly index: number; readonly yes: Pattern; readonly no: Pattern };

/** The fewest and the most characters that a pattern matches. */
export type Width = { readonly least: number; readonly most: number };

/** `last` is Python's `$`: the end, or before a final line break. */
export type Edge = 'start' | 'lineStart' | 'end' | 'last' | 'lineEnd' | 'word' | 'notWord';

/** Why a pattern can't be used, and where in it: a character, from 1. The caller adds which pattern it is. */
export class PatternError extends Error {
  readonly position: number | null;

  constructor(reason: string, position: number | null = null) {
    super(reason);
    this.position = position;
  }
}

/** The direct parts of a pattern. */
const partsOf = (pattern: Pattern): readonly Pattern[] => {
  if (pattern.kind === 'sequence') return pattern.items;
  if (pattern.kind === 'either') return pattern.options;
  if (pattern.kind === 'condition') return [pattern.yes, pattern.no];
  return 'item' in pattern ? [pattern.item] : [];
};

/** Does any part of a pattern pass the test? */
export const somePart = (pattern: Pattern, test: (part: Pattern) => boolean): boolean =>
  test(pattern) || partsOf(pattern).some((part) => somePart(part, test));

/**
 * How many steps a pattern has with its counted repetitions written out: the cost to compile it, and to search per
 * character.
 */
export const sizeOf = (pattern: Pattern): number => {
  const sum = partsOf(pattern).reduce((all, part) => all + sizeOf(part), 0);
  switch (pattern.kind) {
    case 'sequence':
      return sum;
    case 'either':
      return sum + 2 * pattern.options.length;
    case 'repeat': {
      const rounds = pattern.most === Infinity ? pattern.least + 1 : pattern.most;
      return 2 + (sum + (pattern.lazy ? 2 : 1)) * rounds;
    }
    case 'condition':
      return sum + 3;
    default:
      return 'item' in pattern ? sum + 2 : 1;
  }
};

export const widthOf = (pattern: Pattern): Width => {
  switch (pattern.kind) {
    case 'set':
      return { least: 1, most: 1 };
    case 'sequence': {
      const widths = pattern.items.map(widthOf);
      return {
        least: widths.reduce((sum, { least }) => sum + least, 0),
        most: widths.reduce((sum, { most }) => sum + most, 0),
      };
    }
    case 'either':
    case 'condition':
      return partsOf(pattern)
        .map(widthOf)
        .reduce((a, b) => ({ least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) }));
    case 'repeat': {
      const { least, most } = widthOf(pattern.item);
      return { least: least * pattern.least, most: most === 0 ? 0 : most * pattern.most };
    }
    case 'group':
    case 'atom':
      return widthOf(pattern.item);
    case 'again':
      return pattern.width;
    default:
      return { least: 0, most: 0 };
  }
};

/**
 * The same pattern without atoms that nothing follows: nothing could make them try another way. `Notepad++` and
 * `C++|Visual Studio`, which users often write, become `Notepad+` and `C+|Visual Studio`.
 */
export const withoutIdleAtoms = (pattern: Pattern, last = true): Pattern => {
  switch (pattern.kind) {
    case 'sequence': {
      const { items } = pattern;
      return { ...pattern, items: items.map((item, i) => withoutIdleAtoms(item, last && i === items.length - 1)) };
    }
    case 'either':
      return { ...pattern, options: pattern.options.map((option) => withoutIdleAtoms(option, last)) };
    case 'condition':
      return { ...pattern, yes: withoutIdleAtoms(pattern.yes, last), no: withoutIdleAtoms(pattern.no, last) };
    case 'group':
      return { ...pattern, item: withoutIdleAtoms(pattern.item, last) };
    case 'repeat':
      return { ...pattern, item: withoutIdleAtoms(pattern.item, false) };
    case 'look':
    case 'atom': {
      // Nothing follows inside it either: the first way is the one taken.
      const item = withoutIdleAtoms(pattern.item, true);
      return pattern.kind === 'atom' && last ? item : { ...pattern, item };
    }
    default:
      return pattern;
  }
};
