import { styleText } from 'node:util';
import type { Writable } from 'node:stream';

type Colour = 'bold' | 'dim' | 'red' | 'yellow' | 'green';
export type Paint = (colour: Colour, text: string) => string;

export const isTerminal = (stream: Writable): boolean => (stream as Writable & { isTTY?: boolean }).isTTY === true;

/** Colours text for a terminal, unless `NO_COLOR` is set; elsewhere it stays as it is. */
export const painter = (stream: Writable, env: Readonly<Record<string, string | undefined>>): Paint =>
  isTerminal(stream) && !env['NO_COLOR'] ? (colour, text) => styleText(colour, text) : (_, text) => text;

/**
 * Text from elsewhere on one line and without control characters: a bucket id must not move the cursor of a terminal.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
export const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();

/** Lines with their columns aligned; the last column is left as it is. */
export const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
};
