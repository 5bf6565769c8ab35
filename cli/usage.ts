/** Explains in one line what is wrong with a command line, and what was probably meant. */
import type { Cli } from 'clipanion';
import { closest } from '../domain/closest.ts';

/** A command: its words as typed; the same with everything that must follow; and its options. */
type Known = { readonly words: string; readonly whole: string; readonly options: readonly string[] };

type Definitions = ReturnType<Cli['definitions']>;

/** The commands of a command line; each `path` begins with `program`, as it was started. */
const commandsOf = (definitions: Definitions, program: string): Known[] =>
  definitions
    .map(({ path, usage, options }) => ({
      words: path.slice(program.length).trim(),
      whole: [
        usage.slice(program.length).trim(),
        ...options.filter(({ required }) => required).map(({ definition }) => definition.replace('#0', '…')),
      ].join(' '),
      options: options.flatMap(({ definition }) => definition.split(' ', 1)[0]!.split(',')),
    }))
    .filter(({ words }) => words !== '');

const orList = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)!}`;

/** A command of one word, or the first of two, from the words before the first option. */
const commandFault = (line: readonly string[], known: readonly Known[], name: string): string => {
  const end = line.findIndex((word) => word.startsWith('-'));
  const [first = '', second = ''] = (end < 0 ? line : line.slice(0, end)).map((word) => word.replace(/^kt_.*/, 'kt_…'));
  const typed = second === '' ? first : `${first} ${second}`;
  const begun = known.filter(({ words }) => words.startsWith(`${first} `));
  const half = known.filter(
    ({ words }) => words === typed || (second === '' && begun.some((one) => one.words === words)),
  );
  if (half.length > 0)
    return (
      `${JSON.stringify(typed)} is not the whole command: did you mean ` +
      `${orList(half.map(({ whole }) => `\`${name} ${whole}\``))}?`
    );
  const all = known.map(({ words }) => words);
  const ofTwo = all.filter((words) => words.includes(' '));
  const meant = (second === '' ? null : closest(typed, ofTwo)) ?? closest(first, all);
  const asked = JSON.stringify(begun.length > 0 ? typed : first);
  return `there is no command ${asked}${meant === null ? '' : `: did you mean \`${name} ${meant}\`?`}`;
};

/**
 * Clipanion explains a mistake over several lines, the first of which says what is wrong; what was meant is added here.
 * `name` is the program's name in hints, `started` how it was started.
 */
export const usageFault = (
  error: unknown,
  line: readonly string[],
  definitions: Definitions,
  name: string,
  started: string,
): string => {
  const known = commandsOf(definitions, started);
  const [first = ''] = (error instanceof Error ? error.message : '').split('\n');
  // A key that was typed in the wrong place is not repeated: stderr may be a log.
  const message = first.replace(/=[^"]*(?="\))/, '').replace(/\bkt_[\w-]+/g, 'kt_…');
  if (/^command not found/i.test(message)) return commandFault(line, known, name);
  const what = message.replace(/;? did you mean( one of)?:?$/i, '').replace(/[.:;\s]+$/, '');
  const [, option] = /^(?:Unsupported|Invalid) option name \("(.*)"\)$/.exec(what) ?? [];
  if (option === undefined) return what;
  const command = known
    .filter(({ words }) => `${line.join(' ')} `.startsWith(`${words} `))
    .sort((a, b) => b.words.length - a.words.length)[0];
  const meant = closest(option, command?.options ?? []);
  return `${what}${meant === null ? '' : `: did you mean ${meant}?`}`;
};
