import type { AccountResult } from '../../backend.ts';
import { Command, Option } from 'clipanion';
import { aligned } from '../../../cli/table.ts';
import { ServerCommand } from '../base.ts';
import { shownDate } from '../shown-date.ts';

export class UsersListCommand extends ServerCommand {
  static override paths = [['users', 'list']];
  static override usage = Command.Usage({
    description: 'list users, when they were seen, and how many devices, buckets, events and keys they have',
    details: `
      STATE is "invited" for who never came (and until when the link is good), "admin" for who administers the server,
      else "active". Works while the server runs.
    `,
    examples: [['All users', 'kt-server users list']],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const users = await this.accounts('listUsers');
    if (this.json) {
      this.print(
        JSON.stringify(users.map((user) => ({ ...user, state: user.invitedAt === null ? 'active' : 'invited' }))),
      );
      return 0;
    }
    const rows = users.map((user) => [
      user.email,
      stateOf(user),
      shownDate(user.createdAt),
      shownDate(user.lastSeenAt),
      ...[user.devices, user.buckets, user.events, user.keys].map(String),
    ]);
    const head = ['USER', 'STATE', 'SINCE', 'LAST SEEN', 'DEVICES', 'BUCKETS', 'EVENTS', 'VALID KEYS'];
    this.print(...aligned([head, ...rows]));
    return 0;
  }
}

type User = AccountResult<'listUsers'>[number];

/** Whether somebody came, and what they are here. */
const stateOf = ({ adminSince, invitedAt, invitedUntil }: User): string => {
  const role = adminSince === null ? [] : ['admin'];
  if (invitedAt === null) return role[0] ?? 'active';
  const until = invitedUntil === null ? 'expired' : `until ${shownDate(invitedUntil)}`;
  return [...role, `invited (${until})`].join(', ');
};
