import type { Cursor } from './cursor.ts';

/** What `(?imsx)` sets. */
export type Flags = {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly verbose: boolean;
};

const NAMES: Readonly<Record<string, keyof Flags>> = { i: 'ignoreCase', m: 'multiline', s: 'dotAll', x: 'verbose' };

/**
 * Reads the letters of `(?i)`, `(?s-i:`, up to but not including the `)` or `:`. `start` is where the parenthesis is.
 * `u` is the default; other flags that the servers know (`a`, `L`, `U`) are refused (spec/query 4).
 */
export const parseFlags = (cursor: Cursor, before: Flags, start: number): Flags => {
  let flags = before;
  let on = true;
  let letters = 0;
  for (; ; cursor.at++) {
    const letter = cursor.text[cursor.at] ?? cursor.fail('a "(" is never closed', start);
    if (letter === ')' || letter === ':') break;
    if (letter === '-' && on) {
      on = false;
      letters = 0;
      continue;
    }
    if (!Object.hasOwn(NAMES, letter) && !(letter === 'u' && on)) {
      cursor.fail(`the flag ${JSON.stringify(letter)} is not supported`);
    }
    letters++;
    if (letter !== 'u') flags = { ...flags, [NAMES[letter]!]: on };
  }
  return letters === 0 ? cursor.fail('a flag is missing') : flags;
};
