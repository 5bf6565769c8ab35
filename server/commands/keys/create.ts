import { Command, Option } from 'clipanion';
import { KtError } from '../../../domain/errors.ts';
import { scopeOf, SCOPES } from '../../auth/scope.ts';
import { ServerCommand } from '../base.ts';
import { secondsOf } from '../duration.ts';
import { shownDate } from '../shown-date.ts';

export class KeysCreateCommand extends ServerCommand {
  static override paths = [['generate-key'], ['keys', 'create']];
  static override usage = Command.Usage({
    description: 'create an API key, and its user if the address is new',
    details: `
      Prints only the key on stdout. It is shown this once: the server keeps nothing but its hash. Works while the
      server runs.

      A key of scope full may do everything in its account; one of scope read reads and changes nothing; one of scope
      push syncs one device: that of --device, or the first that it registers, and nothing else; one of scope metrics
      reads /metrics.
    `,
    examples: [
      ['A key for a laptop', 'kt-server generate-key --email you@example.org --name laptop'],
      ['One that syncs the first laptop it is set up on', 'kt-server keys create --email you@example.org --scope push'],
      ['One that reads for 90 days', 'kt-server keys create --email you@example.org --scope read --expires 90d'],
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
    description: 'what it allows: full (the default), read, push or metrics',
  });
  expires = Option.String('--expires', { description: 'how long it is good: 24h, 90d; for ever, if not given' });
  json = Option.Boolean('--json', false, {
    description: 'print JSON: key, id, name, scope, expiresAt, email, userCreated',
  });

  override async execute(): Promise<number> {
    const scope = scopeOf(this.scope);
    if (scope === null) throw new KtError('invalid', `--scope must be one of ${SCOPES.join(', ')}`);
    const seconds = this.expires === undefined ? null : secondsOf('--expires', this.expires);
    const made = await this.accounts('createKey', {
      email: this.email,
      name: this.name,
      scope,
      deviceId: this.device,
      expiresAt: seconds === null ? undefined : Date.now() + seconds * 1000,
    });
    this.print(this.json ? JSON.stringify(made) : made.key);
    if (made.userCreated) this.context.stderr.write(`Created the user ${made.email}.\n`);
    if (made.expiresAt !== null) this.context.stderr.write(`It is good until ${shownDate(made.expiresAt)} UTC.\n`);
    return 0;
  }
}
