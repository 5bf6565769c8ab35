import { Command, Option } from 'clipanion';
import { ServerCommand } from '../base.ts';

export class KeysRevokeCommand extends ServerCommand {
  static override paths = [['keys', 'revoke']];
  static override usage = Command.Usage({
    description: 'revoke an API key: it is refused at once',
    details:
      'Names the key by its id or by how it begins, as "kt-server keys list" shows it. Works while the server runs.',
    examples: [['Revoke one', 'kt-server keys revoke kt_Ab3dE9x']],
  });

  key = Option.String({ name: 'key', required: true });
  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const revoked = await this.accounts('revokeKey', this.key);
    this.print(
      this.json
        ? JSON.stringify(revoked)
        : `Revoked ${revoked.prefix}… ${revoked.name ? `(${revoked.name})` : ''}`.trimEnd(),
    );
    return 0;
  }
}
