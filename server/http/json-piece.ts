import { KtError } from '../../domain/errors.ts';
import type { JsonLimits } from './json-shape.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
export const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Finds where a piece of JSON ends, however its text arrives. */
export type PieceSearch = {
  /**
   * Where the piece that starts at `at` ends, or -1 when its end is not in `text` yet: the next call, with more text
   * behind the same piece, continues from there. Fails with `too_large` and `invalid` (nesting).
   */
  pieceEnd(text: string, at: number): number;
  /** Forgets a piece whose end did not arrive. */
  giveUp(): void;
};

export const makePieceSearch = (limits: JsonLimits): PieceSearch => {
  // State of the search for the end of a piece: how far it got (from `at`), the nesting depth, and whether it is
  // inside of a string.
  let searched = 0;
  let depth = 0;
  let quoted = false;
  // Brackets and commas in the piece: it has at most one value more than these.
  let marks = 0;

  const reset = (): void => {
    searched = 0;
    depth = 0;
    quoted = false;
    marks = 0;
  };
  const count = (): void => {
    if (++marks >= limits.values)
      throw new KtError('too_large', `a single event or field holds at most ${limits.values} values`);
  };

  /** Where the string ends in which `from` lies, and which starts at or behind `at`; -1 when it goes on. */
  const stringEnd = (text: string, at: number, from: number): number => {
    for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
      let before = quote - 1;
      while (before >= at && text.charCodeAt(before) === BACKSLASH) before--;
      if ((quote - before) % 2 === 1) return quote + 1;
    }
    return -1;
  };

  const pieceEnd = (text: string, at: number): number => {
    for (let i = at + searched; i < text.length; i++) {
      const code = text.charCodeAt(i);
      let ends = -1;
      if (quoted || code === QUOTE) {
        // Most of a piece is strings, and the engine's own search is faster than ours.
        const end = stringEnd(text, at, quoted ? i : i + 1);
        quoted = end < 0;
        searched = (quoted ? text.length : end) - at;
        if (quoted) return -1;
        i = end - 1;
        if (depth === 0) ends = end;
      } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
        count();
        if (++depth > limits.depth)
          throw new KtError('invalid', `the body is nested deeper than ${limits.depth} levels`);
      } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
        if (depth <= 1) ends = depth === 0 ? i : i + 1;
        depth--;
      } else if (depth === 0 && (code === COMMA || isBlank(code))) ends = i;
      else if (code === COMMA) count();
      if (ends >= 0) {
        reset();
        return ends;
      }
      searched = i + 1 - at;
    }
    return -1;
  };

  return { pieceEnd, giveUp: reset };
};
