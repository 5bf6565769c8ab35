import { Command } from 'clipanion';
import { managerOf } from '../../service/service.ts';
import { KtCommand } from '../kt-command.ts';

export class ServiceUninstallCommand extends KtCommand {
  static override paths = [['service', 'uninstall']];
  static override usage = Command.Usage({
    description: 'stop the daemon, and no longer start it at login',
    details: 'Configuration and state stay. A daemon that ActivityWatch starts is not touched.',
    examples: [['Stop it for good', '$0 service uninstall']],
  });

  override async execute(): Promise<number> {
    const manager = managerOf(this.context.where, this.context.run);
    const was = await manager.uninstall();
    this.write(was ? `Stopped, and removed ${manager.path}\n` : `There is no service of kt-client (${manager.path})\n`);
    return 0;
  }
}
