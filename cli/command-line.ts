/** Runs a clipanion command line as both programs do: with our exit codes, and one line on stderr for an error. */
import { Writable } from 'node:stream';
import { Builtins, Cli, type BaseContext, type Command, type CommandClass } from 'clipanion';
import { hasColours, plain } from './terminal.ts';
import { usageFault } from './usage.ts';

/** A program with several commands. */
export type Program<Context extends BaseContext> = {
  readonly name: string;
  /** How it was started: its help shows this. */
  readonly started: string;
  readonly version: string;
  /** Its own commands; help and version are added. */
  readonly commands: readonly CommandClass<Context>[];
  /** The command to run if none is named. */
  readonly byDefault: string;
  /** Turns a command's error into one line for a person: what happened and what to do; never a stack, never a key. */
  explain(error: unknown): string;
  /** Whether an error is a mistake in how the program was used or set up. */
  isUsage(error: unknown): boolean;
};

const ABOUT_ITSELF = new Set(['--help', '-h', '--version', '-v']);

/**
 * The command line, with the default command if none is named. clipanion has a way to declare a default, but would then
 * show only that command's help.
 */
const withCommand = (argv: readonly string[], byDefault: string): string[] => {
  const [first] = argv;
  const isNamed = first !== undefined && (!first.startsWith('-') || ABOUT_ITSELF.has(first));
  return isNamed ? [...argv] : [byDefault, ...argv];
};

/** A stream that rewrites help in nicer words: clipanion calls every value `#0`, and pads for it. */
const helpStream = (stdout: Writable): Writable =>
  new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      const nicer = String(text)
        .replace(/#0(?=[\]>])/g, '…')
        .replace(/#0/g, '… ');
      stdout.write(nicer);
      done();
    },
  });

/**
 * Runs one command line, without the program's name. Returns the exit code: the command's own; 1 if it failed; 2 if the
 * program was used or set up wrongly.
 */
export const runCommandLine = async <Context extends BaseContext>(
  program: Program<Context>,
  argv: readonly string[],
  context: Context,
): Promise<number> => {
  const { name, started } = program;
  const cli = Cli.from<Context>([...program.commands, Builtins.HelpCommand, Builtins.VersionCommand], {
    binaryLabel: name,
    binaryName: started,
    binaryVersion: program.version,
    enableColors: hasColours(context.stdout, context.env),
  });
  const line = withCommand(argv, program.byDefault);
  const isHelp = line.includes('--help') || line.includes('-h');
  const own = isHelp ? { ...context, stdout: helpStream(context.stdout) } : context;
  const complain = (what: string): void => void context.stderr.write(`${name}: ${what}\n`);
  let command: Command<Context>;
  try {
    command = cli.process(line, own);
  } catch (error) {
    // clipanion would print this on stdout and exit with 1.
    complain(`${plain(usageFault(error, line, cli.definitions(), name, started))} (see \`${name} --help\`)`);
    return 2;
  }
  // clipanion's own code for an error handled by `catch` is 0.
  let failed: number | null = null;
  command.catch = async (error) => {
    complain(program.explain(error));
    failed = program.isUsage(error) ? 2 : 1;
  };
  const code = await cli.run(command, own);
  return failed ?? code;
};
