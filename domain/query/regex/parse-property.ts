import { short } from '../query-error.ts';
import type { Cursor } from './cursor.ts';

/** The general categories of characters, by their short names. */
const CATEGORIES = new Set(
  'C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs'.split(
    ' ',
  ),
);

/**
 * Reads `p{…}`, `P{…}` or `pL` after a backslash, and returns it as members of a class: `\p{Lu}`, `\P{Script=Han}`.
 * Null if something else is there. Categories go by their short names, scripts by any that JavaScript knows.
 */
export const parseProperty = (cursor: Cursor): string | null => {
  const start = cursor.at - 1;
  const letter = cursor.text[cursor.at];
  if (letter !== 'p' && letter !== 'P') return null;
  cursor.at++;
  const braces = cursor.accept('{');
  const name = braces ? cursor.until('}', 'a property', start) : (cursor.text[cursor.at++] ?? '');
  if (CATEGORIES.has(name)) return `\\${letter}{${name}}`;
  const script = braces ? /^(?:Script=|sc=)?([A-Z][A-Za-z_]+)$/.exec(name)?.[1] : undefined;
  if (script !== undefined && isScript(script)) return `\\${letter}{Script=${script}}`;
  return cursor.fail(`${JSON.stringify(short(name))} is no general category (like Lu) or script (like Han)`, start);
};

const isScript = (name: string): boolean => {
  try {
    return new RegExp(`\\p{Script=${name}}`, 'u').source !== '';
  } catch {
    return false;
  }
};
