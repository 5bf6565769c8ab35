import { KtError } from '../../domain/errors.ts';

/** How much JSON a request may hold: `depth` levels of nested containers, `values` of any kind, containers included. */
export type JsonLimits = { readonly depth: number; readonly values: number };

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Checks the size of JSON text before it is parsed, piece by piece as it arrives: 100 MB of `[{},{},…` became 5.6 GB of
 * objects, and `[[[[…` as many. One pass over the bytes that builds nothing takes 3 ms a megabyte, where JSON.parse
 * takes 10; over 31 MB at once it stopped the thread for a tenth of a second. Text that is not JSON may pass; the
 * parser rejects it, and reads no more values before that than were counted here. Duplicate members count each.
 *
 * What it returns fails with `too_large`, and names the limit.
 */
export const makeShapeCheck = (limits: JsonLimits): ((piece: Uint8Array) => void) => {
  const tooLarge = (limit: number, what: string) => new KtError('too_large', what, { limit });
  const tooMany = () =>
    tooLarge(limits.values, `the JSON of one request holds at most ${limits.values} values: send it in parts`);
  const tooDeep = () => tooLarge(limits.depth, `JSON is nested at most ${limits.depth} deep: send it flatter`);
  let depth = 0;
  let values = 1;
  // Right after an opening bracket: next comes a first value, or the end of an empty container.
  let opened = false;
  let quoted = false;
  // Whether the piece before ended with a backslash, so that the first byte of the next is what it escapes.
  let escaped = false;
  return (bytes) => {
    let i = 0;
    /** Goes on behind the string's end, or to the end of the piece. */
    const skipString = (): void => {
      if (escaped) i++;
      for (; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
      quoted = i >= bytes.length;
      escaped = i > bytes.length;
    };
    if (bytes.length === 0) return;
    if (quoted) {
      skipString();
      i++;
    }
    for (; i < bytes.length; i++) {
      const code = bytes[i]!;
      if (code <= 0x20) continue;
      if (opened) {
        opened = false;
        if (code !== CLOSE_ARRAY && code !== CLOSE_OBJECT && ++values > limits.values) throw tooMany();
      }
      if (code === QUOTE) {
        i++;
        skipString();
      } else if (code === COMMA) {
        if (++values > limits.values) throw tooMany();
      } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
        if (++depth > limits.depth) throw tooDeep();
        opened = true;
      } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) depth--;
    }
  };
};
