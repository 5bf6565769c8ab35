import { Command, Option } from 'clipanion';
import { ServerCommand } from './base.ts';
import { shownDate } from './shown-date.ts';

export class LoginLinkCommand extends ServerCommand {
  static override paths = [['login-link']];
  static override usage = Command.Usage({
    description: 'print a link that signs a browser in as a user, without a key',
    details: `
      The link works once, for an hour; whoever opens it first has all of the account. Its address is the server's
      KT_SERVER_PUBLIC_URL, or where it listens: on another computer than the server's set that. Works while the server
      runs.
    `,
    examples: [['Sign in after a key was lost', 'kt-server login-link --email you@example.org']],
  });

  email = Option.String('--email', { required: true, description: 'e-mail address of the user' });
  json = Option.Boolean('--json', false, { description: 'print JSON: url, email, expiresAt' });

  override async execute(): Promise<number> {
    await this.withLink(async (ask, linkOf) => {
      const { claim, email, expiresAt } = await ask('loginLink', { email: this.email });
      const url = linkOf({ claim });
      this.print(this.json ? JSON.stringify({ url, email, expiresAt }) : `Open ${url}`);
      this.context.stderr.write(`It signs a browser in as ${email}, once, until ${shownDate(expiresAt)} UTC.\n`);
    });
    return 0;
  }
}
