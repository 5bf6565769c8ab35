import { KtError } from '../../domain/errors.ts';
import { PIECE_LIMITS } from './body.ts';
import { isBlank, makePieceSearch } from './json-piece.ts';

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
  /**
   * The elements of the array that starts here, in batches of as many as have arrived. `read` makes of each text what
   * JSON.parse does, or knows better what to do with it; what it throws means that the text is no JSON.
   */
  elements(read?: (piece: string) => unknown): AsyncGenerator<unknown[]>;
  /** The whole value that starts here. */
  value(): Promise<unknown>;
  /** Fails unless only blanks are left. */
  end(): Promise<void>;
};

const broken = (what: string) => new KtError('invalid', `the body is not JSON: ${what}`);

/** Bytes decoded at a time: a chunk of any size would otherwise become text as a whole. */
const SLICE = 64 * 1024;

async function* sliced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks)
    for (let from = 0; from < chunk.byteLength; from += SLICE) yield chunk.subarray(from, from + SLICE);
}

export const makeJsonReader = (chunks: AsyncIterable<Uint8Array>, limits = PIECE_LIMITS): JsonReader => {
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

  const { pieceEnd, giveUp } = makePieceSearch(limits);

  const parse = (end: number, read: (piece: string) => unknown = JSON.parse): unknown => {
    const piece = text.slice(at, end);
    at = end;
    try {
      return read(piece);
    } catch {
      throw broken(`${JSON.stringify(piece.length > 60 ? `${piece.slice(0, 60)}…` : piece)} is none`);
    }
  };

  const value = async (): Promise<unknown> => {
    if ((await peek()) === '') throw broken('it breaks off');
    let end = pieceEnd(text, at);
    while (end < 0 && (await fill())) end = pieceEnd(text, at);
    // A number may end with the text; any other incomplete piece is left for JSON.parse to reject.
    if (end < 0) {
      giveUp();
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

    async *elements(read) {
      await take('[');
      if ((await peek()) === ']') return void at++;
      let found: unknown[] = [];
      for (;;) {
        let end = pieceEnd(text, at);
        if (end < 0 && found.length > 0) {
          yield found;
          found = [];
        }
        while (end < 0 && (await fill())) end = pieceEnd(text, at);
        if (end < 0) throw broken('it breaks off');
        found.push(parse(end, read));
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
