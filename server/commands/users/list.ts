import type { AccountResult } from '../../backend.ts';
import { Command, Option } from 'clipanion';
import { makeAligned } from '../../../cli/table.ts';
import { ServerCommand } from '../base.ts';
import { shownDate } from '../shown-date.ts';

export class UsersListCommand extends ServerCommand {
  static override paths = [['users', 'list']];
  static override usage = Command.Usage({
    description: 'list users, when they were seen, and how many devices, buckets, events and keys they have',
    details: `
      STATE is "invited" for who never came (and until when the link is good), "moved to URL" for an account that
      "kt-server accounts move" took to another server, "admin" for who administers this one, else "active". Works while
      the server runs.
    `,
    examples: [['All users', 'kt-server users list']],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const { stdout } = this.context;
    const table = makeAligned();
    // With the first page, and not before there is one: where no answer comes, stdout stays empty.
    let head = [HEAD];
    let before = '[';
    await this.asking(async (ask) => {
      // Printed as they come: nobody holds a million of them.
      for (let after: number | null = 0; after !== null; ) {
        const page: Page = await ask('pageOfUsers', { after });
        if (this.json)
          for (const user of page.users) {
            stdout.write(`${before}${JSON.stringify({ ...user, state: stateIn(user) })}`);
            before = ',';
          }
        else this.print(...table([...head, ...page.users.map(rowOf)]));
        head = [];
        after = page.next;
      }
    });
    if (this.json) stdout.write(before === '[' ? '[]\n' : ']\n');
    return 0;
  }
}

type Page = AccountResult<'pageOfUsers'>;
type User = Page['users'][number];

const HEAD = ['USER', 'STATE', 'SINCE', 'LAST SEEN', 'DEVICES', 'BUCKETS', 'EVENTS', 'VALID KEYS'];
const rowOf = (user: User): string[] => [
  user.email,
  stateOf(user),
  shownDate(user.createdAt),
  shownDate(user.lastSeenAt),
  ...[user.devices, user.buckets, user.events, user.keys].map(String),
];

const stateIn = ({ invitedAt, movedTo }: User): string =>
  movedTo !== null ? 'moved' : invitedAt === null ? 'active' : 'invited';

/** Whether somebody came, and what they are here. */
const stateOf = ({ adminSince, invitedAt, invitedUntil, movedTo }: User): string => {
  const role = adminSince === null ? [] : ['admin'];
  if (movedTo !== null) return [...role, `moved to ${movedTo}`].join(', ');
  if (invitedAt === null) return role[0] ?? 'active';
  const until = invitedUntil === null ? 'expired' : `until ${shownDate(invitedUntil)}`;
  return [...role, `invited (${until})`].join(', ');
};
