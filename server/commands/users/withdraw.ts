import { Command, Option } from 'clipanion';
import { ServerCommand } from '../base.ts';

export class UsersWithdrawCommand extends ServerCommand {
  static override paths = [['users', 'withdraw']];
  static override usage = Command.Usage({
    description: 'withdraw an invitation: its link is void, and the account goes',
    details: `
      For who was invited and never came. Who has come in has an account: "kt-server users delete" ends that. Works
      while the server runs.
    `,
    examples: [['Somebody who will not come', 'kt-server users withdraw you@example.org']],
  });

  email = Option.String({ name: 'email', required: true });

  override async execute(): Promise<number> {
    const { email } = await this.accounts('withdrawUser', { email: this.email });
    this.print(`${email} is not invited any more.`);
    return 0;
  }
}
