import type { Cursor } from './cursor.ts';

const CONTROLS: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/**
 * Reads an escape after its backslash, except classes and edges: returns a character, or the number of a group. Follows
 * Python's rules, by which unknown letters are errors.
 */
export const parseEscape = (cursor: Cursor, inClass: boolean): string | number => {
  const start = cursor.at - 1;
  const letter = cursor.text[cursor.at] ?? cursor.fail('it ends with a backslash', start);
  if (/[0-9]/.test(letter)) return digits(cursor, inClass);
  cursor.at++;
  if (Object.hasOwn(CONTROLS, letter)) return CONTROLS[letter]!;
  if (inClass && letter === 'b') return '\b';
  if (letter === 'x' || letter === 'u' || letter === 'U') return hexadecimal(cursor, letter);
  if (letter === 'N') cursor.fail('characters by name, \\N{…}, are not supported', start);
  return /[A-Za-z]/.test(letter) ? cursor.fail(`\\${letter} is no known escape`, start) : letter;
};

const HEX = { x: /^[0-9A-Fa-f]{2}/, u: /^[0-9A-Fa-f]{4}/, U: /^[0-9A-Fa-f]{8}/ };

/** `{…}` after `\x` and `\u`, as in Rust. */
const BRACED = /^\{[0-9A-Fa-f]{1,6}\}/;

/** aw-client writes a character above U+FFFF as two `\uXXXX`, which are one character here. */
const hexadecimal = (cursor: Cursor, letter: keyof typeof HEX): string => {
  const start = cursor.at - 2;
  const braced = letter === 'U' ? null : cursor.match(BRACED);
  const digits = braced?.[0].slice(1, -1) ?? cursor.match(HEX[letter])?.[0];
  const value = parseInt(digits ?? cursor.fail(`\\${letter} lacks hexadecimal digits`, start), 16);
  if (value > 0x10ffff) cursor.fail('there is no such character', start);
  if (letter === 'u' && !braced && value >= 0xd800 && value < 0xdc00) {
    const low = cursor.match(/^\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})/);
    if (low) return String.fromCharCode(value, parseInt(low[1]!, 16));
  }
  return String.fromCodePoint(value);
};

/** Octal if it begins with 0 or has three octal digits; else, outside a class, a reference to a group. */
const digits = (cursor: Cursor, inClass: boolean): string | number => {
  const start = cursor.at - 1;
  const octal = cursor.match(/^(?:0[0-7]{0,2}|[1-7][0-7]{2})/) ?? (inClass ? cursor.match(/^[0-7]{1,2}/) : null);
  if (octal) {
    const value = parseInt(octal[0], 8);
    return value > 0o377 ? cursor.fail('an octal escape goes up to \\377', start) : String.fromCharCode(value);
  }
  return inClass
    ? cursor.fail(`\\${cursor.text[cursor.at]} is no known escape`, start)
    : Number(cursor.match(/^[0-9]{1,2}/)![0]);
};
