import { PatternError } from './pattern.ts';

/** A position in a pattern that advances as it is read, character by character (a surrogate pair is one). */
export type Cursor = {
  readonly text: readonly string[];
  at: number;
  /** Moves past these characters, if they come next. */
  accept(word: string): boolean;
  /**
   * Moves past the next `close`, and returns the text before it. If there is none the error says that `what`, which
   * began at `start`, lacks it.
   */
  until(close: string, what: string, start: number): string;
  /** Moves past what matches from here, within the next 30 characters. */
  match(expression: RegExp): RegExpExecArray | null;
  /** Fails with a PatternError at this place, or at another. */
  fail(message: string, at?: number): never;
};

export const makeCursor = (source: string): Cursor => {
  const text = [...source];
  const cursor: Cursor = {
    text,
    at: 0,
    accept(word) {
      for (let i = 0; i < word.length; i++) if (text[cursor.at + i] !== word[i]) return false;
      cursor.at += word.length;
      return true;
    },
    until(close, what, start) {
      const end = text.indexOf(close, cursor.at);
      if (end < 0) cursor.fail(`${what} has no "${close}"`, start);
      const inner = text.slice(cursor.at, end).join('');
      cursor.at = end + 1;
      return inner;
    },
    match(expression) {
      const found = expression.exec(text.slice(cursor.at, cursor.at + 30).join(''));
      if (found) cursor.at += found[0].length;
      return found;
    },
    fail(message, at = cursor.at) {
      throw new PatternError(message, at + 1);
    },
  };
  return cursor;
};
