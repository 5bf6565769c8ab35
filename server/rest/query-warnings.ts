import type { Warnings } from '../../domain/query/warnings.ts';

const MOST_MESSAGES = 10;
const MOST_CHARACTERS = 100;
const MOST_BYTES = 2_000;

/**
 * The header with the warnings about an answer, which itself stays the array that clients expect; absent if there are
 * none. Its value is a list after RFC 8941: the number of warnings, and the text of the first ones (spec/query 2.8).
 */
export const warningHeaders = ({ count, first }: Warnings): Record<string, string> => {
  if (count === 0) return {};
  let value = String(count);
  for (const { message } of first.slice(0, MOST_MESSAGES)) {
    const item = `, ${quoted(message.slice(0, MOST_CHARACTERS))}`;
    if (value.length + item.length <= MOST_BYTES) value += item;
  }
  return { 'x-query-warnings': value };
};

/** A string of RFC 8941, which allows only printable ASCII: other UTF-16 units are escaped first. */
const quoted = (text: string): string => {
  const ascii = text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`;
};
