import { Command } from 'clipanion';
import { managerOf } from '../../service/service.ts';
import { KtCommand } from '../kt-command.ts';

export class ServiceUninstallCommand extends KtCommand {
  static override paths = [['service', 'uninstall']];
  static override usage = Command.Usage({
    description: 'stop the daemon, and have it started at login no more',
    details: 'Configuration and state stay. What ActivityWatch starts is not touched.',
    examples: [['Stop it, for good', '$0 service uninstall']],
  });

  override async execute(): Promise<number> {
    const manager = managerOf(this.context.where, this.context.run);
    const was = await manager.uninstall();
    this.write(
      was ? `Stopped, and took ${manager.path} away\n` : `There is no service of kt-client (${manager.path})\n`,
    );
    return 0;
  }
}
