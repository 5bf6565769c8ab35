import { runCommandLine } from '../cli/command-line.ts';
import { ConfigPrintCommand } from './commands/config/print.ts';
import { DaemonCommand } from './commands/daemon.ts';
import { DoctorCommand } from './commands/doctor.ts';
import { explain } from './commands/kt-command.ts';
import { ListCommand } from './commands/list.ts';
import { LoginCommand } from './commands/login.ts';
import { ServiceInstallCommand } from './commands/service/install.ts';
import { ServiceStatusCommand } from './commands/service/status.ts';
import { ServiceUninstallCommand } from './commands/service/uninstall.ts';
import { SetupCommand } from './commands/setup.ts';
import { StatusCommand } from './commands/status.ts';
import { SyncCommand } from './commands/sync.ts';
import { VerifyCommand } from './commands/verify.ts';
import { ConfigError } from './config/config.ts';
import { outdatedHere, type KtContext } from './context.ts';
import { startedStream } from './self.ts';

const COMMANDS = [
  SetupCommand,
  LoginCommand,
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
];

/**
 * Output for a program is left as it is: the program does not type our hints into a shell, and a path within JSON would
 * need other quoting.
 */
const isForProgram = (line: readonly string[]): boolean =>
  line.includes('--json') ||
  line.some((word, i) => word === '--log-format=json' || (word === 'json' && line[i - 1] === '--log-format'));

/**
 * Runs one command line (without the program's name). Returns the exit code: 0, 1 (the answer is no, or it failed), 2
 * (used or configured wrongly).
 */
export const run = async (argv: readonly string[], given: KtContext): Promise<number> => {
  const { self, version, stdout, stderr } = given;
  const context = isForProgram(argv)
    ? given
    : { ...given, stdout: startedStream(stdout, self), stderr: startedStream(stderr, self) };
  const code = await runCommandLine(
    {
      name: 'kt-client',
      started: self,
      version,
      commands: COMMANDS,
      byDefault: 'daemon',
      explain,
      isUsage: (error) => error instanceof ConfigError,
    },
    argv,
    context,
  );
  const old = outdatedHere(given);
  if (old !== null) stderr.write(`kt-client: note that ${old}\n`);
  return code;
};
