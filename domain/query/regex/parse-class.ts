import { CLASSES, memberOf } from './character-class.ts';
import type { Cursor } from './cursor.ts';
import { parseEscape } from './parse-escape.ts';
import { parseProperty } from './parse-property.ts';

/** Reads a class after its `[`. A `]` that comes first is a member, and so are `[`, `&&` and `[:` anywhere. */
export const parseClass = (cursor: Cursor): { members: string; negate: boolean } => {
  const start = cursor.at - 1;
  const negate = cursor.accept('^');
  let members = '';
  for (let first = true; first || cursor.text[cursor.at] !== ']'; first = false) {
    const from = parseMember(cursor, start);
    if (cursor.text[cursor.at] !== '-' || cursor.text[cursor.at + 1] === ']') {
      members += from.members;
      continue;
    }
    cursor.at++;
    const to = parseMember(cursor, start);
    if (from.character === null || to.character === null) cursor.fail('a range goes from one character to another');
    if (from.character.codePointAt(0)! > to.character.codePointAt(0)!) cursor.fail('a range goes backwards');
    members += `${from.members}-${to.members}`;
  }
  cursor.at++;
  return { members, negate };
};

const parseMember = (cursor: Cursor, start: number): { members: string; character: string | null } => {
  const character = cursor.text[cursor.at] ?? cursor.fail('a "[" is never closed', start);
  cursor.at++;
  if (character !== '\\') return { members: memberOf(character), character };
  const letter = cursor.text[cursor.at] ?? '';
  const property = parseProperty(cursor);
  if (property !== null) return { members: property, character: null };
  if (Object.hasOwn(CLASSES, letter)) {
    cursor.at++;
    return { members: CLASSES[letter]!, character: null };
  }
  const escaped = String(parseEscape(cursor, true));
  return { members: memberOf(escaped), character: escaped };
};
