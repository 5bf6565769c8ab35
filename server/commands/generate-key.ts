import { Command, Option } from 'clipanion';
import { ServerCommand } from './base.ts';

export class GenerateKeyCommand extends ServerCommand {
  static override paths = [['generate-key']];
  static override usage = Command.Usage({
    description: 'create an API key, and its user if the address is new',
    details:
      'Prints only the key on stdout. It is shown this once: the server keeps nothing but its hash. ' +
      'Works while the server runs.',
    examples: [
      ['A key for a laptop', 'kt-server generate-key --email you@example.org --name laptop'],
      [
        'For the watchers of one device, by the id it registered under',
        'kt-server generate-key --email you@example.org --device 6f1c9f0e-…',
      ],
      ['For a script', 'KEY=$(kt-server generate-key --email you@example.org)'],
    ],
  });

  email = Option.String('--email', { required: true, description: 'e-mail address of the user whose key it is' });
  name = Option.String('--name', '', { description: 'what the key is for' });
  device = Option.String('--device', {
    description: 'bind it to a registered device: requests with it then mean the buckets of that device',
  });
  json = Option.Boolean('--json', false, { description: 'print JSON: key, id, name, email, userCreated' });

  override async execute(): Promise<number> {
    const made = await this.accounts('generateKey', { email: this.email, name: this.name, deviceId: this.device });
    this.print(this.json ? JSON.stringify(made) : made.key);
    if (made.userCreated) this.context.stderr.write(`Created the user ${made.email}.\n`);
    return 0;
  }
}
