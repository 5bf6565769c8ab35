import { Command, Option } from 'clipanion';
import { ServerCommand } from '../base.ts';
import { secondsOf } from '../duration.ts';
import { shownDate } from '../shown-date.ts';

export class KeysRotateCommand extends ServerCommand {
  static override paths = [['keys', 'rotate']];
  static override usage = Command.Usage({
    description: 'make a key in place of another, with its name, scope and device',
    details: `
      Names the key by its id or by how it begins, as "kt-server keys list" shows it. Prints only the new key on stdout,
      this once. The former one is refused at once, or after --grace: until then both let in. Works while the server
      runs.
    `,
    examples: [
      ['Replace a key that somebody saw', 'kt-server keys rotate kt_Ab3dE9x'],
      ['Leave a day to bring the new one to its laptop', 'kt-server keys rotate kt_Ab3dE9x --grace 24h'],
      ['For a script', 'KEY=$(kt-server keys rotate kt_Ab3dE9x --grace 10m)'],
    ],
  });

  key = Option.String({ name: 'key', required: true });
  grace = Option.String('--grace', { description: 'how long the former key goes on: 30m, 24h, 7d; at most 90d' });
  json = Option.Boolean('--json', false, { description: 'print JSON: key, id, name, scope, former, endsAt' });

  override async execute(): Promise<number> {
    const graceSeconds = this.grace === undefined ? 0 : secondsOf('--grace', this.grace);
    const made = await this.accounts('rotateKey', { name: this.key, graceSeconds });
    this.print(this.json ? JSON.stringify(made) : made.key);
    const until = graceSeconds === 0 ? 'is refused from now on' : `lets in until ${shownDate(made.endsAt)} UTC`;
    this.context.stderr.write(`The former key ${made.former}… ${until}.\n`);
    return 0;
  }
}
