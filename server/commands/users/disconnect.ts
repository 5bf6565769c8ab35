import { Command } from 'clipanion';
import { ProviderCommand } from './provider-command.ts';

export class UsersDisconnectCommand extends ProviderCommand {
  static override paths = [['users', 'disconnect']];
  static override usage = Command.Usage({
    description: 'let somebody in no more by OpenID Connect',
    details: `
      Browsers that came in that way are signed out, at once. Keys and links stay good. Works while the server runs.
    `,
    examples: [['Who "users connections" shows', 'kt-server users disconnect you@example.org --subject 3f0a']],
  });

  override async execute(): Promise<number> {
    const whom = this.whom();
    await this.accounts('disconnectUser', whom);
    this.print(`${whom.subject} at ${whom.issuer} does not sign in as ${whom.email} any more.`);
    return 0;
  }
}
