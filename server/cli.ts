import { Writable } from 'node:stream';
import { Builtins, Cli, type BaseContext } from 'clipanion';
import { closest } from '../domain/closest.ts';
import { ConfigPrintCommand } from './commands/config/print.ts';
import { GenerateKeyCommand } from './commands/generate-key.ts';
import { KeysListCommand } from './commands/keys/list.ts';
import { KeysRevokeCommand } from './commands/keys/revoke.ts';
import { ServeCommand } from './commands/serve.ts';
import { TrashEmptyCommand } from './commands/trash/empty.ts';
import { TrashListCommand } from './commands/trash/list.ts';
import { TrashRestoreCommand } from './commands/trash/restore.ts';
import { UsersListCommand } from './commands/users/list.ts';

type UsageError = Error & { readonly candidates?: readonly { readonly usage: string }[] };

/** What is wrong with a command line, in one line: of clipanion's several the first often only asks "did you mean". */
const usageFault = ({ message, candidates = [] }: UsageError, word: string, commands: readonly string[]): string => {
  const [first = ''] = message.split('\n');
  if (!first.startsWith('Command not found')) return first;
  const usages = candidates.map(({ usage }) => usage.replace(/ \[[^\]]*\]/g, '').replace(/<(--\S+) #0>/g, '$1 …'));
  const meant = usages.filter((usage) => usage.startsWith(`kt-server ${word} `));
  return meant.length > 0
    ? `that is not the whole command: ${meant.join(', or ')}`
    : `there is no command ${JSON.stringify(word)}${orMeant(closest(word, commands))}`;
};

const orMeant = (meant: string | null): string => (meant === null ? '' : `: did you mean \`kt-server ${meant}\`?`);

/** The commands by their words, without the program's name. */
const commandsOf = (cli: Cli): string[] =>
  cli
    .definitions()
    .map(({ path }) => path.split(' ').slice(1).join(' '))
    .filter((words) => /^\w/.test(words));

const COMMANDS = [
  Builtins.HelpCommand,
  Builtins.VersionCommand,
  ServeCommand,
  GenerateKeyCommand,
  KeysListCommand,
  KeysRevokeCommand,
  UsersListCommand,
  TrashListCommand,
  TrashRestoreCommand,
  TrashEmptyCommand,
  ConfigPrintCommand,
];

/** A stream that passes help on: clipanion calls every value `#0`, and pads for it. */
const helpStream = (stdout: Writable): Writable =>
  new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      stdout.write(
        String(text)
          .replace(/#0(?=[\]>])/g, '…')
          .replace(/#0/g, '… '),
      );
      done();
    },
  });

/**
 * kt-server's command line. Returns the exit code: 0; 1 where it ran and was refused; 2 where it was
 * used or configured wrongly.
 */
export const runServerCli = async (argv: readonly string[], context: BaseContext): Promise<number> => {
  const enableColors = 'isTTY' in context.stdout && context.stdout.isTTY === true && !context.env['NO_COLOR'];
  const cli = new Cli<BaseContext>({
    binaryLabel: 'kt-server',
    binaryName: 'kt-server',
    binaryVersion: '0.1.0',
    enableColors,
  });
  for (const command of COMMANDS) cli.register(command);
  // `serve` is the default, but not by clipanion's own means: then --help would show it alone.
  const first = argv[0];
  const args =
    first === undefined || (first.startsWith('-') && !['--help', '-h', '--version', '-v'].includes(first))
      ? ['serve', ...argv]
      : [...argv];
  const isHelp = args.includes('--help') || args.includes('-h');
  const own = isHelp ? { ...context, stdout: helpStream(context.stdout) } : context;
  let command: ReturnType<typeof cli.process>;
  try {
    command = cli.process(args, own);
  } catch (error) {
    // clipanion would print this on stdout and end with 1.
    context.stderr.write(
      `kt-server: ${usageFault(error as UsageError, args[0]!, commandsOf(cli))} (see "kt-server --help")\n`,
    );
    return 2;
  }
  return cli.run(command, own);
};
