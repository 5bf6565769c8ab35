import { Command, Option } from 'clipanion';
import { aligned } from '../../../cli/table.ts';
import { ServerCommand } from '../base.ts';
import { shownDate } from '../shown-date.ts';

/** Whether a key lets anybody in. Dates are ISO text, all of the same length. */
const stateOf = (key: { revokedAt: string | null; expiresAt: string | null }, now: string): string => {
  if (key.revokedAt !== null) return `revoked ${shownDate(key.revokedAt)}`;
  if (key.expiresAt === null) return 'valid';
  return key.expiresAt > now ? `valid until ${shownDate(key.expiresAt)}` : `expired ${shownDate(key.expiresAt)}`;
};

export class KeysListCommand extends ServerCommand {
  static override paths = [['keys', 'list']];
  static override usage = Command.Usage({
    description: 'list API keys: whose, what for, last used',
    details: 'The keys themselves are not kept, so they can not be shown. Works while the server runs.',
    examples: [
      ['All keys', 'kt-server keys list'],
      ['For a script', 'kt-server keys list --json'],
    ],
  });

  json = Option.Boolean('--json', false, { description: 'print JSON' });

  override async execute(): Promise<number> {
    const keys = await this.accounts('listKeys');
    if (this.json) {
      this.print(JSON.stringify(keys));
      return 0;
    }
    const rows = keys.map((key) => [
      key.prefix,
      key.email,
      key.name || '-',
      shownDate(key.createdAt),
      shownDate(key.lastUsedAt),
      key.scope,
      stateOf(key, new Date().toISOString()),
    ]);
    this.print(...aligned([['KEY', 'USER', 'NAME', 'CREATED', 'LAST USED', 'SCOPE', 'STATE'], ...rows]));
    return 0;
  }
}
