import type { Cursor } from './cursor.ts';

/** How often, and how: a `lazy` count tries few rounds first, a `possessive` one never gives up a round. */
export type Count = Bounds & { readonly lazy: boolean; readonly possessive: boolean };

/** Reads `*`, `+`, `?`, `{2}`, `{2,}`, `{,5}` or `{2,5}`, and a `?` (lazy) or `+` (possessive) right after it. */
export const parseCount = (cursor: Cursor): Count | null => {
  const count = sign(cursor) ?? braces(cursor);
  if (!count) return null;
  const lazy = cursor.accept('?');
  return { ...count, lazy, possessive: !lazy && cursor.accept('+') };
};

type Bounds = { readonly least: number; readonly most: number };

const sign = (cursor: Cursor): Bounds | null => {
  if (cursor.accept('*')) return { least: 0, most: Infinity };
  if (cursor.accept('+')) return { least: 1, most: Infinity };
  return cursor.accept('?') ? { least: 0, most: 1 } : null;
};

/** Braces that contain no count are plain characters. */
const braces = (cursor: Cursor): Bounds | null => {
  if (cursor.text[cursor.at] !== '{') return null;
  const start = cursor.at;
  const match = cursor.match(/^\{(?=[\d,])(\d*)(?:(,)(\d*))?\}/);
  if (!match) return null;
  const least = Number(match[1] || 0);
  const most = match[2] ? (match[3] ? Number(match[3]) : Infinity) : least;
  return most < least ? cursor.fail('the least count is above the most', start) : { least, most };
};
