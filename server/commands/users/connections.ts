import { Command, Option } from 'clipanion';
import { aligned } from '../../../cli/table.ts';
import { ServerCommand } from '../base.ts';
import { shownDate } from '../shown-date.ts';

export class UsersConnectionsCommand extends ServerCommand {
  static override paths = [['users', 'connections']];
  static override usage = Command.Usage({
    description: 'list who signs in by OpenID Connect as a user',
    details: 'Works while the server runs.',
    examples: [['All of a user', 'kt-server users connections you@example.org']],
  });

  email = Option.String({ name: 'email', required: true });
  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const identities = await this.accounts('identitiesOf', { email: this.email });
    if (this.json) {
      this.print(JSON.stringify(identities));
      return 0;
    }
    const rows = identities.map(({ issuer, subject, email, createdAt, lastUsedAt }) => [
      issuer,
      subject,
      email ?? '',
      shownDate(createdAt),
      lastUsedAt === null ? 'never' : shownDate(lastUsedAt),
    ]);
    this.print(...aligned([['PROVIDER', 'SUBJECT', 'ADDRESS THERE', 'SINCE', 'LAST USED'], ...rows]));
    return 0;
  }
}
