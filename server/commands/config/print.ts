import { Command, Option } from 'clipanion';
import { stringify } from 'smol-toml';
import { printableConfig } from '../../config.ts';
import { ServeCommand } from '../serve.ts';

export class ConfigPrintCommand extends ServeCommand {
  static override paths = [['config', 'print']];
  static override usage = Command.Usage({
    description: 'print the settings in force, secrets left out',
    examples: [['In the form of kt-server.toml', 'kt-server config print']],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const settings = printableConfig(this.flags(), this.context.env);
    this.print(this.json ? JSON.stringify(settings) : stringify(settings).trimEnd());
    return 0;
  }
}
