import type { BaseContext } from 'clipanion';
import { runCommandLine } from '../cli/command-line.ts';
import { VERSION } from '../cli/version.ts';
import { isKtError, type ErrorCode } from '../domain/errors.ts';
import { AccountsMoveCommand } from './commands/accounts/move.ts';
import { BackupCommand } from './commands/backup.ts';
import { ConfigPrintCommand } from './commands/config/print.ts';
import { DoctorCommand } from './commands/doctor.ts';
import { KeysCreateCommand } from './commands/keys/create.ts';
import { KeysListCommand } from './commands/keys/list.ts';
import { KeysRevokeCommand } from './commands/keys/revoke.ts';
import { LoginLinkCommand } from './commands/login-link.ts';
import { MoveCommand } from './commands/move.ts';
import { RestoreCommand } from './commands/restore.ts';
import { KeysRotateCommand } from './commands/keys/rotate.ts';
import { MigrateCommand } from './commands/migrate.ts';
import { ServeCommand } from './commands/serve.ts';
import { SqlRoleCommand } from './commands/sql-role.ts';
import { TrashEmptyCommand } from './commands/trash/empty.ts';
import { TrashListCommand } from './commands/trash/list.ts';
import { TrashRestoreCommand } from './commands/trash/restore.ts';
import { UsersAdminCommand } from './commands/users/admin.ts';
import { UsersConnectCommand } from './commands/users/connect.ts';
import { UsersConnectionsCommand } from './commands/users/connections.ts';
import { UsersDeleteCommand } from './commands/users/delete.ts';
import { UsersDisconnectCommand } from './commands/users/disconnect.ts';
import { UsersExportCommand } from './commands/users/export.ts';
import { UsersInviteCommand } from './commands/users/invite.ts';
import { UsersListCommand } from './commands/users/list.ts';
import { UsersWithdrawCommand } from './commands/users/withdraw.ts';
import { oneLine } from './one-line.ts';

const COMMANDS = [
  ServeCommand,
  KeysCreateCommand,
  KeysListCommand,
  KeysRevokeCommand,
  KeysRotateCommand,
  LoginLinkCommand,
  UsersListCommand,
  UsersInviteCommand,
  UsersWithdrawCommand,
  UsersAdminCommand,
  UsersExportCommand,
  UsersDeleteCommand,
  UsersConnectCommand,
  UsersConnectionsCommand,
  UsersDisconnectCommand,
  TrashListCommand,
  TrashRestoreCommand,
  TrashEmptyCommand,
  SqlRoleCommand,
  BackupCommand,
  RestoreCommand,
  MoveCommand,
  AccountsMoveCommand,
  MigrateCommand,
  DoctorCommand,
  ConfigPrintCommand,
];

/**
 * Mistakes in using the command. A command that ran and was refused, or that reached no server, is not one of these.
 */
const USAGE: readonly ErrorCode[] = ['invalid', 'malformed'];

/**
 * kt-server's command line. Returns the exit code: 0; 1 when the command ran and was refused; 2 when it was used or
 * configured wrongly.
 */
export const runServerCli = (argv: readonly string[], context: BaseContext): Promise<number> =>
  runCommandLine(
    {
      name: 'kt-server',
      started: 'kt-server',
      version: VERSION,
      commands: COMMANDS,
      byDefault: 'serve',
      explain: oneLine,
      isUsage: (error) => isKtError(error) && USAGE.includes(error.code),
    },
    argv,
    context,
  );
