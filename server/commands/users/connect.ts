import { Command } from 'clipanion';
import { ProviderCommand } from './provider-command.ts';

export class UsersConnectCommand extends ProviderCommand {
  static override paths = [['users', 'connect']];
  static override usage = Command.Usage({
    description: 'let somebody in by OpenID Connect as a user',
    details: `
      The page that refuses a person whom nobody here is connected with shows the subject. Whoever has it at the
      provider has all of the user's account from then on: make sure who asks. Works while the server runs.
    `,
    examples: [['As that page says', 'kt-server users connect you@example.org --subject 3f0a']],
  });

  override async execute(): Promise<number> {
    const whom = this.whom();
    const { email } = await this.accounts('connectUser', whom);
    this.print(`${whom.subject} at ${whom.issuer} signs in as ${email}.`);
    return 0;
  }
}
