import { QueryError, short, type Place } from '../query-error.ts';

export type Token = { readonly place: Place } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'punctuation'; readonly text: string }
  | { readonly kind: 'end' }
);

const BLANK = /\s+/y;
const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /[0-9]+(?:\.[0-9]*)?/y;
const PUNCTUATION = /==|[=+\-*/%()[\]{},:;]/y;

/**
 * Splits a program into tokens (spec/query 2.2), one per call, so that the tokens of a program of megabytes are never
 * all in memory. After the last one it returns `end`, again and again. Fails with a QueryParseException.
 */
export const makeLexer = (text: string): (() => Token) => {
  let offset = 0;
  let line = 1;
  let lineStart = 0;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = offset;
    const match = pattern.exec(text)?.[0] ?? null;
    if (match !== null) moveTo(offset + match.length);
    return match;
  };
  const moveTo = (target: number) => {
    for (; offset < target; offset++) {
      if (text[offset] !== '\n') continue;
      line++;
      lineStart = offset + 1;
    }
  };

  const skip = () => {
    while (take(BLANK) !== null || text[offset] === '#') {
      if (text[offset] !== '#') continue;
      const lineEnd = text.indexOf('\n', offset);
      moveTo(lineEnd < 0 ? text.length : lineEnd);
    }
  };

  return () => {
    skip();
    const place = { line, column: offset - lineStart + 1 };
    if (offset >= text.length) return { kind: 'end', place };
    const first = text[offset]!;
    if (first === '"' || first === "'") {
      const end = stringEnd(text, offset);
      if (end < 0) {
        const hint = text.endsWith(`\\${first}`)
          ? ` (the last quote is behind a backslash, and so does not close it)`
          : '';
        throw new QueryError(
          'QueryParseException',
          `this string is never closed: expected ${first} before the end${hint}`,
          place,
        );
      }
      const value = text.slice(offset + 1, end).replaceAll(`\\${first}`, first);
      moveTo(end + 1);
      return { kind: 'string', value, place };
    }
    const name = take(NAME);
    if (name !== null) return { kind: 'name', name, place };
    const digits = take(NUMBER);
    if (digits !== null) {
      const value = Number(digits);
      if (Number.isFinite(value)) return { kind: 'number', value, place };
      throw new QueryError('QueryParseException', 'this number is too large', place);
    }
    const punctuation = take(PUNCTUATION);
    if (punctuation !== null) return { kind: 'punctuation', text: punctuation, place };
    const character = String.fromCodePoint(text.codePointAt(offset)!);
    throw new QueryError(
      'QueryParseException',
      `${JSON.stringify(character)} has no meaning here, outside a string`,
      place,
    );
  };
};

/**
 * Where a string's closing quote is, or -1. A quote after a backslash never closes, whatever precedes the backslash:
 * clients depend on that, so no string can end with a backslash.
 */
const stringEnd = (text: string, start: number): number => {
  const quote = text[start]!;
  let end = text.indexOf(quote, start + 1);
  while (end >= 0 && text[end - 1] === '\\') end = text.indexOf(quote, end + 1);
  return end;
};

/** A token in an error: `"x"`, `end of the program`. */
export const describeToken = (token: Token): string => {
  if (token.kind === 'end') return 'the end of the program';
  if (token.kind === 'number') return `the number ${token.value}`;
  if (token.kind === 'name') return `the name ${short(token.name)}`;
  return token.kind === 'string' ? `the string ${short(JSON.stringify(token.value))}` : `"${token.text}"`;
};
