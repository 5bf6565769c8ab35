import type { Warnings } from '../../domain/query/warnings.ts';

const MOST_MESSAGES = 10;
const MOST_CHARACTERS = 100;
const MOST_BYTES = 2_000;

/**
 * The header that tells of warnings beside an answer, which stays the array that clients expect; none where there are
 * none. Its value is a list after RFC 8941: how many there are, and what the first ones say (spec/query 2.8).
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

/** A string of RFC 8941, which has printable ASCII only: other UTF-16 units are written as escapes before. */
const quoted = (text: string): string => {
  const ascii = text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`;
};
