import { Command, Option } from 'clipanion';
import { managerOf } from '../../service/service.ts';
import { KtCommand } from '../kt-command.ts';

export class ServiceStatusCommand extends KtCommand {
  static override paths = [['service', 'status']];
  static override usage = Command.Usage({
    description: 'show whether the service is installed and running',
    details: 'Exit code 0 only if it is running. `kt-client status` shows how the sync itself goes.',
    examples: [
      ['For a person', '$0 service status'],
      ['For a script', '$0 service status --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const manager = managerOf(this.context.where, this.context.run);
    const { installed, running, detail } = await manager.status();
    const text = installed
      ? `${running ? 'running' : 'installed, but not running'} (${manager.name}: ${detail})\n${manager.path}\n` +
        `Its log: ${manager.logHint}\n`
      : 'not installed: run `kt-client service install`\n';
    this.write(
      this.json
        ? `${JSON.stringify({ installed, running, detail, manager: manager.name, path: manager.path }, null, 2)}\n`
        : text,
    );
    return running ? 0 : 1;
  }
}
