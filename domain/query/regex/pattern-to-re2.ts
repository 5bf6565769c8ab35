import { ANY, memberOf } from './character-class.ts';
import type { Pattern } from './pattern.ts';

/** RE2's largest count. */
const MOST_REPEATS = 1000;

/**
 * A pattern in RE2's syntax, or null if RE2 can't express it: look-around, references, conditions, atoms, counts above
 * 1000, and a `$` that is not at the end. `\b` is RE2's own, which is right only for ASCII text.
 */
export const patternToRe2 = (pattern: Pattern): string | null => {
  try {
    return write(pattern, { ignoring: false, last: true, wider: false });
  } catch (error) {
    if (error === NOT_IN_RE2) return null;
    throw error;
  }
};

/**
 * A pattern in RE2's syntax that finds everything this one finds, and maybe more: what RE2 can't express is left out.
 * If it finds nothing, our own slower search is not needed; most texts match no rule.
 */
export const patternToWiderRe2 = (pattern: Pattern): string =>
  write(pattern, { ignoring: false, last: true, wider: true });

const NOT_IN_RE2 = new Error('not in RE2');

/** `ignoring`: case is already ignored around it. `last`: nothing follows, so a `$` may take a final line break. */
type Around = { readonly ignoring: boolean; readonly last: boolean; readonly wider: boolean };

const write = (pattern: Pattern, around: Around): string => {
  const { ignoring, last, wider } = around;
  /** Something RE2 can't express, and what replaces it in a wider pattern. */
  const beyond = (instead: string): string => {
    if (wider) return instead;
    throw NOT_IN_RE2;
  };
  switch (pattern.kind) {
    case 'set': {
      const { negate, ignoreCase } = pattern;
      const members = pattern.members.replace(/\\([pP])\{Script=(\w+)\}/g, '\\$1{$2}');
      const set = !negate && isSingle(members) ? members : `[${negate ? '^' : ''}${members}]`;
      return ignoreCase === ignoring ? set : `(?${ignoreCase ? 'i' : '-i'}:${set})`;
    }
    case 'sequence':
      return writeAll(pattern.items, around);
    case 'either':
      return `(?:${pattern.options.map((option) => write(option, around)).join('|')})`;
    case 'repeat': {
      const { item, least, most } = pattern;
      const inner = `(?:${write(item, { ...around, last: false })})`;
      const above = least > MOST_REPEATS || (most !== Infinity && most > MOST_REPEATS);
      return above ? beyond(`${inner}${least > 0 ? '+' : '*'}`) : `${inner}{${least},${most === Infinity ? '' : most}}`;
    }
    case 'group':
      return `(?:${write(pattern.item, around)})`;
    case 'atom':
      // Whatever the first way finds, some way finds.
      return beyond(wider ? `(?:${write(pattern.item, around)})` : '');
    case 'condition':
      return beyond(wider ? `(?:${write(pattern.yes, around)}|${write(pattern.no, around)})` : '');
    case 'edge':
      if (pattern.edge === 'last' && !last) return beyond('');
      return wider && (pattern.edge === 'word' || pattern.edge === 'notWord') ? '' : EDGES[pattern.edge];
    case 'look':
      return beyond('');
    case 'again':
      return beyond(`[${ANY}]*`);
  }
};

const EDGES = {
  start: '\\A',
  lineStart: '(?m:^)',
  end: '\\z',
  last: '(?:\\n?\\z)',
  lineEnd: '(?m:$)',
  word: '\\b',
  notWord: '\\B',
};

/**
 * Items one after the other. Those that ignore case share one `(?i:…)`: RE2 finds a word faster than single letters.
 */
const writeAll = (items: readonly Pattern[], { ignoring, last, wider }: Around): string => {
  let out = '';
  for (let i = 0; i < items.length; ) {
    const other = differs(items[i]!, ignoring);
    let stretch = '';
    for (; i < items.length && differs(items[i]!, ignoring) === other; i++) {
      stretch += write(items[i]!, {
        ignoring: other ? !ignoring : ignoring,
        last: last && i === items.length - 1,
        wider,
      });
    }
    out += other ? `(?${ignoring ? '-i' : 'i'}:${stretch})` : stretch;
  }
  return out;
};

const differs = (item: Pattern, ignoring: boolean): boolean => item.kind === 'set' && item.ignoreCase !== ignoring;

/** One character, escaped or not, rather than a class of several. */
const isSingle = (members: string): boolean => {
  const character = members.startsWith('\\') ? members.slice(1) : members;
  return memberOf(character) === members && [...character].length === 1;
};
