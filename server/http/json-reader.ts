import { KtError } from '../../domain/errors.ts';
import { OBJECT_LIMITS } from './body.ts';

/**
 * Reads JSON that is too large for memory, piece by piece: the caller walks down to the large lists, and gets
 * everything else as complete values. This code only finds where a piece ends; JSON.parse reads it, so values are the
 * same as from any other body. (stream-json 1.9.1 was tried: 25 k events/s on a machine where this does 400 k, and it
 * loses a key `__proto__`.)
 *
 * Every call starts at the next character that is not a blank. Fails with `invalid` where the text is not JSON or is
 * cut off, and `too_large` when a single piece has more than `limits.bytes` characters or more values or depth than
 * allowed: both are checked before the piece is built.
 */
export type JsonReader = {
  /** The first character of what comes next; does not consume it. */
  kind(): Promise<'object' | 'array' | 'scalar'>;
  /**
   * The keys of the object that starts here. The value of each key must be consumed before the next key is requested.
   */
  members(): AsyncGenerator<string>;
  /** The elements of the array that starts here, in batches of as many as have arrived. */
  elements(): AsyncGenerator<unknown[]>;
  /** The whole value that starts here. */
  value(): Promise<unknown>;
  /** Fails unless only blanks are left. */
  end(): Promise<void>;
};

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

const broken = (what: string) => new KtError('invalid', `the body is not JSON: ${what}`);

/** Bytes decoded at a time: a chunk of any size would otherwise become text as a whole. */
const SLICE = 64 * 1024;

async function* sliced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks)
    for (let from = 0; from < chunk.byteLength; from += SLICE) yield chunk.subarray(from, from + SLICE);
}

export const makeJsonReader = (chunks: AsyncIterable<Uint8Array>, limits = OBJECT_LIMITS): JsonReader => {
  const source = sliced(chunks);
  // A BOM stays in the text, and is rejected as it is not JSON.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let at = 0;

  /** Reads more text, and drops what was consumed. False at the end. */
  const fill = async (): Promise<boolean> => {
    const { done, value } = await source.next();
    let more: string;
    try {
      more = done ? decoder.decode() : decoder.decode(value, { stream: true });
    } catch {
      throw broken('it must be UTF-8');
    }
    text = text.slice(at) + more;
    at = 0;
    if (text.length > limits.bytes)
      throw new KtError('too_large', `a single event or field has at most ${limits.bytes} characters`);
    return !done;
  };

  /** The next character that is not a blank, if it has arrived; else empty. Consumes only blanks. */
  const here = (): string => {
    while (at < text.length && isBlank(text.charCodeAt(at))) at++;
    return text[at] ?? '';
  };

  /** The same, but waits for it. Empty at the end of the text. */
  const peek = async (): Promise<string> => {
    let char = here();
    while (char === '' && (await fill())) char = here();
    return char;
  };

  const take = async (char: string): Promise<void> => {
    if ((await peek()) !== char)
      throw broken(
        at < text.length ? `"${char}" is missing before ${JSON.stringify(text.slice(at, at + 20))}` : 'it breaks off',
      );
    at++;
  };

  // State of the search for the end of a piece: how far it got (from `at`), the nesting depth, and whether it is
  // inside of a string.
  let searched = 0;
  let depth = 0;
  let quoted = false;
  // Brackets and commas in the piece: it has at most one value more than these.
  let marks = 0;

  const count = (): void => {
    if (++marks >= limits.values)
      throw new KtError('too_large', `a single event or field holds at most ${limits.values} values`);
  };

  /**
   * Where the piece that starts at `at` ends, or -1 when its end has not arrived yet: the next call continues from
   * there.
   */
  const pieceEnd = (): number => {
    for (let i = at + searched; i < text.length; i++) {
      const code = text.charCodeAt(i);
      let ends = -1;
      if (quoted) {
        if (code === BACKSLASH) i++;
        else if (code === QUOTE) {
          quoted = false;
          if (depth === 0) ends = i + 1;
        }
      } else if (code === QUOTE) quoted = true;
      else if (OPENING.has(code)) {
        count();
        if (++depth > limits.depth)
          throw new KtError('invalid', `the body is nested deeper than ${limits.depth} levels`);
      } else if (CLOSING.has(code)) {
        if (depth <= 1) ends = depth === 0 ? i : i + 1;
        depth--;
      } else if (depth === 0 && (code === COMMA || isBlank(code))) ends = i;
      else if (code === COMMA) count();
      if (ends >= 0) {
        searched = 0;
        depth = 0;
        marks = 0;
        return ends;
      }
      searched = i + 1 - at;
    }
    return -1;
  };

  const parse = (end: number): unknown => {
    const piece = text.slice(at, end);
    at = end;
    try {
      return JSON.parse(piece);
    } catch {
      throw broken(`${JSON.stringify(piece.length > 60 ? `${piece.slice(0, 60)}…` : piece)} is none`);
    }
  };

  const value = async (): Promise<unknown> => {
    if ((await peek()) === '') throw broken('it breaks off');
    let end = pieceEnd();
    while (end < 0 && (await fill())) end = pieceEnd();
    // A number may end with the text; any other incomplete piece is left for JSON.parse to reject.
    if (end < 0) {
      [searched, depth, quoted, marks] = [0, 0, false, 0];
      end = text.length;
    }
    return parse(end);
  };

  return {
    kind: async () => {
      const char = await peek();
      if (char === '') throw broken('it is empty or breaks off');
      return char === '{' ? 'object' : char === '[' ? 'array' : 'scalar';
    },

    async *members() {
      await take('{');
      if ((await peek()) === '}') return void at++;
      for (;;) {
        if ((await peek()) !== '"') throw broken('a key is missing');
        // A key is a piece up to its closing quote, like any string.
        const key = (await value()) as string;
        await take(':');
        yield key;
        if ((await peek()) !== ',') return take('}');
        at++;
      }
    },

    async *elements() {
      await take('[');
      if ((await peek()) === ']') return void at++;
      let found: unknown[] = [];
      for (;;) {
        let end = pieceEnd();
        if (end < 0 && found.length > 0) {
          yield found;
          found = [];
        }
        while (end < 0 && (await fill())) end = pieceEnd();
        if (end < 0) throw broken('it breaks off');
        found.push(parse(end));
        // Complete elements that have arrived are taken without a promise for each.
        const next = here() || (await peek());
        if (next === ',') at++;
        else {
          if (next !== ']') await take(']');
          at++;
          return yield found;
        }
        if (here() === '') await peek();
      }
    },

    value,

    end: async () => {
      if ((await peek()) !== '')
        throw broken(`there is something behind it: ${JSON.stringify(text.slice(at, at + 20))}`);
    },
  };
};
