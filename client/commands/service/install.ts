import { Command } from 'clipanion';
import { installService } from '../../service/service.ts';
import { KtCommand } from '../kt-command.ts';

export class ServiceInstallCommand extends KtCommand {
  static override paths = [['service', 'install']];
  static override usage = Command.Usage({
    description: 'start the daemon now and at each login, by systemd, launchd or the Task Scheduler',
    details: `
      Writes a service of your own user (root is not needed) that runs this installation of kt-client, with the Node
      that runs it now, and starts it; run this again after moving either. If anything fails, everything is left as it
      was. On systems other than Linux, macOS and Windows let ActivityWatch start it: docs/activitywatch-autostart.md.
    `,
    examples: [['Start at login, and now', '$0 service install']],
  });

  override async execute(): Promise<number> {
    const manager = await installService(this.context, this.readCompleteConfig());
    this.write(
      `${manager.name} keeps kt-client running from now on, and starts it at each login (${manager.path})\n` +
        `Its log: ${manager.logHint}\n`,
    );
    return 0;
  }
}
