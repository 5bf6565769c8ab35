/** What both programs know about the terminal, or the file, that they write to. */
import type { Writable } from 'node:stream';

/** Whether a person reads what is written there. */
export const isTerminal = (stream: Writable): boolean => (stream as Writable & { isTTY?: boolean }).isTTY === true;

/** Whether to colour what is written there. */
export const hasColours = (stream: Writable, env: Readonly<Record<string, string | undefined>>): boolean =>
  isTerminal(stream) && !env['NO_COLOR'];

/** Text from elsewhere, on one line and without control characters: a bucket id must not move the terminal's cursor. */
export const plain = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
