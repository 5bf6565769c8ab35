import { Writable } from 'node:stream';
import { Builtins, Cli } from 'clipanion';
import { ConfigPrintCommand } from './commands/config/print.ts';
import { DaemonCommand } from './commands/daemon.ts';
import { DoctorCommand } from './commands/doctor.ts';
import { complain } from './commands/kt-command.ts';
import { ListCommand } from './commands/list.ts';
import { ServiceInstallCommand } from './commands/service/install.ts';
import { ServiceStatusCommand } from './commands/service/status.ts';
import { ServiceUninstallCommand } from './commands/service/uninstall.ts';
import { SetupCommand } from './commands/setup.ts';
import { StatusCommand } from './commands/status.ts';
import { SyncCommand } from './commands/sync.ts';
import { VerifyCommand } from './commands/verify.ts';
import type { KtContext } from './context.ts';
import { isTerminal, plain } from './output/style.ts';
import { startedStream } from './self.ts';
import { commandsOf, usageFault } from './usage.ts';

const COMMANDS = [
  SetupCommand,
  SyncCommand,
  ListCommand,
  DaemonCommand,
  StatusCommand,
  VerifyCommand,
  DoctorCommand,
  ServiceInstallCommand,
  ServiceUninstallCommand,
  ServiceStatusCommand,
  ConfigPrintCommand,
  Builtins.HelpCommand,
  Builtins.VersionCommand,
];

/** clipanion calls every value `#0`, and pads for it. */
const nicer = (help: string): string => help.replace(/#0(?=[\]>])/g, '…').replace(/#0/g, '… ');

/** A stream that passes help on in nicer words. */
const helpStream = (stdout: Writable): Writable =>
  new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      stdout.write(nicer(String(text)));
      done();
    },
  });

const ABOUT_ITSELF = new Set(['--help', '-h', '--version', '-v']);

/**
 * The command line with the command that is meant where none is named. clipanion has a way to say so, but would then
 * show that command's help alone.
 */
const withCommand = ([first, ...rest]: readonly string[]): string[] => {
  if (first === undefined) return ['daemon'];
  return first.startsWith('-') && !ABOUT_ITSELF.has(first) ? ['daemon', first, ...rest] : [first, ...rest];
};

/** What a program reads is not for a person's shell, and a path within JSON would need its own quoting. */
const isForProgram = (line: readonly string[]): boolean =>
  line.includes('--json') ||
  line.some((word, i) => word === '--log-format=json' || (word === 'json' && line[i - 1] === '--log-format'));

/**
 * Runs one command line (without the program's name); answers the exit code: 0, 1 (no, or it could not), 2
 * (used or configured wrongly).
 */
export const run = async (argv: readonly string[], given: KtContext): Promise<number> => {
  const enableColors = isTerminal(given.stdout) && !given.env['NO_COLOR'];
  const { self } = given;
  const cli = Cli.from<KtContext>(COMMANDS, {
    binaryLabel: 'kt-client',
    binaryName: self,
    binaryVersion: given.version,
    enableColors,
  });
  const line = withCommand(argv);
  const context = isForProgram(line)
    ? given
    : { ...given, stdout: startedStream(given.stdout, self), stderr: startedStream(given.stderr, self) };
  const isHelp = line.includes('--help') || line.includes('-h');
  const own = isHelp ? { ...context, stdout: helpStream(context.stdout) } : context;
  let command: ReturnType<typeof cli.process>;
  try {
    command = cli.process(line, own);
  } catch (error) {
    context.stderr.write(
      `kt-client: ${plain(usageFault(error, line, commandsOf(cli.definitions(), self)))} (see \`kt-client --help\`)\n`,
    );
    return 2;
  }
  try {
    return await cli.run(command, own);
  } catch (error) {
    return complain(error, context);
  }
};
