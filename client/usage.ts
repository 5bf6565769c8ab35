/** What is wrong with a command line, in one line, with what was probably meant. */
import type { Cli } from 'clipanion';
import { closest } from '../domain/closest.ts';

/** A command: its words, as they are typed, and its options. */
export type Known = { readonly words: string; readonly options: readonly string[] };

type Definitions = ReturnType<Cli['definitions']>;

/** The commands that a command line knows; each `path` begins with the name of the program. */
export const commandsOf = (definitions: Definitions, program: string): Known[] =>
  definitions.map(({ path, options }) => ({
    words: path.slice(program.length).trim(),
    options: options.flatMap(({ definition }) => definition.split(' ', 1)[0]!.split(',')),
  }));

const orList = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)!}`;

/** Of the words before the first option: a command of one word, or the first of two. */
const commandFault = (line: readonly string[], known: readonly Known[]): string => {
  const end = line.findIndex((word) => word.startsWith('-'));
  const [first = '', second = ''] = (end < 0 ? line : line.slice(0, end)).map((word) => word.replace(/^kt_.*/, 'kt_…'));
  const all = known.map(({ words }) => words).filter((words) => words !== '' && !words.startsWith('-'));
  const begun = all.filter((words) => words.startsWith(`${first} `));
  if (begun.length > 0 && second === '')
    return (
      `${JSON.stringify(first)} is not the whole command: did you mean ` +
      `${orList(begun.map((words) => `\`kt-client ${words}\``))}?`
    );
  const meant =
    (second === ''
      ? null
      : closest(
          `${first} ${second}`,
          all.filter((words) => words.includes(' ')),
        )) ?? closest(first, all);
  const asked = JSON.stringify(begun.length > 0 ? `${first} ${second}` : first);
  return `there is no command ${asked}${meant === null ? '' : `: did you mean \`kt-client ${meant}\`?`}`;
};

/**
 * Clipanion explains a fault over several lines, the first of which says what is wrong; what was meant is told here.
 */
export const usageFault = (error: unknown, line: readonly string[], known: readonly Known[]): string => {
  const [first = ''] = (error instanceof Error ? error.message : '').split('\n');
  // A key that slipped into the wrong place is not repeated: stderr may be a log.
  const message = first.replace(/=[^"]*(?="\))/, '').replace(/\bkt_[\w-]+/g, 'kt_…');
  if (/^command not found/i.test(message)) return commandFault(line, known);
  const what = message.replace(/;? did you mean( one of)?:?$/i, '').replace(/[.:;\s]+$/, '');
  const [, option] = /^(?:Unsupported|Invalid) option name \("(.*)"\)$/.exec(what) ?? [];
  if (option === undefined) return what;
  const command = known
    .filter(({ words }) => words !== '' && (line.join(' ') === words || line.join(' ').startsWith(`${words} `)))
    .sort((a, b) => b.words.length - a.words.length)[0];
  const meant = closest(option, command?.options ?? []);
  return `${what}${meant === null ? '' : `: did you mean ${meant}?`}`;
};
