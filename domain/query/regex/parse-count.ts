import type { Cursor } from './cursor.ts';

export type Count = { readonly least: number; readonly most: number };

/** Reads `*`, `+`, `?`, `{2}`, `{2,}`, `{,5}` or `{2,5}`, and a `?` behind them for "lazy", which makes no difference here. */
export const parseCount = (cursor: Cursor): Count | null => {
  const count = sign(cursor) ?? braces(cursor);
  if (count && !cursor.accept('?') && cursor.text[cursor.at] === '+') cursor.fail('possessive repetition is not supported');
  return count;
};

const sign = (cursor: Cursor): Count | null => {
  if (cursor.accept('*')) return { least: 0, most: Infinity };
  if (cursor.accept('+')) return { least: 1, most: Infinity };
  return cursor.accept('?') ? { least: 0, most: 1 } : null;
};

/** Braces that hold no count are plain characters. */
const braces = (cursor: Cursor): Count | null => {
  if (cursor.text[cursor.at] !== '{') return null;
  const match = cursor.match(/^\{(?=[\d,])(\d*)(?:(,)(\d*))?\}/);
  if (!match) return null;
  const least = Number(match[1] || 0);
  const most = match[2] ? (match[3] ? Number(match[3]) : Infinity) : least;
  return most < least ? cursor.fail('the least count is above the most') : { least, most };
};
