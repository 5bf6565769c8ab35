import { Command, Option } from 'clipanion';
import { KtError } from '../../domain/errors.ts';
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
      [
        'For Prometheus: it reads /metrics and nothing else',
        'kt-server generate-key --email you@example.org --scope metrics --name prometheus',
      ],
      ['For a script', 'KEY=$(kt-server generate-key --email you@example.org)'],
    ],
  });

  email = Option.String('--email', { required: true, description: 'e-mail address of the user whose key it is' });
  name = Option.String('--name', '', { description: 'what the key is for' });
  device = Option.String('--device', {
    description: 'bind it to a registered device: requests with it then mean the buckets of that device',
  });
  scope = Option.String('--scope', 'full', {
    description: 'what it allows: full (the default), all of the account; metrics, to read /metrics and nothing else',
  });
  json = Option.Boolean('--json', false, { description: 'print JSON: key, id, name, scope, email, userCreated' });

  override async execute(): Promise<number> {
    if (this.scope !== 'full' && this.scope !== 'metrics')
      throw new KtError('invalid', '--scope must be full or metrics: keys of other scopes are not accepted yet');
    if (this.scope === 'metrics' && this.device !== undefined)
      throw new KtError('invalid', 'a key of scope metrics speaks for no device: leave out --device');
    const call = this.scope === 'metrics' ? 'generateMetricsKey' : 'generateKey';
    const made = await this.accounts(call, { email: this.email, name: this.name, deviceId: this.device });
    this.print(this.json ? JSON.stringify(made) : made.key);
    if (made.userCreated) this.context.stderr.write(`Created the user ${made.email}.\n`);
    return 0;
  }
}
