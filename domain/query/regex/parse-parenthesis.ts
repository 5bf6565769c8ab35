import type { Cursor } from './cursor.ts';
import type { Groups } from './groups.ts';
import { parseFlags, type Flags } from './parse-flags.ts';
import { widthOf, type Pattern } from './pattern.ts';

/** The state of reading a pattern: position, flags, and how to read the inside of a parenthesis. */
export type Reading = {
  readonly cursor: Cursor;
  readonly groups: Groups;
  flags: Flags;
  /** Reads options up to a `)`, the end, or the next `|` once there are `most`. Flags set inside end with them. */
  options(most?: number): readonly Pattern[];
};

/** Syntax of the servers' engines, or of others, that spec/query 4 refuses, by what follows `(?`. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['|', 'groups that share a number (?|…) are not supported'],
  ["'", "names in quotes (?'…') are not supported; write (?P<name>…)"],
  ['R', 'recursion is not supported'],
  ['&', 'recursion is not supported'],
  ['P>', 'recursion is not supported'],
];

export const eitherOf = (options: readonly Pattern[]): Pattern =>
  options.length === 1 ? options[0]! : { kind: 'either', options };

/** Reads what begins with a `(`, already taken; null for flags, which match nothing themselves. */
export const parseParenthesis = (reading: Reading): Pattern | null => {
  const { cursor, groups } = reading;
  const start = cursor.at - 1;
  const close = (): void => {
    if (!cursor.accept(')')) cursor.fail('a "(" is never closed', start);
  };
  const inner = (): Pattern => {
    const pattern = eitherOf(reading.options());
    close();
    return pattern;
  };
  const group = (name: string | null): Pattern => {
    const index = groups.open(name, start);
    const item = inner();
    groups.close(index, widthOf(item));
    return { kind: 'group', item, index };
  };
  const look = (behind: boolean, negate: boolean): Pattern => {
    const item = behind ? groups.behind(inner) : inner();
    const { least, most } = widthOf(item);
    if (behind && least !== most) cursor.fail('a look-behind must have one fixed length', start);
    return { kind: 'look', item, behind, negate };
  };
  const again = (name: string): Pattern => {
    const index = groups.named(name, start);
    return { kind: 'again', index, ignoreCase: reading.flags.ignoreCase, width: groups.refer(index, start) };
  };
  const condition = (): Pattern => {
    const asked = cursor.until(')', 'a condition', start);
    const index = /^[0-9]+$/.test(asked) ? Number(asked) : groups.named(asked, start);
    groups.ask(index, start);
    const [yes, no = nothing, third] = reading.options(3);
    if (third) cursor.fail('a condition has two branches, not three', start);
    close();
    return { kind: 'condition', index, yes: yes!, no };
  };

  if (!cursor.accept('?')) return group(null);
  if (cursor.accept(':')) return inner();
  if (cursor.accept('=')) return look(false, false);
  if (cursor.accept('!')) return look(false, true);
  if (cursor.accept('<=')) return look(true, false);
  if (cursor.accept('<!')) return look(true, true);
  if (cursor.accept('>')) return { kind: 'atom', item: inner() };
  if (cursor.accept('(')) return condition();
  if (cursor.accept('P=')) return again(cursor.until(')', 'a reference', start));
  if (cursor.accept('P<') || cursor.accept('<')) return group(cursor.until('>', 'the name of a group', start));
  for (const [sign, why] of REFUSED) if (cursor.accept(sign)) cursor.fail(why, start);

  const before = reading.flags;
  const flags = parseFlags(cursor, before, start);
  const enclosing = cursor.accept(':');
  if (!enclosing) cursor.at++;
  reading.flags = flags;
  if (!enclosing) return null;
  const item = inner();
  reading.flags = before;
  return item;
};

const nothing: Pattern = { kind: 'sequence', items: [] };
