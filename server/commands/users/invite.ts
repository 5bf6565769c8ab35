import { Command, Option } from 'clipanion';
import { isLoopback } from '../../../domain/loopback.ts';
import { ServerCommand } from '../base.ts';
import { shownDate } from '../shown-date.ts';

export class UsersInviteCommand extends ServerCommand {
  static override paths = [['users', 'invite']];
  static override usage = Command.Usage({
    description: 'print a link for somebody new, who gets an account of their own',
    details: `
      The link works once, for seven days, and is made anew by inviting again: the former one is void then. Whoever
      opens it first has the account, so hand it over in private; nothing is sent. Its address is the server's
      KT_SERVER_PUBLIC_URL, or where it listens. "kt-server users list" shows who has not come yet, and "kt-server users
      withdraw" takes an invitation back. Works while the server runs.
    `,
    examples: [
      ['Somebody of the family', 'kt-server users invite --email you@example.org'],
      ['Who invites others too', 'kt-server users invite --email you@example.org --admin'],
    ],
  });

  email = Option.String('--email', { required: true, description: 'e-mail address of the person: names the account' });
  admin = Option.Boolean('--admin', false, { description: 'who administers the server, too' });
  json = Option.Boolean('--json', false, { description: 'print JSON: url, email, isAdmin, expiresAt' });

  override async execute(): Promise<number> {
    await this.withLink(async (ask, linkOf) => {
      const { claim, email, isAdmin, expiresAt } = await ask('inviteUser', { email: this.email, admin: this.admin });
      const url = linkOf({ claim });
      this.print(this.json ? JSON.stringify({ url, email, isAdmin, expiresAt }) : `Open ${url}`);
      this.context.stderr.write(
        `It lets ${email} in, once, until ${shownDate(expiresAt)} UTC. Hand it over in private.\n` +
          (isLoopback(new URL(url).hostname)
            ? 'It leads to this computer alone: set KT_SERVER_PUBLIC_URL to where others reach the server.\n'
            : ''),
      );
    });
    return 0;
  }
}
