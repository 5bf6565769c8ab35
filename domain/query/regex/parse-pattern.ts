import { ANY, CLASSES, memberOf } from './character-class.ts';
import { makeCursor, type Cursor } from './cursor.ts';
import { makeGroups } from './groups.ts';
import { parseClass } from './parse-class.ts';
import { parseCount, type Count } from './parse-count.ts';
import { parseEscape } from './parse-escape.ts';
import { eitherOf, parseParenthesis, type Reading } from './parse-parenthesis.ts';
import { parseProperty } from './parse-property.ts';
import { PatternError, type Edge, type Pattern } from './pattern.ts';

const EDGES: Readonly<Record<string, Edge>> = { A: 'start', Z: 'end', z: 'end', b: 'word', B: 'notWord' };

/** Deepest nesting of groups, and so of recursion. */
const MOST_DEPTH = 200;
const MOST_LENGTH = 100_000;

/**
 * Reads a pattern in Python's dialect, with Rust's additions (spec/query 4). Fails with a PatternError that says where.
 */
export const parsePattern = (source: string, ignoreCase: boolean): Pattern => {
  if (source.length > MOST_LENGTH) throw new PatternError(`it is longer than ${MOST_LENGTH} characters`);
  const cursor = makeCursor(source);
  const groups = makeGroups(cursor);
  let depth = 0;
  const reading: Reading = {
    cursor,
    groups,
    flags: { ignoreCase, multiline: false, dotAll: false, verbose: false },
    options: (most = Infinity) => {
      if (++depth > MOST_DEPTH) cursor.fail(`it is nested deeper than ${MOST_DEPTH} groups`);
      const before = reading.flags;
      const options = [parseSequence(reading)];
      while (options.length < most && cursor.accept('|')) options.push(parseSequence(reading));
      reading.flags = before;
      depth--;
      return options;
    },
  };
  const pattern = eitherOf(reading.options());
  if (cursor.at < cursor.text.length) cursor.fail('there is a ")" too many');
  groups.check();
  return pattern;
};

const parseSequence = (reading: Reading): Pattern => {
  const { cursor } = reading;
  const items: Pattern[] = [];
  for (;;) {
    skip(cursor, reading.flags.verbose);
    const start = cursor.at;
    const next = cursor.text[start];
    if (next === undefined || next === '|' || next === ')') break;
    const item = parseAtom(reading);
    skip(cursor, reading.flags.verbose);
    const countAt = cursor.at;
    const count = parseCount(cursor);
    if (!count) {
      if (item) items.push(item);
      continue;
    }
    if (!item || (item.kind === 'edge' && next !== '(')) return cursor.fail('there is nothing to repeat', countAt);
    items.push(counted(item, count));
    skip(cursor, reading.flags.verbose);
    const again = cursor.at;
    if (parseCount(cursor)) cursor.fail('it repeats a repetition; put a group around the first', again);
  }
  return items.length === 1 ? items[0]! : { kind: 'sequence', items };
};

const counted = (item: Pattern, { least, most, lazy, possessive }: Count): Pattern => {
  const repeat: Pattern = { kind: 'repeat', item, least, most, lazy };
  return possessive ? { kind: 'atom', item: repeat } : repeat;
};

/** Moves past what has no meaning: `(?#…)`, and under `x` white space and comments to the end of their line. */
const skip = (cursor: Cursor, verbose: boolean): void => {
  for (;;) {
    const start = cursor.at;
    const character = cursor.text[start];
    if (cursor.accept('(?#')) {
      cursor.until(')', 'a comment', start);
    } else if (verbose && character === '#') {
      const end = cursor.text.indexOf('\n', start);
      cursor.at = end < 0 ? cursor.text.length : end + 1;
    } else if (verbose && character !== undefined && ' \t\n\r\f\v'.includes(character)) {
      cursor.at++;
    } else {
      return;
    }
  }
};

/** One item that can be repeated; null for flags, which match nothing themselves. */
const parseAtom = (reading: Reading): Pattern | null => {
  const { cursor, flags } = reading;
  const set = (members: string, negate = false): Pattern => ({
    kind: 'set',
    members,
    negate,
    ignoreCase: flags.ignoreCase,
  });
  const edge = (name: Edge): Pattern => ({ kind: 'edge', edge: name });
  const start = cursor.at;
  if (parseCount(cursor)) cursor.fail('there is nothing to repeat', start);
  const character = cursor.text[cursor.at++]!;
  if (character === '.') return flags.dotAll ? set(ANY) : set('\n', true);
  if (character === '^') return edge(flags.multiline ? 'lineStart' : 'start');
  if (character === '$') return edge(flags.multiline ? 'lineEnd' : 'last');
  if (character === '(') return parseParenthesis(reading);
  if (character === '[') {
    const { members, negate } = parseClass(cursor);
    return set(members, negate);
  }
  if (character !== '\\') return set(memberOf(character));
  const letter = cursor.text[cursor.at] ?? '';
  const property = parseProperty(cursor);
  if (property !== null) return set(property);
  if (Object.hasOwn(EDGES, letter) || Object.hasOwn(CLASSES, letter)) {
    cursor.at++;
    return Object.hasOwn(EDGES, letter) ? edge(EDGES[letter]!) : set(CLASSES[letter]!);
  }
  const escaped = parseEscape(cursor, false);
  if (typeof escaped === 'string') return set(memberOf(escaped));
  return { kind: 'again', index: escaped, ignoreCase: flags.ignoreCase, width: reading.groups.refer(escaped, start) };
};
