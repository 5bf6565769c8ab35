import { Command } from 'clipanion';
import { installService } from '../../service/service.ts';
import { KtCommand } from '../kt-command.ts';

export class ServiceInstallCommand extends KtCommand {
  static override paths = [['service', 'install']];
  static override usage = Command.Usage({
    description: 'have the daemon started at login, by systemd or launchd, and now',
    details: `
      Writes a unit of your own (no root needed) that runs this Node with this installation of kt-client, and starts it;
      run it again after you moved either. When anything fails all is left as it was. Elsewhere than on Linux and macOS,
      let ActivityWatch start it.
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
