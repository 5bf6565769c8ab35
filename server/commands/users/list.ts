import { Command, Option } from 'clipanion';
import { aligned } from '../../../cli/table.ts';
import { ServerCommand } from '../base.ts';
import { shownDate } from '../shown-date.ts';

export class UsersListCommand extends ServerCommand {
  static override paths = [['users', 'list']];
  static override usage = Command.Usage({
    description: 'list users, and how many devices, buckets and keys they have',
    details: 'Works while the server runs.',
    examples: [['All users', 'kt-server users list']],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const users = await this.accounts('listUsers');
    if (this.json) {
      this.print(JSON.stringify(users));
      return 0;
    }
    const rows = users.map((user) => [
      user.email,
      shownDate(user.createdAt),
      String(user.devices),
      String(user.buckets),
      String(user.keys),
    ]);
    this.print(...aligned([['USER', 'SINCE', 'DEVICES', 'BUCKETS', 'VALID KEYS'], ...rows]));
    return 0;
  }
}
