import { Command, Option } from 'clipanion';
import { KtError } from '../../../domain/errors.ts';
import { ServerCommand } from '../base.ts';

export class UsersAdminCommand extends ServerCommand {
  static override paths = [['users', 'admin']];
  static override usage = Command.Usage({
    description: 'have a user administer the server, or not any more',
    details: `
      Who administers the server lists its users, invites others, withdraws invitations, deletes accounts and names
      further administrators, in the dashboard under People. Nobody sees another's events by it, nor the names of
      buckets. The first user of a new server is one. Works while the server runs.
    `,
    examples: [
      ['Let somebody invite others', 'kt-server users admin you@example.org --on'],
      ['And not any more', 'kt-server users admin you@example.org --off'],
    ],
  });

  email = Option.String({ name: 'email', required: true });
  on = Option.Boolean('--on', false, { description: 'administers the server from now on' });
  off = Option.Boolean('--off', false, { description: 'does so no more' });

  override async execute(): Promise<number> {
    if (this.on === this.off) throw new KtError('invalid', 'say --on or --off: one of the two');
    const { email, any } = await this.accounts('markUser', { email: this.email, on: this.on });
    this.print(`${email} ${this.on ? 'administers this server' : 'does not administer this server'}.`);
    if (!any) this.context.stderr.write('Nobody does now: "kt-server users admin EMAIL --on" names somebody.\n');
    return 0;
  }
}
