import { styleText } from 'node:util';
import type { Writable } from 'node:stream';
import { hasColours } from '../../cli/terminal.ts';

type Colour = 'bold' | 'dim' | 'red' | 'yellow' | 'green';
export type Paint = (colour: Colour, text: string) => string;

/** Colours text for a terminal, unless `NO_COLOR` is set; elsewhere text stays plain. */
export const painter = (stream: Writable, env: Readonly<Record<string, string | undefined>>): Paint =>
  hasColours(stream, env) ? (colour, text) => styleText(colour, text) : (_, text) => text;
