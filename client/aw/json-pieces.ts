/**
 * Splits the text of a JSON array or object into its pieces when the text as a whole is invalid: Python prints `NaN`,
 * which no JSON parser accepts, and one such row would hide all others. Only brackets and strings decide where a piece
 * ends, so a broken piece does not affect the others. One pass over the text, without recursion; pieces are returned as
 * text.
 */
import { isJsonObject, type JsonObject } from '../../domain/data.ts';

const CLOSES: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
/** No aw-server nests this deep. Hostile text that does can't be split, and the caller gets null. */
const MAX_DEPTH = 100_000;
const BLANK = /[ \t\r\n]*/y;

const afterBlanks = (text: string, at: number): number => {
  BLANK.lastIndex = at;
  BLANK.exec(text);
  return BLANK.lastIndex;
};

/** Where the string that begins at `at` ends; null if it does not end. */
const afterString = (text: string, at: number): number | null => {
  for (let i = at + 1; ; ) {
    const quote = text.indexOf('"', i);
    if (quote < 0) return null;
    let escapes = 0;
    while (text[quote - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return quote + 1;
    i = quote + 1;
  }
};

/**
 * Where the piece that begins at `at` ends: at the comma after it, or at the closing bracket. Null if brackets don't
 * match.
 */
const endOfPiece = (text: string, at: number): number | null => {
  const MARKS = /["[\]{},]/g;
  MARKS.lastIndex = at;
  const open: string[] = [];
  for (let match = MARKS.exec(text); match !== null; match = MARKS.exec(text)) {
    const [mark] = match;
    if (mark === '"') {
      const end = afterString(text, match.index);
      if (end === null) return null;
      MARKS.lastIndex = end;
    } else if (mark in CLOSES) {
      if (open.length >= MAX_DEPTH) return null;
      open.push(CLOSES[mark]!);
    } else if (mark === ',') {
      if (open.length === 0) return match.index;
    } else {
      if (open.length === 0) return match.index;
      if (open.pop() !== mark) return null;
    }
  }
  return null;
};

/** The pieces from `at` up to the closing `close`; null if they can't be told apart. */
const piecesFrom = (text: string, at: number, close: string): string[] | null => {
  const pieces: string[] = [];
  for (let from = at; ; ) {
    const end = endOfPiece(text, from);
    if (end === null || (text[end] !== ',' && text[end] !== close)) return null;
    pieces.push(text.slice(from, end));
    if (text[end] === close) return afterBlanks(text, end + 1) === text.length ? pieces : null;
    from = end + 1;
  }
};

/**
 * The pieces of an array's or an object's text (`open` says which). Null for anything else, and if brackets or quotes
 * are too broken to tell the pieces apart: nothing is guessed.
 */
export const jsonPieces = (text: string, open: '[' | '{'): string[] | null => {
  const at = afterBlanks(text, 0);
  if (text[at] !== open) return null;
  const pieces = piecesFrom(text, at + 1, CLOSES[open]!);
  return pieces?.length === 1 && pieces[0]!.trim() === '' ? [] : pieces;
};

/** A piece's value; undefined if it is not JSON. */
const valueOf = (piece: string): unknown => {
  try {
    return JSON.parse(piece);
  } catch {
    return undefined;
  }
};

/** A member's key and the text of its value; null if it has no key. */
const memberOf = (piece: string): [key: string, value: string] | null => {
  const at = afterBlanks(piece, 0);
  const end = piece[at] === '"' ? afterString(piece, at) : null;
  const colon = end === null ? -1 : afterBlanks(piece, end);
  const key = end === null || piece[colon] !== ':' ? undefined : valueOf(piece.slice(at, end));
  return typeof key === 'string' ? [key, piece.slice(colon + 1)] : null;
};

/** An object's members, each converted by `read`; undefined leaves one out. Null if the text is not an object. */
const members = (text: string, read: (value: string) => unknown): JsonObject | null => {
  const pieces = jsonPieces(text, '{');
  if (pieces === null) return null;
  const found = pieces.flatMap((piece): [string, unknown][] => {
    const member = memberOf(piece);
    const value = member && read(member[1]);
    return member && value !== undefined ? [[member[0], value]] : [];
  });
  return Object.fromEntries(found);
};

/** A row of an answer: its value; or, if it is not JSON, the reason and those of its members that can be read. */
export type Row = { readonly value: unknown } | { readonly broken: JsonObject; readonly reason: string };

const rowOf = (piece: string): Row => {
  const value = valueOf(piece);
  if (value !== undefined) return { value };
  const why = /\b(?:NaN|Infinity)\b/.test(piece)
    ? 'it contains NaN or Infinity, which JSON does not have'
    : 'it is no JSON';
  return { broken: members(piece, valueOf) ?? {}, reason: why };
};

/** The rows of an array's text, in order; null for anything else. */
export const rowsOf = (text: string): Row[] | null => {
  const whole = valueOf(text);
  if (whole === undefined) return jsonPieces(text, '[')?.map(rowOf) ?? null;
  return Array.isArray(whole) ? whole.map((value) => ({ value })) : null;
};

/** An answer that is a single row. */
export const singleRow = rowOf;

/**
 * The members of an object's text; a member that is not JSON becomes an object of what can be read of it. Null for
 * anything else.
 */
export const membersOf = (text: string): JsonObject | null => {
  const whole = valueOf(text);
  if (whole !== undefined) return isJsonObject(whole) ? whole : null;
  return members(text, (value) => {
    const row = rowOf(value);
    return 'value' in row ? row.value : row.broken;
  });
};
