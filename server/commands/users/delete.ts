import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'clipanion';
import { isTerminal } from '../../../cli/terminal.ts';
import { KtError } from '../../../domain/errors.ts';
import { ServerCommand } from '../base.ts';

export class UsersDeleteCommand extends ServerCommand {
  static override paths = [['users', 'delete']];
  static override usage = Command.Usage({
    description: 'delete a user with all devices, buckets, events, keys and settings',
    details: `
      Shows what goes and asks for the address once more; --yes does without. There is no way back but a backup:
      "kt-server users export" keeps a copy. The keys are refused from the first moment (clients are answered 401, and
      keep what they have), then the data goes a piece at a time. Works while the server runs. If it is cut short, run
      it again.
    `,
    examples: [
      ['See what would go, and decide', 'kt-server users delete you@example.org'],
      ['In a script', 'kt-server users delete you@example.org --yes'],
    ],
  });

  email = Option.String({ name: 'email', required: true });
  yes = Option.Boolean('--yes', false, { description: 'do not ask' });
  json = Option.Boolean('--json', false, { description: 'print JSON: what went' });

  override async execute(): Promise<number> {
    const contents = await this.accounts('accountContents', { email: this.email });
    const { id, email, ...counts } = contents;
    const told = Object.entries(counts).map(
      ([what, count]) => `${count} ${what === 'trashed' ? 'in the trash' : what}`,
    );
    this.context.stderr.write(`${email} has: ${told.join(', ')}\n`);
    if (!this.yes && !(await this.agrees(email))) {
      this.context.stderr.write('Nothing was deleted.\n');
      return 1;
    }
    const { events } = await this.accounts('deleteAccount', { email, id });
    this.print(this.json ? JSON.stringify({ ...contents, events }) : `Deleted ${email} with ${events} events.`);
    return 0;
  }

  private async agrees(email: string): Promise<boolean> {
    const { stdin, stderr } = this.context;
    if (!isTerminal(stdin as never))
      throw new KtError('invalid', 'nobody is there to be asked: say --yes to delete all of it');
    const lines = createInterface({ input: stdin, output: stderr });
    try {
      const typed = await lines.question('All of it goes, for good. Type the address to go on: ');
      return typed.trim().toLowerCase() === email;
    } finally {
      lines.close();
    }
  }
}
