import { QueryError, type Place } from '../query-error.ts';
import { describeToken, makeLexer, type Token } from './lexer.ts';

/** The tokens of a program, one at a time, with the checks that the rules of the grammar share. */
export type TokenCursor = {
  /** The next token, not taken yet. */
  token(): Token;
  advance(): void;
  isMark(mark: string): boolean;
  isWord(word: string): boolean;
  /** Takes this mark, if it comes next. */
  accept(mark: string): boolean;
  /** Does `work` one level deeper; fails beyond the limit. */
  nested<T>(place: Place, work: () => T): T;
  /** Fails with a QueryParseException. */
  fail(message: string, place: Place): never;
  /** Fails at the next token, with what should have been there. */
  expected(what: string): never;
};

export const makeTokenCursor = (text: string, mostDepth: number): TokenCursor => {
  const next = makeLexer(text);
  let token = next();
  let depth = 0;
  const fail = (message: string, place: Place): never => {
    throw new QueryError('QueryParseException', message, place);
  };
  const isMark = (mark: string) => token.kind === 'punctuation' && token.text === mark;
  const advance = (): void => void (token = next());
  return {
    token: () => token,
    advance,
    isMark,
    isWord: (word) => token.kind === 'name' && token.name === word,
    accept(mark) {
      const found = isMark(mark);
      if (found) advance();
      return found;
    },
    nested(place, work) {
      if (++depth > mostDepth) fail(`nested deeper than ${mostDepth} levels`, place);
      const result = work();
      depth--;
      return result;
    },
    fail,
    expected: (what) => fail(`expected ${what}, found ${describeToken(token)}`, token.place),
  };
};
