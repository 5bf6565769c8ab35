/** Titles that break programs which were never shown any: workload W8. */

const LONG = 10_240;

/** Each takes a number, so that there are many of each kind. */
const KINDS: readonly ((number: number) => string)[] = [
  (n) => `a NUL \u0000 in the middle ${n}`,
  (n) => `half a pair \ud83d of surrogates ${n}`,
  (n) => `the other half \ude00${n}`,
  (n) => `${'ten kilobytes '.repeat(LONG / 14)}${n}`,
  (n) => `\u202eright to left\u202c ${n}`,
  (n) => `עברית وعربي ${n}`,
  (n) => `👩🏽‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 ${n}`,
  (n) => `e\u0301 and é ${n}`,
  (n) => `\\u0000 "quoted" \\ and\nlines\tand tabs\r${n}`,
  (n) => `'; drop table events; -- ${n}`,
  (n) => `<script>alert(${n})</script>`,
  (n) => `\ufeff\u200b\u2028\u2029${n}`,
  (n) => `__proto__ constructor ${n}`,
  () => '',
];

/** The title of this number. */
export const hostileTitle = (number: number): string =>
  KINDS[number % KINDS.length]!(Math.floor(number / KINDS.length));
