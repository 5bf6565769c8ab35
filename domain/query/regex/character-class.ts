/**
 * Sets of characters, written in the syntax common to RE2 and JavaScript's `u` flag: raw characters, ranges, `\p{…}`
 * and escaped ASCII punctuation. Only scripts are written as in JavaScript, `\p{Script=Han}`.
 */

/** A character as a member of a class, or outside one in RE2. */
export const memberOf = (character: string): string =>
  /[\^$.*+?()[\]{}|/\\-]/.test(character) ? `\\${character}` : character;

const range = (from: number, to: number): string =>
  `${memberOf(String.fromCodePoint(from))}-${memberOf(String.fromCodePoint(to))}`;

/** Python's white space, by code point: the first and the last of each range. */
const BLANKS: readonly (readonly [number, number])[] = [
  [0x09, 0x0d],
  [0x1c, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

const between = (stretches: typeof BLANKS): string =>
  [...stretches, [0x110000, 0x110000] as const]
    .map(([from], i) => range((stretches[i - 1]?.[1] ?? -1) + 1, from - 1))
    .join('');

/**
 * Connecting punctuation except `_`, which counts as part of words: U+203F, U+2040, U+2054, U+FE33, U+FE34,
 * U+FE4D–FE4F, U+FF3F.
 */
const CONNECTORS = '\u203f\u2040\u2054\ufe33\ufe34\ufe4d-\ufe4f\uff3f';

/** The classes that Python's letters stand for in Unicode mode. */
export const CLASSES: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: '\\p{L}\\p{N}_',
  W: `\\p{M}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}\\p{S}\\p{Z}\\p{C}${CONNECTORS}`,
  s: BLANKS.map(([from, to]) => range(from, to)).join(''),
  S: between(BLANKS),
};

/** Any character at all: `.` in `(?s)`. */
export const ANY = range(0, 0x10ffff);

/**
 * A class as a test of one character. Ignoring case, `\P{Lu}` is the complement of `\p{Lu}` for RE2 and Rust;
 * JavaScript differs, so such members are tested one by one.
 */
export const makeMembership = (
  members: string,
  negate: boolean,
  ignoreCase: boolean,
): ((codePoint: number) => boolean) => {
  const flags = ignoreCase ? 'iu' : 'u';
  const asked = ignoreCase ? [...members.matchAll(/\\P(\{[^}]*\})/g)] : [];
  const complements = asked.map(([, name]) => new RegExp(`^\\p${name}$`, flags));
  const others = complements.length === 0 ? members : members.replace(/\\P\{[^}]*\}/g, '');
  const expression = new RegExp(`^[${others}]$`, flags);
  const known = new Map<number, boolean>();
  return (codePoint) => {
    let is = known.get(codePoint);
    if (is === undefined) {
      const character = String.fromCodePoint(codePoint);
      is = (expression.test(character) || complements.some((property) => !property.test(character))) !== negate;
      known.set(codePoint, is);
    }
    return is;
  };
};
