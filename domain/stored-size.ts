/**
 * How many bytes a JSON value takes once stored: as text written by PostgreSQL for jsonb. Every reader gets that, and
 * it can be sixty times what was sent: `1e308` comes back as 309 digits. Counting stops soon after `most`, so a hostile
 * value costs no more than a large one.
 */
export const storedBytes = (value: unknown, most = Infinity): number => {
  if (typeof value === 'string') return stringBytes(value);
  if (typeof value === 'number') return numberBytes(value);
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (typeof value !== 'object' || value === null) return 4;
  // Brackets, and ", " between any two.
  let bytes = 2;
  if (Array.isArray(value)) {
    bytes += Math.max(0, value.length - 1) * 2;
    for (let i = 0; i < value.length && bytes <= most; i++) bytes += storedBytes(value[i], most - bytes);
    return bytes;
  }
  const keys = Object.keys(value);
  bytes += Math.max(0, keys.length - 1) * 2;
  for (let i = 0; i < keys.length && bytes <= most; i++) {
    const key = keys[i]!;
    bytes += stringBytes(key) + 2 + storedBytes((value as { [key: string]: unknown })[key], most - bytes);
  }
  return bytes;
};

/** The same for the data of many events: once for an object that several of them share. */
export const makeBytesOf = (most = Infinity): ((value: unknown) => number) => {
  const known = new Map<unknown, number>();
  return (value) => {
    let bytes = known.get(value);
    if (bytes === undefined) known.set(value, (bytes = storedBytes(value, most)));
    return bytes;
  };
};

/** Characters that storage escapes take DLE and four digits, and DLE itself is written as six characters. */
const ESCAPED = 10;

/** Anything but ASCII that is written as it is. */
const UNUSUAL = /[^ !#-[\]-~]/;
/** From this length on it is worth to search for the first unusual character: 1 ms a MB, where the loop takes 4. */
const LONG = 200;

/** A string with its quotes, in UTF-8. */
const stringBytes = (text: string): number => {
  const plain = text.length < LONG ? 0 : text.search(UNUSUAL);
  if (plain < 0) return text.length + 2;
  let bytes = 2 + plain;
  for (let i = plain; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) {
      if (unit < 0x800) bytes += 2;
      else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
      else if (unit < 0xdc00 && isLow(text.charCodeAt(i + 1))) {
        bytes += 4;
        i++;
      } else bytes += ESCAPED;
    } else if (unit >= 0x20) bytes += unit === 0x22 || unit === 0x5c ? 2 : 1;
    else if (unit === 0 || unit === 0x10) bytes += ESCAPED;
    // \b \t \n \f \r have short escapes, the others are \u00XX.
    else bytes += unit >= 8 && unit <= 13 && unit !== 11 ? 2 : 6;
  }
  return bytes;
};

const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** A number without an exponent, which numeric never writes. */
const numberBytes = (value: number): number => {
  const text = Object.is(value, -0) ? '0' : String(value);
  const at = text.indexOf('e');
  if (at < 0) return text.length;
  const sign = value < 0 ? 1 : 0;
  const digits = text.slice(sign, at).replace('.', '').length;
  const exponent = Number(text.slice(at + 1));
  // "0." and the zeros before the digits, or the zeros after them: a number with an exponent has fewer than 21 digits.
  return sign + (exponent < 0 ? 1 - exponent + digits : Math.max(exponent + 1, digits));
};
