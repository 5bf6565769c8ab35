import { short } from '../query-error.ts';
import { ANY, CLASSES, memberOf } from './character-class.ts';
import { makeCursor } from './cursor.ts';
import { parseClass } from './parse-class.ts';
import { parseCount } from './parse-count.ts';
import { parseEscape } from './parse-escape.ts';
import { PatternError, widthOf, type Edge, type Pattern } from './pattern.ts';

type Flags = { readonly ignoreCase: boolean; readonly multiline: boolean; readonly dotAll: boolean };
const FLAG_NAMES: Readonly<Record<string, keyof Flags | null>> = { i: 'ignoreCase', m: 'multiline', s: 'dotAll', u: null };
const EDGES: Readonly<Record<string, Edge>> = { A: 'start', Z: 'end', b: 'word', B: 'notWord' };

/** Groups within groups; recursion goes as deep. */
const MOST_DEPTH = 200;
const MOST_LENGTH = 100_000;

/**
 * Reads a pattern in Python's dialect. Fails with a PatternError that says where. What only newer Pythons know (possessive and
 * atomic groups, conditions, named characters, verbose mode) is refused (aw-query.md section 4).
 */
export const parsePattern = (source: string, ignoreCase: boolean): Pattern => {
  if (source.length > MOST_LENGTH) throw new PatternError(`it is longer than ${MOST_LENGTH} characters`);
  const cursor = makeCursor(source);
  const { text } = cursor;
  const names = new Map<string, number>();
  const open = new Set<number>();
  let groups = 0;
  let depth = 0;
  let flags: Flags = { ignoreCase, multiline: false, dotAll: false };

  const set = (members: string, negate = false): Pattern => ({ kind: 'set', members, negate, ignoreCase: flags.ignoreCase });
  const edge = (name: Edge): Pattern => ({ kind: 'edge', edge: name });

  const either = (): Pattern => {
    if (++depth > MOST_DEPTH) cursor.fail(`it is nested deeper than ${MOST_DEPTH} groups`);
    const before = flags;
    const options = [sequence()];
    while (cursor.accept('|')) options.push(sequence());
    flags = before;
    depth--;
    return options.length === 1 ? options[0]! : { kind: 'either', options };
  };

  const sequence = (): Pattern => {
    const items: Pattern[] = [];
    while (cursor.at < text.length && text[cursor.at] !== '|' && text[cursor.at] !== ')') {
      const start = cursor.at;
      const item = atom();
      const count = parseCount(cursor);
      if (count && (!item || (item.kind === 'edge' && text[start] !== '('))) cursor.fail('there is nothing to repeat', start);
      if (count && parseCount(cursor)) cursor.fail('it repeats a repetition; put a group around the first');
      if (item) items.push(count ? { kind: 'repeat', item, ...count } : item);
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  };

  /** One thing that can be repeated; null for what leaves nothing to match: flags and comments. */
  const atom = (): Pattern | null => {
    const start = cursor.at;
    if (parseCount(cursor)) cursor.fail('there is nothing to repeat', start);
    const character = text[cursor.at++]!;
    if (character === '.') return flags.dotAll ? set(ANY) : set('\n', true);
    if (character === '^') return edge(flags.multiline ? 'lineStart' : 'start');
    if (character === '$') return edge(flags.multiline ? 'lineEnd' : 'last');
    if (character === '(') return parenthesis();
    if (character === '\\') return escape();
    if (character !== '[') return set(memberOf(character));
    const { members, negate } = parseClass(cursor);
    return set(members, negate);
  };

  const escape = (): Pattern => {
    const letter = text[cursor.at] ?? '';
    if (Object.hasOwn(EDGES, letter) || Object.hasOwn(CLASSES, letter)) {
      cursor.at++;
      return Object.hasOwn(EDGES, letter) ? edge(EDGES[letter]!) : set(CLASSES[letter]!);
    }
    const escaped = parseEscape(cursor, false);
    return typeof escaped === 'number' ? again(escaped) : set(memberOf(escaped));
  };

  const parenthesis = (): Pattern | null => {
    const start = cursor.at - 1;
    const closed = (inner: Pattern): Pattern => (cursor.accept(')') ? inner : cursor.fail('a "(" is never closed', start));
    if (!cursor.accept('?')) return closed(group(null));
    if (cursor.accept('#')) {
      cursor.until(')', 'a comment');
      return null;
    }
    if (cursor.accept(':')) return closed(either());
    if (cursor.accept('=')) return closed(look(false, false));
    if (cursor.accept('!')) return closed(look(false, true));
    if (cursor.accept('<=')) return closed(look(true, false));
    if (cursor.accept('<!')) return closed(look(true, true));
    if (cursor.accept('P=')) {
      const name = cursor.until(')', 'a reference');
      return again(names.get(name) ?? cursor.fail(`there is no group ${short(name)}`, start));
    }
    if (cursor.accept('P<') || cursor.accept('<')) return closed(group(newName(cursor.until('>', 'the name of a group'))));
    if (cursor.accept('>')) cursor.fail('atomic groups are not supported', start);
    if (cursor.accept('(')) cursor.fail('conditions are not supported', start);
    return flagGroup(closed);
  };

  const newName = (name: string): string => {
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) cursor.fail(`${JSON.stringify(short(name))} is no name for a group`);
    return names.has(name) ? cursor.fail(`there are two groups ${short(name)}`) : name;
  };

  const group = (name: string | null): Pattern => {
    const index = ++groups;
    if (name !== null) names.set(name, index);
    open.add(index);
    const item = either();
    open.delete(index);
    return { kind: 'group', item, index };
  };

  const again = (index: number): Pattern => {
    if (index > groups) cursor.fail(`there is no group ${index}`);
    if (open.has(index)) cursor.fail(`group ${index} is not complete yet`);
    return { kind: 'again', index, ignoreCase: flags.ignoreCase };
  };

  const look = (behind: boolean, negate: boolean): Pattern => {
    const item = either();
    const { least, most } = widthOf(item);
    if (behind && least !== most) cursor.fail('a look-behind must have one fixed length');
    return { kind: 'look', item, behind, negate };
  };

  /** `(?i)` for the rest of the group, `(?i:…)` and `(?-i:…)` for what they enclose. */
  const flagGroup = (closed: (inner: Pattern) => Pattern): Pattern | null => {
    const before = flags;
    let on = true;
    for (; text[cursor.at] !== ')' && text[cursor.at] !== ':'; cursor.at++) {
      const letter = text[cursor.at] ?? cursor.fail('a "(" is never closed');
      const name = FLAG_NAMES[letter];
      if (letter === '-' && on) on = false;
      else if (name === undefined) cursor.fail(`the flag ${JSON.stringify(letter)} is not supported`);
      else if (name) flags = { ...flags, [name]: on };
    }
    if (cursor.accept(')')) return null;
    cursor.at++;
    const item = closed(either());
    flags = before;
    return item;
  };

  const pattern = either();
  if (cursor.at < text.length) cursor.fail('there is a ")" too many');
  return pattern;
};
