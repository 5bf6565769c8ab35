import { KtError } from '../../domain/errors.ts';
import { OBJECT_LIMITS } from './body.ts';

/**
 * Reads JSON that is too large to be held, piece by piece: the caller walks down to the lists that make it large, and
 * gets everything else as whole values. Only where a piece ends is found here; what it is, JSON.parse says, so that
 * values are those of any other body. (stream-json 1.9.1 was tried: 25 k events/s on a machine where this does 400 k,
 * and it loses a key `__proto__`.)
 *
 * Every call takes what begins at the next character that is no blank. Fails with `invalid` where the text is no JSON
 * or breaks off, `too_large` where a single piece has more than `limits.bytes` characters or more values or depth than
 * may be: both are found before it is built.
 */
export type JsonReader = {
  /** What begins here; nothing is taken. */
  kind(): Promise<'object' | 'array' | 'scalar'>;
  /**
   * The keys of the object that begins here. Before the next one is asked for, the value of the last must have been
   * taken.
   */
  members(): AsyncGenerator<string>;
  /** The elements of the array that begins here, as many at a time as have arrived. */
  elements(): AsyncGenerator<unknown[]>;
  /** The whole value. */
  value(): Promise<unknown>;
  /** Nothing but blanks may be left. */
  end(): Promise<void>;
};

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

const broken = (what: string) => new KtError('invalid', `the body is not JSON: ${what}`);

/** Bytes that are decoded at a time. What arrives in one piece would otherwise be text as a whole. */
const SLICE = 64 * 1024;

async function* sliced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks)
    for (let from = 0; from < chunk.byteLength; from += SLICE) yield chunk.subarray(from, from + SLICE);
}

export const makeJsonReader = (chunks: AsyncIterable<Uint8Array>, limits = OBJECT_LIMITS): JsonReader => {
  const source = sliced(chunks);
  // A BOM stays in the text, and is no JSON.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let at = 0;

  /** Brings more text in; what was taken goes. False at the end. */
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

  /**
   * The next character that is no blank, of those that have arrived; nothing is taken but blanks.
   * Empty where there is none.
   */
  const here = (): string => {
    while (at < text.length && isBlank(text.charCodeAt(at))) at++;
    return text[at] ?? '';
  };

  /** The same, and waits for it. Empty at the end. */
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

  // Where the search for the end of a piece stands: how far it got (from `at`), how deep, and
  // whether inside of a string.
  let searched = 0;
  let depth = 0;
  let quoted = false;
  // Brackets and commas in it: it has no more values than one beyond them.
  let marks = 0;

  const count = (): void => {
    if (++marks >= limits.values)
      throw new KtError('too_large', `a single event or field holds at most ${limits.values} values`);
  };

  /**
   * Where the piece that begins at `at` ends, or -1 when that has not arrived yet: the next call goes on from there.
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
    // A number may end with the text; anything else that did not end is for JSON.parse to refuse.
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
        // A key is a piece up to its closing quote, as any string is.
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
        // No promise per element, as long as whole ones are there.
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
