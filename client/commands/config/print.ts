import { Command, Option } from 'clipanion';
import { stringify } from 'smol-toml';
import { withoutSecrets } from '../../config/settings.ts';
import { KtCommand } from '../kt-command.ts';

export class ConfigPrintCommand extends KtCommand {
  static override paths = [['config', 'print']];
  static override usage = Command.Usage({
    description: 'print the settings in force, without secrets',
    details:
      'Flags override the environment (`KT_CLIENT_…`), which overrides the configuration file, ' +
      'which overrides the defaults.',
    examples: [
      ['In the form of the configuration file', '$0 config print'],
      ['For a script', '$0 config print --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'print them as JSON' });

  override async execute(): Promise<number> {
    const { config, path } = this.readConfig();
    const shown = withoutSecrets(config);
    this.write(
      this.json ? `${JSON.stringify({ ...shown, config_file: path }, null, 2)}\n` : `# ${path}\n${stringify(shown)}\n`,
    );
    return 0;
  }
}
